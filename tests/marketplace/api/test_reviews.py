"""Reviews: reading, leaving and taking back."""

from typing import Any

import pytest

from marketplace.models import Review
from tests.marketplace.world import World, call


def test_received_and_given(world: World) -> None:
    received = call("GET", f"/reviews/{world.applicants[0].pk}", world.client).json()
    assert {item["id"] for item in received["items"]} == {world.reviews[0].pk, world.reviews[1].pk}
    given = call("GET", f"/ratings/reviewer_{world.applicants[0].pk}/", world.client).json()
    assert [(item["id"], item["rating"]) for item in given["items"]] == [(world.reviews[3].pk, "5.0")]


@pytest.mark.parametrize("optimised", [False, True])
@pytest.mark.parametrize("path", ["/reviews/999999", "/ratings/reviewer_999999/"])
def test_of_nobody(world: World, path: str, optimised: bool, settings: Any) -> None:
    settings.MARKETPLACE_OPTIMISED_QUERIES = optimised
    assert call("GET", path, world.client).status_code == 404


def _new(world: World, **changes: Any) -> dict[str, Any]:
    new = {
        "reviewed_id": world.applicants[2].pk,
        "job_id": world.jobs[0].pk,
        "rating": 4.5,
        "feedback": "Fein",
    }
    return {**new, **changes}


def test_leaving_one_once(world: World) -> None:
    response = call("POST", "/reviews/", world.client, _new(world))
    assert (response.status_code, response.json()["rating"]) == (201, "4.5")
    assert call("POST", "/reviews/", world.client, _new(world, rating=1)).status_code == 409
    assert call("POST", "/reviews/", world.other_client, _new(world)).status_code == 201
    assert Review.objects.filter(reviewed=world.applicants[2]).count() == 2


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"job_id": 999_999}, 404),
        ({"reviewed_id": 999_999}, 404),
        ({"rating": 0.9}, 422),
        ({"rating": 5.1}, 422),
        ({"rating": 4.55}, 422),
        ({"rating": "NaN"}, 422),
        ({"feedback": "x" * 5001}, 422),
    ],
)
def test_reviews_that_make_no_sense(world: World, change: dict[str, Any], status: int) -> None:
    assert call("POST", "/reviews/", world.client, _new(world, **change)).status_code == status


def test_nobody_reviews_themselves(world: World) -> None:
    assert call("POST", "/reviews/", world.applicants[2], _new(world)).status_code == 422


def test_taking_one_back(world: World) -> None:
    url = f"/review/{world.reviews[0].pk}"
    assert call("DELETE", url, world.applicants[0]).status_code == 403
    response = call("DELETE", url, world.client)
    assert (response.status_code, response.content) == (204, b"")
    assert call("DELETE", url, world.client).status_code == 404
