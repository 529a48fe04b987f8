"""Errors are JSON, too, and are not kept."""

from marketplace.caching import counters
from marketplace.factories import UserFactory
from tests.marketplace.world import World, call


def test_a_url_that_leads_nowhere(db: None) -> None:
    response = call("GET", "/nowhere", None)
    assert (response.status_code, response.json()) == (404, {"detail": "no such URL"})


def test_a_body_that_is_no_json(world: World) -> None:
    from django.test import Client

    from marketplace.api.auth import headers

    response = Client().post(
        "/payments/", data=b"{", content_type="application/json", headers=headers(world.client.pk, "client")
    )
    assert response.status_code == 400
    assert "detail" in response.json()


def test_what_is_missing_is_requested_again(world: World) -> None:
    assert call("GET", "/get-profile/4242", world.client).status_code == 404
    UserFactory(pk=4242)
    assert call("GET", "/get-profile/4242", world.client).status_code == 200
    assert counters.read("profile") == counters.Count(hits=0, misses=2)
