"""Whether a conditional request notices a write: sites whose validators change with the content, and sites whose do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from perflab.experiment.checks.client import Shown
from perflab.experiment.checks.conditional import conditions, stale_304
from perflab.workload.steps import Step
from tests.perflab.experiment.checks.sites import CELLS, ENDS, Site, client_of, document, endpoint

JOBS = {"job_id": "marketplace.Job.pk"}
READ = endpoint("job", "/jobs/{job_id}", params=JOBS)
WRITE = endpoint("change", "/jobs/{job_id}", "PATCH", params=JOBS, affects=["job"])


def written(site: Site, step: Step) -> bool:
    """Whether the request is a write, which is done then."""
    if step.method == "GET":
        return False
    site.state[step.path, "version"] = site.state.get((step.path, "version"), 0) + 1
    return True


def version(site: Site, step: Step) -> int:
    return int(site.state.get((step.path, "version"), 0))


def etagged(site: Site, step: Step, tag: Callable[[], str]) -> Any:
    sent = step.headers.get("If-None-Match")
    current = tag()
    if sent == current:
        return 304, ""
    return 200, {"version": version(site, step)}, {"etag": current}


def sound(site: Site, step: Step) -> Any:
    return {} if written(site, step) else etagged(site, step, lambda: f'"{version(site, step)}"')


def kept(site: Site, step: Step) -> Any:
    if written(site, step):
        return {}
    return etagged(site, step, lambda: site.kept(step.path, lambda: f'"{version(site, step)}"'))


def shown_of(respond: Callable[[Site, Step], Any], *endpoints: dict[str, Any]) -> list[Shown]:
    return list(stale_304(client_of(respond, *(endpoints or (READ, WRITE)))))


def test_an_etag_that_a_write_does_not_drop_is_stale_where_it_is_kept() -> None:
    (shown,) = shown_of(kept)
    assert {cell for cell, shows in shown.cells.items() if shows} == {"caching", "all_on", "twin"}
    assert set(shown.cells) == set(CELLS)
    assert (shown.endpoint, shown.detail["write"], shown.detail["header"]) == ("job", "change", "If-None-Match")


def test_an_etag_of_the_content_is_not() -> None:
    (shown,) = shown_of(sound)
    assert shown.cells == dict.fromkeys(ENDS, False)


def test_last_modified_is_compared_seconds_later() -> None:
    def modified(site: Site, step: Step) -> Any:
        if written(site, step):
            site.state["at"] = int(step.at_s)
            return {}
        at = str(site.state.get("at", 0))
        if step.headers.get("If-Modified-Since") == at:
            return 304, ""
        return 200, version(site, step), {"last-modified": at}

    (shown,) = shown_of(modified)
    assert shown.cells == dict.fromkeys(ENDS, False)


@pytest.mark.parametrize(
    "respond",
    [
        lambda site, step: {"version": 1},
        lambda site, step: (200, {"version": 1}, {"etag": '"1"'}),
        lambda site, step: (403, "") if step.writes else sound(site, step),
        lambda site, step: None,
    ],
    ids=["no validator", "a write that changes nothing in it", "a refused write", "an error"],
)
def test_what_cannot_be_told_is_not_shown(respond: Callable[[Site, Step], Any]) -> None:
    assert shown_of(respond) == []


def test_a_content_that_varies_by_itself_is_not_shown() -> None:
    numbers = iter(range(1000))

    def restless(site: Site, step: Step) -> Any:
        written(site, step)
        return (304, "") if "If-None-Match" in step.headers else (200, next(numbers), {"etag": '"1"'})

    assert shown_of(restless) == []


def test_a_read_is_looked_at_after_one_write_that_changes_it_and_left_without_a_validator() -> None:
    other = {**WRITE, "name": "other"}
    assert len(shown_of(kept, READ, WRITE, other)) == 1
    client = client_of(lambda site, step: {}, READ, WRITE, other)
    list(stale_304(client))
    sites: Any = client.workers
    assert [step.endpoint for step in sites["all_off"].requested] == ["job"] and sites["all_on"].requested == []


def test_conditions_repeat_what_the_response_said() -> None:
    both = {"etag": '"1"', "last-modified": "Mon, 20 Oct 2025 00:00:00 GMT"}
    assert conditions(document((200, "", both))) == {
        "If-None-Match": '"1"', "If-Modified-Since": "Mon, 20 Oct 2025 00:00:00 GMT",
    }  # fmt: skip
    assert conditions(document((404, "", both))) == {} == conditions(None)
