"""Payments: whose they are, paying, changing, settling."""

from typing import Any

import pytest

from marketplace.factories import PaymentFactory
from marketplace.models import Payment, User
from tests.marketplace.world import World, call


def test_both_parties_see_a_payment_and_nobody_else(world: World) -> None:
    ids = [payment.pk for payment in world.payments]
    page = call("GET", f"/users/{world.client.pk}/payments", world.client).json()
    assert [item["id"] for item in page["items"]] == [
        ids[2],
        ids[1],
        ids[0],
    ]  # of one moment: the newer id first
    page = call("GET", f"/users/{world.applicants[0].pk}/payments", world.applicants[0]).json()
    assert [item["id"] for item in page["items"]] == [ids[0]]
    for _ in range(2):  # not from the cache either
        assert call("GET", f"/users/{world.client.pk}/payments", world.applicants[0]).status_code == 403
    assert call("GET", "/users/999999/payments", world.client).status_code == 403


def test_pages(world: World) -> None:
    PaymentFactory.create_batch(
        12, job=world.jobs[0], recipient=world.applicants[2], created_at=world.payments[0].created_at
    )
    pages = [call("GET", f"/users/{world.client.pk}/payments?page={n}", world.client).json() for n in (1, 2, 3)]
    assert [(len(p["items"]), p["count"], p["page"], p["pages"]) for p in pages] == [
        (10, 15, 1, 2),
        (5, 15, 2, 2),
        (0, 15, 3, 2),
    ]
    ids = [item["id"] for page in pages for item in page["items"]]
    assert len(set(ids)) == 15


def _new(world: World, **changes: Any) -> dict[str, Any]:
    new = {
        "job_id": world.jobs[0].pk,
        "recipient_id": world.applicants[0].pk,
        "amount": 80.1,
        "method": "card",
    }
    return {**new, **changes}


def test_paying(world: World) -> None:
    response = call("POST", "/payments/", world.client, _new(world))
    body = response.json()
    assert response.status_code == 201
    assert (body["amount"], body["fee"], body["status"], body["payer_id"]) == (
        "80.10",
        "6.41",
        "pending",
        world.client.pk,
    )
    assert Payment.objects.get(pk=body["id"]).recipient == world.applicants[0]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"job_id": 999_999}, 404),
        ({"recipient_id": 999_999}, 404),
        ({"amount": 0}, 422),
        ({"amount": "1.001"}, 422),
        ({"amount": "100000000"}, 422),
        ({"method": "gold"}, 422),
        ({"note": "thanks"}, 422),
    ],
)
def test_payments_that_make_no_sense(world: World, change: dict[str, Any], status: int) -> None:
    assert call("POST", "/payments/", world.client, _new(world, **change)).status_code == status


def test_nobody_pays_themselves(world: World) -> None:
    assert call("POST", "/payments/", world.applicants[0], _new(world)).status_code == 422


def test_a_party_changes_the_status(world: World) -> None:
    url = f"/payments/{world.payments[0].pk}/"
    for party, status in ((world.client, "refunded"), (world.applicants[0], "completed")):
        response = call("PATCH", url, party, {"status": status})
        assert (response.status_code, response.json()["status"]) == (200, status)
    assert call("PATCH", url, world.applicants[1], {"status": "failed"}).status_code == 403
    assert call("PATCH", url, world.client, {"status": "lost"}).status_code == 422
    assert call("PATCH", "/payments/999999/", world.client, {"status": "failed"}).status_code == 404
    assert Payment.objects.get(pk=world.payments[0].pk).status == "completed"


def test_settling_completes_what_the_caller_owes(world: World) -> None:
    assert call("POST", "/payments/settle/", world.applicants[0]).json() == {"settled": 0}
    assert call("POST", "/payments/settle/", world.client).json() == {"settled": 2}
    assert call("POST", "/payments/settle/", world.client).json() == {"settled": 0}
    assert set(Payment.objects.values_list("status", flat=True)) == {"completed"}


def test_a_payer_who_is_gone(committed_world: World) -> None:
    """A token outlives its user; the database's foreign key has the last word, at commit."""
    ghost = User(pk=999_999, role="client")
    response = call("POST", "/payments/", ghost, _new(committed_world))
    assert response.status_code == 409
    assert Payment.objects.count() == 3
