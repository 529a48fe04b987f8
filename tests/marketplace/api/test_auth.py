"""Who is calling."""

from typing import Any

import pytest
from django.core.signing import Signer
from django.test import Client

from marketplace.api.auth import headers, token
from tests.marketplace.world import ENDPOINTS, Endpoint, World, call

WRITES = [
    ("POST", "/jobs/"),
    ("POST", "/jobs/1/applications/"),
    ("POST", "/applications/1/withdraw/"),
    ("POST", "/payments/"),
    ("PATCH", "/payments/1/"),
    ("POST", "/payments/settle/"),
    ("POST", "/reviews/"),
    ("DELETE", "/review/1"),
    ("PATCH", "/update-profile"),
]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_every_read_needs_a_caller(world: World, endpoint: Endpoint) -> None:
    call(endpoint.method, endpoint.url(world), endpoint.caller(world))  # it is in the cache now
    response = call(endpoint.method, endpoint.url(world), None)
    assert (response.status_code, response.json()) == (401, {"detail": "Unauthorized"})


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_every_write_needs_a_caller(db: None, method: str, path: str) -> None:
    assert call(method, path, None, {}).status_code == 401


def _forgeries() -> list[str]:
    good = token(7, "client")
    claims, _, signature = good.rpartition(":")
    return [
        "",
        "x",
        good[:-1],
        f"{claims}x:{signature}",
        Signer(salt="another").sign_object({"id": 7, "role": "client"}),
        Signer(salt="marketplace.token").sign_object({"id": 7}),
        Signer(salt="marketplace.token").sign_object([7, "client"]),
        Signer(salt="marketplace.token").sign("not base64 of JSON"),
    ]


def test_forged_tokens(db: None) -> None:
    for forged in _forgeries():
        response = Client().get("/get-account-details", headers={"Authorization": f"Bearer {forged}"})
        assert response.status_code == 401, forged


def test_headers_are_the_same_every_time(world: World, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):  # the role
        first = headers(world.client.pk)
    with django_assert_num_queries(0):
        assert headers(world.client.pk, "client") == first


def test_a_caller_costs_no_query(world: World, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert call("GET", "/users/1234567/payments", world.client).status_code == 403
