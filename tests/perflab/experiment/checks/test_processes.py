"""Whether responses depend on what a process has served: processes with a memory, and with data that changes by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from perflab.experiment.checks.client import CheckClient, Shown
from perflab.experiment.checks.processes import MAX_REQUESTS, depends_on_history, requests_of
from perflab.workload.steps import Step
from tests.perflab.experiment.checks.sites import Site, client_of, endpoint
from tests.perflab.steps import step_of

JOB = endpoint("job", "/jobs/{job_id}", params={"job_id": "marketplace.Job.pk"})
STEPS = [step_of(f"/jobs/{n}", n, endpoint="job", phase="check") for n in (1, 2)]
BASELINES = ("all_off", "twin_off")


def shown_of(respond: Callable[[Site, Step], Any], served: Any = None, steps: list[Step] = STEPS) -> list[Shown]:
    client = client_of(respond, JOB)
    for cell in BASELINES:
        site: Any = client.workers[cell]
        site.state |= served or {}
    fresh = {cell: Site(respond) for cell in BASELINES}
    return list(depends_on_history(client, fresh, steps))


def remembering(site: Site, step: Step) -> Any:
    """The first one decides for all."""
    return {"of": step.path, "first": site.state.setdefault("first", "/jobs/1")}


def test_a_process_that_remembers_is_told_from_one_that_has_just_started() -> None:
    (shown,) = shown_of(remembering, {"first": "/jobs/7"})
    assert shown.cells == dict.fromkeys(BASELINES, True)
    assert (shown.detail["pointer"], shown.detail["expected"], shown.detail["got"]) == (
        "/body/first", '"/jobs/1"', '"/jobs/7"',
    )  # fmt: skip
    assert shown.request["path"] in ("/jobs/1", "/jobs/2")


def test_another_status_is_a_difference_as_well() -> None:
    (shown,) = shown_of(lambda site, step: (404 if "first" in site.state else 200, ""), {"first": 1})
    assert (shown.detail["pointer"], shown.detail["expected"], shown.detail["got"]) == ("/status", "200", "404")


def test_a_process_without_a_memory_responds_as_a_fresh_one() -> None:
    (shown,) = shown_of(lambda site, step: {"of": step.path}, {"first": "/jobs/7"})
    assert shown.cells == dict.fromkeys(BASELINES, False)


@pytest.mark.parametrize("status", [429, 500, 302, 401, 403])
def test_requests_that_are_refused_or_not_logged_in_are_not_compared(status: int) -> None:
    (shown,) = shown_of(lambda site, step: (status if "first" in site.state else 200, ""), {"first": 1})
    assert shown.cells == {}


def test_what_differs_between_the_two_baselines_varies_by_itself() -> None:
    numbers = iter(range(1000))
    (shown,) = shown_of(lambda site, step: next(numbers))
    assert shown.cells == {}


def test_what_changes_in_the_data_meanwhile_is_no_history() -> None:
    """A read that counts in the database: the fresh process sees more than the old one saw before, and less than after."""
    views: dict[str, int] = {}

    def counting(site: Site, step: Step) -> Any:
        views[step.path] = views.get(step.path, 0) + 1
        return views[step.path]

    (shown,) = shown_of(counting)
    assert shown.cells == {}


def test_the_last_different_reads_are_repeated() -> None:
    steps = [
        *(step_of(f"/jobs/{n}", n, endpoint="job") for n in range(8)), step_of("/jobs/7", 8, endpoint="job"),
        step_of("/jobs/7", 9, endpoint="job", user=3), step_of("/jobs/", 10, endpoint="post", writes=True),
        step_of("/seen/", 11, endpoint="seen"),
    ]  # fmt: skip
    requests = requests_of(steps, {"seen"})
    assert [(step.path, step.user) for step in requests["job"]] == [
        ("/jobs/7", 3), ("/jobs/7", None), ("/jobs/6", None), ("/jobs/5", None),
    ]  # fmt: skip
    assert list(requests) == ["job"] and len(requests["job"]) == MAX_REQUESTS


def test_nothing_is_requested_once_the_time_is_over() -> None:
    client: CheckClient = client_of(remembering, JOB, budget_s=0.0)
    assert list(depends_on_history(client, {}, STEPS)) == []
