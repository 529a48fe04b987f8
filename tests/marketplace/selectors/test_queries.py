"""How many queries each endpoint takes; what they are for stands beside the numbers in world.ENDPOINTS."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from marketplace.factories import (
    AS_OF,
    ApplicationFactory,
    JobFactory,
    PaymentFactory,
    ReviewFactory,
    UserFactory,
)
from tests.marketplace.world import ENDPOINTS, Endpoint, World, call

by_name = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)


@by_name
@pytest.mark.parametrize("way", ["plain", "optimised"])
def test_queries(
    world: World, endpoint: Endpoint, way: str, switch: Callable[..., None], django_assert_num_queries: Any
) -> None:
    switch(queries=way == "optimised", caching=False)
    url, caller = endpoint.url(world), endpoint.caller(world)
    with django_assert_num_queries(getattr(endpoint, way)):
        call(endpoint.method, url, caller)


@by_name
def test_a_kept_response_takes_none(world: World, endpoint: Endpoint, django_assert_num_queries: Any) -> None:
    url, caller = endpoint.url(world), endpoint.caller(world)
    call(endpoint.method, url, caller)
    with django_assert_num_queries(0 if endpoint.is_cached else endpoint.optimised):
        call(endpoint.method, url, caller)


@by_name
def test_optimised_queries_do_not_grow_with_the_page(
    world: World, endpoint: Endpoint, cache_off: None, django_assert_num_queries: Any
) -> None:
    """The claim behind select_related and prefetch: as many queries for a full page as for two rows, on page 2 too."""
    crowd = [UserFactory(complete=True, role="applicant") for _ in range(14)]
    for number, user in enumerate(crowd):
        job = JobFactory(client=world.client)
        ApplicationFactory(job=world.jobs[0], applicant=user, status="pending")
        ApplicationFactory(job=job, applicant=world.applicants[0])
        PaymentFactory(job=job, recipient=user, created_at=AS_OF - timedelta(hours=number))
        ReviewFactory(job=job, reviewed=user)
        ReviewFactory(job=job, reviewed=world.applicants[0])
    url, caller = endpoint.url(world), endpoint.caller(world)
    pages = ("", "?page=2") if endpoint.name not in ("profile", "account", "job", "client_job") else ("",)
    for page in pages:
        with django_assert_num_queries(endpoint.optimised):
            response = call(endpoint.method, url + page, caller)
        assert response.status_code == 200
        if page:
            assert response.json()["items"]


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        # count, page, and whether the user exists
        ("/reviews/{lonely}", 3),
        ("/ratings/reviewer_{lonely}/", 3),
        # count, page, and whether the user exists; without a job there is nothing to prefetch
        ("/clientjobs/{lonely}", 3),
        # ratings, and whether the job exists
        ("/jobs/{bare_job}/best-applicants/", 2),
    ],
)
def test_an_empty_list_takes_one_more(
    world: World, path: str, queries: int, cache_off: None, django_assert_num_queries: Any
) -> None:
    url = path.format(lonely=UserFactory().pk, bare_job=JobFactory(client=world.client).pk)
    with django_assert_num_queries(queries):
        response = call("GET", url, world.client)
    assert (response.status_code, response.json()["items"]) == (200, [])


# Writes: what each query is for stands in the docstrings of the views. An atomic block inside the test's own
# transaction adds a savepoint and its release, which are queries, too.
@pytest.mark.parametrize(
    ("method", "path", "body", "queries"),
    [
        # profile (locked), update
        ("PATCH", "/update-profile", {"bio": "x"}, 2 + 2),
        # payment (locked), update
        ("PATCH", "/payments/{payment}/", {"status": "failed"}, 2 + 2),
        # pending rows (locked), one update
        ("POST", "/payments/settle/", None, 2 + 2),
        # job, recipient, insert
        (
            "POST",
            "/payments/",
            {"job_id": "{job}", "recipient_id": "{applicant}", "amount": 5, "method": "card"},
            3,
        ),
        # review (locked), delete
        ("DELETE", "/review/{review}", None, 2 + 2),
    ],
)
@pytest.mark.parametrize("caching", [False, True])
def test_queries_of_writes(
    world: World,
    method: str,
    path: str,
    body: Any,
    queries: int,
    caching: bool,
    switch: Callable[..., None],
    django_assert_num_queries: Any,
) -> None:
    switch(queries=True, caching=caching)
    numbers = {
        "{job}": world.jobs[0].pk,
        "{applicant}": world.applicants[0].pk,
        "{payment}": world.payments[0].pk,
        "{review}": world.reviews[0].pk,
    }
    for mark, number in numbers.items():
        path = path.replace(mark, str(number))
    filled = {key: numbers.get(value, value) for key, value in body.items()} if body else None
    with django_assert_num_queries(queries):
        response = call(method, path, world.client, filled)
    assert response.status_code in (200, 201, 204)
