"""Whether what is created is there: sites that keep that something is absent, and sites that do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from perflab.experiment.checks.client import Shown
from perflab.experiment.checks.created import cached_absence, created_key
from perflab.workload.steps import Step
from tests.perflab.experiment.checks.sites import CELLS, ENDS, Site, client_of, document, endpoint, number_of

CLIENT = {"client_id": "marketplace.Job.client"}
POST = endpoint("post-job", "/jobs/", "POST", params=CLIENT, **{"as": "client_id"})
JOB = endpoint(
    "job", "/jobs/{job_id}", params={"job_id": "marketplace.Job.pk", "viewer_id": "marketplace.User.pk"},
    **{"as": "viewer_id"},
)  # fmt: skip
FIRST = 1000


def jobs(site: Site, step: Step, distance: int = 1, public: bool = True) -> Any:
    rows = site.state.setdefault("rows", {})
    if step.method == "POST":
        key = FIRST + distance * len(rows)
        rows[key] = step.user
        return 201, {"id": key}
    key = number_of(step.path)
    if key not in rows or not (public or rows[key] == step.user):
        return 404, ""
    return 200, {"id": key, "title": "a job"}


def forgetful(site: Site, step: Step) -> Any:
    """The cache keeps what is there, and nothing else."""
    response = jobs(site, step)
    return response if response[0] in (404, 201) else site.kept(step.path, lambda: response)


def keeping_absence(site: Site, step: Step) -> Any:
    return jobs(site, step) if step.method == "POST" else site.kept(step.path, lambda: jobs(site, step))


def shown_of(respond: Callable[[Site, Step], Any], *endpoints: dict[str, Any]) -> list[Shown]:
    return [shown for shown in cached_absence(client_of(respond, *(endpoints or (POST, JOB)))) if shown.cells]


def test_a_cache_that_keeps_404_does_not_find_what_was_created() -> None:
    (shown,) = shown_of(keeping_absence)
    assert {cell for cell, shows in shown.cells.items() if shows} == {"caching", "all_on", "twin"}
    assert set(shown.cells) == set(CELLS)
    assert (shown.endpoint, shown.detail["write"], shown.detail["status"]) == ("job", "post-job", 404)


@pytest.mark.parametrize("respond", [jobs, forgetful])
def test_a_cache_that_keeps_what_is_there_finds_it(respond: Callable[[Site, Step], Any]) -> None:
    assert [shown.cells for shown in shown_of(respond)] == [dict.fromkeys(ENDS, False)]


def test_what_only_its_creator_may_read_is_read_by_its_creator() -> None:
    assert [shown.cells for shown in shown_of(lambda site, step: jobs(site, step, public=False))] == [
        dict.fromkeys(ENDS, False)
    ]


@pytest.mark.parametrize(
    ("respond", "endpoints"),
    [
        (lambda site, step: jobs(site, step, distance=2), (POST, JOB)),  # the next number is another one
        (lambda site, step: (201, {}) if step.method == "POST" else (404, ""), (POST, JOB)),  # none is named
        (lambda site, step: (403, {"id": 1}), (POST, JOB)),  # nothing is created
        (lambda site, step: (201, {"id": 7}) if step.method == "POST" else {"id": number_of(step.path)}, (POST, JOB)),
        (lambda site, step: (201, {"id": 7}) if step.method == "POST" else (404, ""), (POST, JOB)),  # not shown yet
        (keeping_absence, (POST, endpoint("jobs", "/jobs/"))),
        (keeping_absence, ({**POST, "method": "PATCH"}, JOB)),
    ],
)
def test_what_cannot_be_told_is_not_shown(
    respond: Callable[[Site, Step], Any], endpoints: tuple[dict[str, Any], ...]
) -> None:
    assert shown_of(respond, *endpoints) == []


def test_what_is_not_readable_at_once_is_not_shown() -> None:
    """Whoever looks first finds the first job; the later ones have to be looked through before they are there."""

    def moderated(site: Site, step: Step) -> Any:
        response = jobs(site, step)
        return response if step.method == "POST" or step.path.endswith(f"/{FIRST}") else (404, "")

    assert shown_of(moderated) == []


def test_a_key_is_a_number_that_the_response_names() -> None:
    assert created_key(document((201, {"id": 7}))) == 7 == created_key(document((200, {"pk": 7})))
    for other in ((201, {"id": "7"}), (201, {"id": True}), (201, "7"), (400, {"id": 7}), None):
        assert created_key(document(other)) is None
