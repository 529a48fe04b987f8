"""Deletions without signals: a foreign key of the marketplace has the DB_CASCADE that its Django offers, or one made here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models
from django.db.models.signals import post_delete, pre_delete, pre_save

from marketplace.models import Job, Payment
from perflab.scenario.subject.signals import unsent


def drop(**signal: Any) -> None:
    """Nobody is called."""


@pytest.fixture
def cascading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Payments are deleted with their job, by the database. Before Django 6.1 there is no DB_CASCADE."""
    cascade = getattr(models, "DB_CASCADE", object())
    monkeypatch.setattr(models, "DB_CASCADE", cascade, raising=False)
    monkeypatch.setattr(Payment._meta.get_field("job").remote_field, "on_delete", cascade)


@pytest.fixture
def connected() -> Iterator[None]:
    """Connect to deletions of payments, and to two signals that are none of these."""
    signals = [(pre_delete, Payment), (post_delete, Job), (pre_save, Payment)]
    for signal, sender in signals:
        signal.connect(drop, sender=sender)
    yield
    for signal, sender in signals:
        signal.disconnect(drop, sender=sender)


def test_receivers_of_what_the_database_deletes_are_named(cascading: None, connected: None) -> None:
    (row,) = unsent()
    assert {name: row[name] for name in ("model", "field", "parent")} == {
        "model": "marketplace.Payment",
        "field": "job",
        "parent": "marketplace.Job",
    }
    assert f"{__name__}.drop" in row["receivers"] and len(row["receivers"]) == len(set(row["receivers"]))


def test_what_django_deletes_itself_sends_signals(connected: None) -> None:
    assert unsent() == []
