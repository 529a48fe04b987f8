"""The three switches change how fast an answer comes, and never the answer."""

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

from marketplace.models import Application, Job, Payment, Review
from tests.marketplace.world import ENDPOINTS, Endpoint, World, call

# Django 6.1 renamed it, and warns of the old name.
savepoint = getattr(transaction, "savepoint_create", None) or transaction.savepoint
COMBINATIONS = list(product((False, True), repeat=3))


def _drop_indexes() -> None:
    connection.check_constraints()  # nothing deferred may be pending when an index goes
    with connection.cursor() as cursor:
        for model in apps.get_app_config("marketplace").get_models():
            for index in model._meta.indexes:
                cursor.execute(f"DROP INDEX {index.name}")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_same_body_under_every_combination(world: World, endpoint: Endpoint, switch: Callable[..., None]) -> None:
    url, caller = endpoint.url(world), endpoint.caller(world)
    answers = {}
    for indexes in (True, False):
        if not indexes:
            _drop_indexes()
        for queries, caching, turn in product((True, False), (True, False), (1, 2)):  # the second turn is a hit
            switch(queries=queries, caching=caching)
            response = call(endpoint.method, url, caller)
            answers[indexes, queries, caching, turn] = (
                response.status_code,
                dict(response.headers),
                response.content,
            )
    expected = answers[False, False, False, 1]
    assert expected[0] == 200
    assert [key for key, answer in answers.items() if answer != expected] == []


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """New rows are of one moment, so that answers of different runs can be compared."""
    for model in (Application, Job, Payment, Review):
        monkeypatch.setitem(
            model._meta.get_field("created_at").__dict__,
            "_get_default",
            lambda: dt.datetime(2025, 10, 20, 12, tzinfo=dt.UTC),
        )


def _story(world: World) -> Iterator[tuple[str, str, Any, Any]]:
    """Writes of every kind; after each one all endpoints are read."""
    client, (first, second, _third, bare) = world.client, world.applicants
    shift = {"date": "2025-11-01", "start_time": "22:00", "end_time": "06:00", "pay_rate": 17.5}
    trade = {"industry_id": world.jobs[0].industry_id, "subcategory_id": world.jobs[0].subcategory_id}
    money = {"job_id": world.jobs[1].pk, "recipient_id": first.pk, "amount": "80.10", "method": "card"}
    stars = {
        "reviewed_id": second.pk,
        "job_id": world.jobs[1].pk,
        "rating": 5,
        "feedback": "Gerne wieder – très bien",
    }
    yield "POST", "/jobs/", client, {"title": "Night shift", **shift, **trade}
    yield "POST", f"/jobs/{world.jobs[1].pk}/applications/", second, {"note": "I can start at once"}
    yield "POST", f"/applications/{world.applications[0].pk}/withdraw/", first, None
    yield "POST", "/payments/", client, money
    yield "PATCH", f"/payments/{world.payments[0].pk}/", first, {"status": "refunded"}
    yield "POST", "/payments/settle/", client, None
    yield "POST", "/reviews/", client, stars
    yield "DELETE", f"/review/{world.reviews[0].pk}", client, None
    yield "PATCH", "/update-profile", first, {"bio": "New here", "location": "Ulm"}
    yield "POST", f"/jobs/{world.jobs[0].pk}/applications/", bare, None  # 409


def test_same_responses_through_a_story_of_writes(
    world: World,
    frozen: None,
    switch: Callable[..., None],
    django_capture_on_commit_callbacks: Any,
    settings: Any,
) -> None:
    """Each combination lives through the same story, and is rolled back to the same start."""
    stories = {}
    connection.check_constraints()
    for number, (indexes, queries, caching) in enumerate(COMBINATIONS):
        _reset_sequences()
        start = savepoint()
        if not indexes:
            _drop_indexes()
        switch(queries=queries, caching=caching)
        if caching:  # a key space for each: rolling back is not something that a cache hears of
            settings.CACHES["default"]["KEY_PREFIX"] += f"-{number}"
        lines: list[tuple[Any, ...]] = []
        for method, url, user, body in _story(world):
            with django_capture_on_commit_callbacks(execute=True):
                response = call(method, url, user, body)
            lines.append((method, url, response.status_code, response.content))
            for endpoint in ENDPOINTS:
                response = call(endpoint.method, endpoint.url(world), endpoint.caller(world))
                lines.append((endpoint.name, response.status_code, response.content))
        stories[indexes, queries, caching] = lines
        transaction.savepoint_rollback(start)
    baseline = stories[False, False, False]
    assert [line[2] for line in baseline[:: 1 + len(ENDPOINTS)]] == [
        201,
        201,
        200,
        201,
        200,
        200,
        201,
        204,
        200,
        409,
    ]
    for combination, lines in stories.items():
        for expected, line in zip(baseline, lines, strict=True):
            assert line == expected, combination


def _reset_sequences() -> None:
    """Ids of new rows start over: sequences are not rolled back."""
    models = list(apps.get_app_config("marketplace").get_models())
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
