"""The requests of further checks: their numbers, their time, and what is compared of their responses."""

from __future__ import annotations

import pytest

from perflab.experiment.checks.client import FIRST_STEP, Shown, is_gone, request_of, same_content, succeeded
from perflab.run.response import Mask
from tests.perflab.experiment.checks.sites import CELLS, ENDS, client_of, document, endpoint

JOB = endpoint("job", "/jobs/{job_id}", params={"job_id": "marketplace.Job.pk"})


def test_requests_have_numbers_of_their_own_and_time_stands_still() -> None:
    client = client_of(lambda site, step: {}, JOB, at_s=7.0)
    first = client.step(client.reads[0], {"job_id": 5})
    second = client.again(first, user=3)
    client.wait(2.5)
    third = client.again(second)
    assert [step.step for step in (first, second, third)] == [FIRST_STEP, FIRST_STEP + 1, FIRST_STEP + 2]
    assert [step.at_s for step in (first, second, third)] == [7.0, 7.0, 9.5]
    assert {step.path for step in (first, second, third)} == {"/jobs/5"} and all(
        step.is_check for step in (first, third)
    )
    assert request_of(third) == {"method": "GET", "path": "/jobs/5", "user": "3"}
    assert request_of(first)["user"] is None


def test_a_write_is_later_than_what_was_before_and_earlier_than_what_follows() -> None:
    """A cache that notes the time of writes cannot tell moments apart that are the same."""
    write = endpoint("apply", "/jobs/{job_id}/apply/", method="POST", params={"job_id": "marketplace.Job.pk"})
    client = client_of(lambda site, step: {}, JOB, write, at_s=7.0)
    before = client.step(client.reads[0], {"job_id": 5})
    written = client.step(client.writes[0], {"job_id": 5})
    assert before.at_s < written.at_s < client.again(before).at_s == pytest.approx(7.0, abs=0.01)


def test_what_varies_by_itself_is_masked_and_a_request_that_failed_has_no_response() -> None:
    masks = {"job": [Mask("/body/at")]}
    responses = iter([{"at": 1, "name": "x"}, {"at": 2, "name": "x"}, None])
    client = client_of(lambda site, step: next(responses), JOB, masks=lambda name: masks[name])
    step = client.step(client.reads[0], {"job_id": 5})
    one, other, failed = client.send("caching", step, client.again(step), client.again(step))
    assert same_content(one, other) and succeeded(one)
    assert failed is None and not same_content(failed, failed) and not succeeded(failed) and not is_gone(failed)


def test_other_cells_are_asked_only_for_what_one_of_the_ends_shows() -> None:
    client = client_of(lambda site, step: {}, JOB)
    shown, other = Shown("stale_304", "job", {}), Shown("stale_304", "list", {})
    assert list(client.cells(shown, other)) == [*ENDS]
    cells = client.cells(shown, other)
    assert next(cells) == "all_off"
    other.note("all_off", shows=False)
    assert next(cells) == "all_on"
    other.note("all_on", shows=True)
    assert {*cells} == {*CELLS} - {*ENDS}


def test_kinds_of_endpoints_are_told_apart() -> None:
    client = client_of(
        lambda site, step: {}, JOB, endpoint("missing", "/jobs/0", expects=404), endpoint("post", "/jobs/", "POST"),
        endpoint("refused", "/jobs/", "POST", expects=403),
    )  # fmt: skip
    assert [each.name for each in client.reads] == ["job"] and [each.name for each in client.writes] == ["post"]


def test_the_budget_is_of_all_checks_together() -> None:
    now = [0.0]
    client = client_of(lambda site, step: {}, JOB, budget_s=3.0, clock=lambda: now[0])
    assert client.has_time
    now[0] = 3.0
    assert not client.has_time


def test_what_the_first_cell_shows_explains_it_and_a_cell_that_cannot_tell_is_left_out() -> None:
    shown = Shown("stale_304", "job", {"path": "/"})
    for cell, shows in (("all_off", False), ("x", None), ("caching", True), ("all_on", True)):
        shown.note(cell, shows, of=cell)
    assert shown.as_dict() == {
        "class": "stale_304", "endpoint": "job", "request": {"path": "/"},
        "cells": {"all_off": False, "caching": True, "all_on": True}, "detail": {"cell": "caching", "of": "caching"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("response", "fine", "gone"), [((200, ""), True, False), ((302, ""), False, False), ((404, ""), False, True)]
)
def test_a_status_says_whether_there_is_a_content(response: object, fine: bool, gone: bool) -> None:
    made = document(response)
    assert (succeeded(made), is_gone(made)) == (fine, gone)
