"""Mail stays in memory, and tasks run where they are called."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail

from perflab.worker.guards import services
from perflab.worker.guards.contacts import MAIL, Contacts
from tests.perflab.worker.guards.guarded import run


def test_mails_of_a_request_are_counted_and_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "outbox", [object(), object()], raising=False)
    contacts = Contacts(tmp_path)
    contacts.endpoint = "buy"
    outbox = services.Outbox(contacts)
    outbox.empty()
    outbox.empty()
    ((contact, count),) = contacts.take()
    assert (contact.kind, contact.endpoint, count) == (MAIL, "buy", 2)
    assert mail.outbox == []


def test_every_app_of_celery_is_eager_whatever_its_configuration_says(monkeypatch: pytest.MonkeyPatch) -> None:
    app: Any = SimpleNamespace(conf=SimpleNamespace(task_always_eager=False))
    monkeypatch.setitem(sys.modules, "celery._state", SimpleNamespace(_get_active_apps=[app].copy))
    services.set_up()
    assert app.conf.task_always_eager is True


def test_a_project_without_celery_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "celery._state", raising=False)
    services.set_up()


CODE = """
import logging, logging.config
logging.config.dictConfig({
    "version": 1, "root": {"handlers": ["a", "b", "c", "d"]},
    "handlers": {
        "a": {"class": "logging.handlers.SysLogHandler", "address": "/dev/nowhere"},
        "b": {"class": "logging.handlers.SMTPHandler", "mailhost": "h", "fromaddr": "a", "toaddrs": [], "subject": "s"},
        "c": {"class": "logging.handlers.SocketHandler", "host": "localhost", "port": 9},
        "d": {"class": "logging.handlers.HTTPHandler", "host": "h", "url": "/"},
    },
})
logging.error("hello")
logging.shutdown()
print(contacts())
"""


def test_log_handlers_that_send_records_elsewhere_do_nothing(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    assert run(tmp_path / "project", CODE) == "[]\n"
