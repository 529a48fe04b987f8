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
