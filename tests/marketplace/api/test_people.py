"""Profiles and accounts."""

from typing import Any

import pytest

from marketplace.models import Profile
from tests.marketplace.world import World, call


def test_a_profile_has_the_average_of_the_reviews(world: World) -> None:
    body = call("GET", f"/get-profile/{world.applicants[0].pk}", world.client).json()
    assert body["rating"] == {"average": "4.00", "count": 2}
    assert body["bio"] == world.applicants[0].profile.bio


def test_a_profile_without_reviews_has_no_average(world: World) -> None:
    body = call("GET", f"/get-profile/{world.applicants[3].pk}", world.client).json()
    assert body["rating"] == {"average": None, "count": 0}
    assert (body["bio"], body["headline"]) == (None, None)  # nor did this one make a profile


def test_contact_details_stay_with_their_owner(world: World) -> None:
    public = call("GET", f"/get-profile/{world.client.pk}", world.client).json()
    assert {"email", "phone", "password"}.isdisjoint(public)
    own = call("GET", "/get-account-details", world.client).json()
    assert own["email"] == world.client.email


def test_everybody_gets_their_own_account(world: World) -> None:
    """The same path for all: a key without the caller would hand one's account to another."""
    for _ in range(2):
        for user in (world.client, world.applicants[0]):
            assert call("GET", "/get-account-details", user).json()["id"] == user.pk


@pytest.mark.parametrize("optimised", [False, True])
def test_who_does_not_exist(world: World, optimised: bool, settings: Any) -> None:
    settings.MARKETPLACE_OPTIMISED_QUERIES = optimised
    response = call("GET", "/get-profile/999999", world.client)
    assert (response.status_code, response.json()) == (404, {"detail": "user 999999 does not exist"})
    assert call("GET", f"/get-profile/{10**30}", world.client).status_code == 404
    assert call("GET", "/get-account-details", world.applicants[3]).status_code == 404
    assert call("PATCH", "/update-profile", world.applicants[3], {"bio": "x"}).status_code == 404


def test_update_changes_what_was_sent_and_nothing_else(world: World) -> None:
    before = Profile.objects.get(user=world.client)
    response = call("PATCH", "/update-profile", world.client, {"bio": "Neu", "location": ""})
    after = Profile.objects.get(user=world.client)
    assert response.json() == {
        "user_id": world.client.pk,
        "headline": before.headline,
        "bio": "Neu",
        "location": "",
    }
    assert (after.bio, after.location, after.headline, after.phone) == (
        "Neu",
        "",
        before.headline,
        before.phone,
    )


@pytest.mark.parametrize("body", [{"biography": "x"}, {"bio": 7}, {"headline": "x" * 121}, {"bio": "a\x00b"}, [], None])
def test_updates_that_make_no_sense(world: World, body: object) -> None:
    response = call("PATCH", "/update-profile", world.client, body)
    assert response.status_code in (400, 422)
    assert "detail" in response.json()
