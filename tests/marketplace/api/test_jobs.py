"""Jobs: posting one, and what each viewer sees of it."""

from typing import Any

import pytest

from marketplace.factories import ApplicationFactory, SubcategoryFactory
from marketplace.models import Industry, Job
from tests.marketplace.world import World, call


def _new(world: World, **changes: Any) -> dict[str, Any]:
    job = world.jobs[0]
    new = {
        "title": "Bar, night",
        "industry_id": job.industry_id,
        "subcategory_id": job.subcategory_id,
        "date": "2025-11-01",
        "start_time": "22:00",
        "end_time": "06:00",
        "pay_rate": "17.50",
    }
    return {**new, **changes}


def test_a_client_posts_a_job(world: World) -> None:
    response = call("POST", "/jobs/", world.client, _new(world))
    assert response.status_code == 201
    job = Job.objects.get(pk=response.json()["id"])
    assert (job.client_id, job.created_by_id, job.status, str(job.pay_rate)) == (
        world.client.pk,
        world.client.pk,
        "open",
        "17.50",
    )
    assert response.json()["pay_rate"] == "17.50"


def test_an_applicant_does_not(world: World) -> None:
    assert call("POST", "/jobs/", world.applicants[0], _new(world)).status_code == 403


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"subcategory_id": 999_999}, 404),
        ({"pay_rate": 0}, 422),
        ({"pay_rate": "1e30"}, 422),
        ({"pay_rate": "NaN"}, 422),
        ({"date": "yesterday"}, 422),
        ({"start_time": "10:00+02:00"}, 422),
        ({"title": None}, 422),
        ({"industry_id": 10**30}, 422),
    ],
)
def test_jobs_that_make_no_sense(world: World, change: dict[str, Any], status: int) -> None:
    assert call("POST", "/jobs/", world.client, _new(world, **change)).status_code == status


def test_a_subcategory_of_another_industry(world: World) -> None:
    other = SubcategoryFactory(industry=Industry.objects.create(name="Elsewhere"))
    response = call("POST", "/jobs/", world.client, _new(world, subcategory_id=other.pk))
    assert response.status_code == 422
    assert "is not one of industry" in response.json()["detail"]


def test_the_page_of_a_job(world: World) -> None:
    body = call("GET", f"/jobs/{world.jobs[1].pk}", world.applicants[2]).json()
    assert body["client"]["id"] == world.client.pk
    assert body["created_by"]["id"] == world.other_client.pk
    assert body["application_count"] == 1
    assert [a["applicant"]["id"] for a in body["applications"]] == [world.applicants[0].pk]


@pytest.mark.parametrize("optimised", [False, True])
def test_the_first_ten_applications_are_shown_and_all_are_counted(world: World, optimised: bool, settings: Any) -> None:
    settings.MARKETPLACE_OPTIMISED_QUERIES = optimised
    ApplicationFactory.create_batch(8, job=world.jobs[0], status="pending")
    body = call("GET", f"/jobs/{world.jobs[0].pk}", world.client).json()
    in_order = world.jobs[0].applications.order_by("created_at", "pk").values_list("pk", flat=True)
    assert [a["id"] for a in body["applications"]] == list(in_order[:10])
    assert body["application_count"] == 12


def test_notes_are_for_the_client_and_their_author(world: World) -> None:
    """Three viewers of one path get three answers."""
    notes = [application.note for application in sorted(world.applications[:4], key=lambda a: (a.created_at, a.pk))]
    author = world.applications[0]
    url = f"/client/jobs/{world.jobs[0].pk}"

    def seen_by(user: Any) -> list[Any]:
        return [a["note"] for a in call("GET", url, user).json()["applications"]]

    assert seen_by(world.client) == notes
    assert seen_by(world.other_client) == [None] * 4
    own = [a["note"] for a in call("GET", url, author.applicant).json()["applications"] if a["note"] is not None]
    assert own == [author.note]
    assert all("note" not in a for a in call("GET", f"/jobs/{world.jobs[0].pk}", world.client).json()["applications"])


@pytest.mark.parametrize("optimised", [False, True])
@pytest.mark.parametrize(
    "path",
    ["/jobs/999999", "/client/jobs/999999", "/clientjobs/999999", "/jobs/999999/best-applicants/", "/jobs/x"],
)
def test_what_does_not_exist(world: World, path: str, optimised: bool, settings: Any) -> None:
    settings.MARKETPLACE_OPTIMISED_QUERIES = optimised
    response = call("GET", path, world.client)
    assert response.status_code == 404
    assert "detail" in response.json()


@pytest.mark.parametrize("page", ["0", "-1", "x", "1000001", str(10**30)])
def test_pages_that_make_no_sense(world: World, page: str) -> None:
    assert call("GET", f"/clientjobs/{world.client.pk}?page={page}", world.client).status_code == 422


def test_the_last_page_there_can_be_is_empty(world: World) -> None:
    body = call("GET", f"/clientjobs/{world.client.pk}?page=1000000", world.client).json()
    assert (body["items"], body["count"], body["pages"]) == ([], 2, 1)
