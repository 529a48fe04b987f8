"""The default of query sets; on Django 6.1 the real one (`make test-next`), before that the constant alone."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from django.apps import AppConfig
from django.db.models import query

from perflab.worker.switches.fetching import MODES, Peers


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "DEFAULT_FETCH_MODE", getattr(query, "DEFAULT_FETCH_MODE", None), raising=False)


def test_query_sets_fetch_for_their_peers_from_then_on() -> None:
    modes = pytest.importorskip(MODES, reason="Django before 6.1 has no fetch modes")
    from marketplace.models import Job

    before = Job.objects.all()
    AppConfig.create("perflab.worker.switches.fetching.Peers").ready()
    assert Job.objects.all()._fetch_mode is modes.FETCH_PEERS  # type: ignore[attr-defined]
    assert before._fetch_mode is modes.FETCH_ONE  # type: ignore[attr-defined]


def test_the_constant_is_the_one_that_query_sets_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, MODES, SimpleNamespace(FETCH_PEERS="peers"))
    app = AppConfig.create("perflab.worker.switches.fetching.Peers")
    assert isinstance(app, Peers)
    app.ready()
    assert vars(query)["DEFAULT_FETCH_MODE"] == "peers"
