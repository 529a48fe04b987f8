"""DATABASES of a cell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from perflab.errors import InputError
from perflab.experiment.isolate.databases import described, of_cell
from perflab.servers.aliases.layout import Layout, name_of
from perflab.servers.database import Database

PG = "django.db.backends.postgresql"
SERVER = cast(
    Database, SimpleNamespace(django_settings=lambda name: {"ENGINE": PG, "NAME": name, "CONN_MAX_AGE": None})
)


def test_factors_options_come_on_top_for_every_connection_to_the_cells_database() -> None:
    own = {"ENGINE": PG, "NAME": "shop", "OPTIONS": {"options": "-c statement_timeout=7000", "pool": True}}
    layout = Layout(
        {"default": "default", "replica": "default", "log": "log"}, dict.fromkeys(("default", "replica", "log"), own)
    )
    databases = of_cell(layout, SERVER, "perflab_run_1", {"options": "-c jit=on", "connect_timeout": 3})
    both = {"options": "-c statement_timeout=7000 -c jit=on", "connect_timeout": 3}
    assert databases["default"]["OPTIONS"] == databases["replica"]["OPTIONS"] == both
    assert databases["log"]["OPTIONS"] == {"options": "-c statement_timeout=7000"}
    assert (
        databases["log"]["NAME"] == name_of("perflab_run_1", "log") != databases["replica"]["NAME"] == "perflab_run_1"
    )


def test_what_does_not_hold_in_the_lab_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert described("tests.cases.runtime.settings") == [
        "database default: without its pool: each thread of a worker keeps one connection",
        "database default: without sslmode of its OPTIONS: the server is perflab's",
    ]
    assert described("tests.projects.tiny") == []


def test_another_vendor_is_refused_by_the_aliass_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.projects import tiny

    databases: dict[str, Any] = {**tiny.DATABASES, "legacy": {"ENGINE": "django.db.backends.oracle"}}
    monkeypatch.setattr(tiny, "DATABASES", databases)
    with pytest.raises(InputError, match=r"DATABASES\['legacy'\] is on Oracle") as caught:
        described("tests.projects.tiny")
    assert "\n" not in str(caught.value)
