"""Query sets without the project's joins; what they mean stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Prefetch, QuerySet

from marketplace.models import Application, Job, User
from perflab.worker.switches.joins import WithoutJoins, install, is_meant


@pytest.fixture
def without() -> Iterator[None]:
    names = ("select_related", "prefetch_related", "select_for_update")
    before = {name: getattr(QuerySet, name) for name in names}
    install()
    try:
        yield
    finally:
        for name, function in before.items():
            setattr(QuerySet, name, function)


def jobs() -> Any:
    return Job.objects.all()


def test_joins_are_made_before_and_not_after(without: None) -> None:
    assert " JOIN " not in str(jobs().select_related("client").query)
    assert jobs().prefetch_related("applications", "client__wallet")._prefetch_related_lookups == ()


def test_without_the_switch_they_are_there() -> None:
    assert " JOIN " in str(jobs().select_related("client").query)


def test_a_query_set_stays_one_that_can_be_changed_further(without: None) -> None:
    first = jobs()
    second = first.select_related("client").prefetch_related("applications")
    assert second is not first
    assert "WHERE" in str(second.filter(pk=1).query) and "WHERE" not in str(first.query)


def test_managers_and_query_sets_of_the_projects_own_change_too(without: None) -> None:
    class Own(QuerySet):  # type: ignore[type-arg]
        def with_client(self) -> Any:
            return self.select_related("client")

    assert " JOIN " not in str(Own(Job).with_client().query)
    assert " JOIN " not in str(Job.objects.select_related("client").query)


def test_a_prefetch_that_code_reads_by_its_name_or_filter_stays(without: None) -> None:
    named = Prefetch("applications", to_attr="sent")
    filtered = Prefetch("applications", Application.objects.filter(status="accepted"))
    kept = jobs().prefetch_related("client", named, filtered, Prefetch("client"))._prefetch_related_lookups
    assert kept == (named, filtered)
    assert not is_meant("applications") and not is_meant(Prefetch("applications"))


def test_a_lock_keeps_the_joins_that_it_needs(without: None) -> None:
    for query_set in (
        jobs().select_related("client").select_for_update(of=("self", "client")),
        jobs().select_for_update(of=("client",)).select_related("client"),
    ):
        assert query_set.query.select_related and query_set.query.select_for_update_of
    assert not jobs().select_related("client").select_for_update().query.select_related


def test_joins_can_still_be_reset(without: None) -> None:
    assert jobs().select_for_update(of=("client",)).select_related(None).query.select_related is False
    assert (
        jobs().prefetch_related(Prefetch("applications", to_attr="x")).prefetch_related(None)._prefetch_related_lookups
        == ()
    )


def test_it_is_an_app_that_django_finds() -> None:
    from django.apps import AppConfig

    app = AppConfig.create("perflab.worker.switches.joins.WithoutJoins")
    assert isinstance(app, WithoutJoins) and app.label == "perflab_without_joins"
    assert User._meta.app_label != app.label
