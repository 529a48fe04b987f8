"""Services that stay inside, and the addresses that are allowed; tests/cases/test_harmless.py has the rest."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from perflab.experiment.isolate import outside
from perflab.scenario import loading, project
from perflab.servers.disk.home import home_path
from perflab.worker.guards import own
from perflab.worker.guards.contacts import CONNECTION, DATABASE, MAIL, PROCESS, Contact

SYSLOG = {"class": "logging.handlers.SysLogHandler", "address": "/dev/log"}


def test_mail_stays_in_memory_unless_the_backend_only_keeps_it() -> None:
    for sending in ("django.core.mail.backends.smtp.EmailBackend", "anymail.backends.mailgun.EmailBackend"):
        assert outside.isolated({"EMAIL_BACKEND": sending})["EMAIL_BACKEND"] == outside.MEMORY
    for keeping in (
        "django.core.mail.backends.dummy.EmailBackend",
        "post_office.EmailBackend",
        "mailer.backend.DbBackend",
    ):
        assert "EMAIL_BACKEND" not in outside.isolated({"EMAIL_BACKEND": keeping})


def test_tasks_run_where_they_are_called() -> None:
    settings = {
        "HUEY": {"name": "x", "immediate": False}, "Q_CLUSTER": {"name": "x"},
        "DRAMATIQ_BROKER": {"BROKER": "dramatiq.brokers.redis.RedisBroker", "OPTIONS": {"url": "redis://x"}, "MIDDLEWARE": []},
    }  # fmt: skip
    changes = outside.isolated(settings)
    assert changes["CELERY_TASK_ALWAYS_EAGER"] is True
    assert changes["HUEY"] == {"name": "x", "immediate": True} and changes["Q_CLUSTER"] == {"name": "x", "sync": True}
    assert changes["DRAMATIQ_BROKER"] == {"BROKER": "dramatiq.brokers.stub.StubBroker", "OPTIONS": {}, "MIDDLEWARE": []}


def test_what_is_another_in_the_lab_is_remarked_on() -> None:
    assert outside.remarks({"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}) == []
    settings = {
        "EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend", "CELERY_BROKER_URL": "redis://x",
        "LOGGING": {"handlers": {"system": SYSLOG}},
    }  # fmt: skip
    assert outside.remarks(settings) == [
        "mail stays in memory instead of going to anymail.backends.mailgun.EmailBackend",
        "background tasks run within the request that starts them, and count towards its time",
        "the log handler system sends nothing",
    ]


def test_the_labs_own_servers_and_what_the_scenario_names_may_be_reached() -> None:
    databases: list[dict[str, Any]] = [
        {"HOST": "/run/pg", "PORT": 5432},
        {"HOST": "db.example.com"},
        {"NAME": "x.sqlite3"},
    ]
    assert outside.allowed(["api:80"], "unix:///run/valkey?db=0", "redis://:secret@cache:6380/1", None, databases=databases) == [
        "api:80", str(home_path()), "/run/valkey", "cache:6380", "/run/pg", "db.example.com:5432",
    ]  # fmt: skip
    assert "db:5432" in outside.allowed([], "postgresql://me@db/x")


def test_contacts_are_sentences_and_rows() -> None:
    counts = [
        (Contact(CONNECTION, "localhost:1", "a.py:1"), 3), (Contact(PROCESS, "git", "a.py:2"), 1), (Contact(MAIL, "sent"), 1),
        (Contact(DATABASE, "default (x)", "a.py:3"), 1),
    ]  # fmt: skip
    assert outside.sentences(counts) == [
        "a.py:1 connects to localhost:1 (3 times): refused; to allow it, add 'localhost:1' to `allow` under `subject`",
        "a.py:2 starts the process git",
        "a.py:3 connects to the database default (x): refused; a run connects to a copy instead",
    ]
    assert outside.rows(counts)[0] == {
        "kind": "connection", "target": "localhost:1", "place": "a.py:1", "endpoint": None,
        "sentence": "a.py:1 connects to localhost:1", "count": 3,
    }  # fmt: skip


def test_a_database_that_is_refused_while_setting_up_is_no_contact_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = [(Contact(DATABASE, "default (x)"), 1), (Contact(PROCESS, "git", "a.py:2"), 1)]
    monkeypatch.setattr("perflab.worker.guards.own.contacts", lambda: counts)
    assert outside.of_setting_up() == {Contact(PROCESS, "git", "a.py:2"): 1}


def test_the_folder_of_the_state_may_be_reached_below_home() -> None:
    assert Path(outside.allowed([])[0]) == home_path()


SETTINGS = """
import socket
SECRET_KEY, INSTALLED_APPS, DATABASES, ROOT_URLCONF = "x", [], {}, "shop_settings"
try:
    socket.create_connection(("192.0.2.1", 9), timeout=0.01)
except OSError:
    pass
"""
SCENARIO = """
title: Who connects?
subject: {settings: shop_settings, seed: "shop_settings:archetypes", python: %s}
data: {as_of: "2025-10-20", rows: {}}
traffic:
  rate_per_s: 1
  active_users: 2
  zipf: 0
  endpoints: [{name: home, method: GET, path: /, weight: 1}]
factors: [{name: fast, kind: setting, setting: FAST, when_off: false, when_on: true}]
profiles: {default: {scale: 1, rounds: 1, block: 20, replay_s: 1}}
"""


def test_guards_are_where_the_project_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop_settings.py").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    connect = socket.socket.connect
    with outside.guarded(loading.parse(SCENARIO % sys.executable)):
        assert outside.of_setting_up() == {Contact(CONNECTION, "192.0.2.1:9", "shop_settings.py:5"): 1}
        assert own.contacts() == []
        assert project.settings_now()["EMAIL_BACKEND"] == outside.MEMORY
        assert "shop_settings" not in sys.modules
        assert (own._installed, socket.socket.connect) == ([], connect)
