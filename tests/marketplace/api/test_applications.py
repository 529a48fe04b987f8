"""Applications: one's own, applying, withdrawing, and the best for a job."""

from typing import Any

import pytest

from marketplace.factories import ApplicationFactory, JobFactory, ReviewFactory, UserFactory
from marketplace.models import Application
from tests.marketplace.world import World, call


def test_own_applications_with_their_notes(world: World) -> None:
    body = call("POST", "/apply-jobs/", world.applicants[0]).json()
    own = [world.applications[0], world.applications[4]]
    assert {item["id"]: item["note"] for item in body["items"]} == {a.pk: a.note for a in own}
    assert body["items"][0]["job"]["client"]["id"] == world.client.pk


def test_applying_once(world: World) -> None:
    url = f"/jobs/{world.jobs[1].pk}/applications/"
    response = call("POST", url, world.applicants[1], {"note": "Gern"})
    assert (response.status_code, response.json()["note"]) == (201, "Gern")
    assert call("POST", url, world.applicants[1]).status_code == 409
    assert Application.objects.filter(job=world.jobs[1], applicant=world.applicants[1]).count() == 1


def test_who_may_not_apply(world: World) -> None:
    assert call("POST", f"/jobs/{world.jobs[1].pk}/applications/", world.client).status_code == 403
    assert call("POST", "/jobs/999999/applications/", world.applicants[0]).status_code == 404
    cancelled = JobFactory(client=world.client, status="cancelled")
    assert call("POST", f"/jobs/{cancelled.pk}/applications/", world.applicants[0]).status_code == 409


def test_withdrawing(world: World) -> None:
    url = f"/applications/{world.applications[4].pk}/withdraw/"
    for _ in range(2):
        response = call("POST", url, world.applicants[0])
        assert (response.status_code, response.json()["status"]) == (200, "withdrawn")
    assert call("POST", url, world.applicants[1]).status_code == 403
    assert call("POST", url, world.client).status_code == 403
    assert call("POST", "/applications/999999/withdraw/", world.client).status_code == 404


@pytest.mark.parametrize("optimised", [False, True])
def test_the_best_come_first(world: World, optimised: bool, settings: Any) -> None:
    """4.00 of 1 review before 4.00 of 2? No: more reviews weigh more. Who withdrew is out."""
    settings.MARKETPLACE_OPTIMISED_QUERIES = optimised
    first, second, third, _withdrawn = world.applicants
    items = call("GET", f"/jobs/{world.jobs[0].pk}/best-applicants/", world.client).json()["items"]
    assert [(i["applicant"]["id"], i["rating"]["average"]) for i in items] == [
        (first.pk, "4.00"),
        (second.pk, "4.00"),
        (third.pk, None),
    ]


@pytest.mark.parametrize("optimised", [False, True])
def test_the_ranking_goes_on_over_pages(world: World, optimised: bool, settings: Any) -> None:
    settings.MARKETPLACE_OPTIMISED_QUERIES = optimised
    job = JobFactory(client=world.client)
    for stars in range(12):
        applicant = UserFactory(role="applicant")
        ApplicationFactory(job=job, applicant=applicant, status="pending")
        for _ in range(stars % 3):
            ReviewFactory(reviewed=applicant, job=JobFactory(client=world.client))
    pages = [call("GET", f"/jobs/{job.pk}/best-applicants/?page={n}", world.client).json() for n in (1, 2)]
    assert [len(page["items"]) for page in pages] == [10, 2]
    ranks = [
        (-float(item["rating"]["average"] or 0), -item["rating"]["count"], item["id"])
        for page in pages
        for item in page["items"]
    ]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == 12
