"""The load test as a scenario describes it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError

from perflab.errors import InputError
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.scenario.capacity import Capacity, Objective
from perflab.scenario.loading import parse
from perflab.scenario.profiles import resolve
from tests.perflab.scenario.test_loading import GOOD


def capacity_of(text: str) -> Capacity | None:
    """What a scenario file with this under `capacity` has."""
    return parse(f"{GOOD}capacity: {text}\n", "s.yaml").capacity


def complaint(text: str) -> str:
    with pytest.raises(InputError) as caught:
        capacity_of(text)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_without_it_there_is_no_load_test() -> None:
    scenario = parse(GOOD)
    assert scenario.capacity is None
    assert resolve(scenario, "smoke").capacity_s == 0.0


def test_everything_has_a_default() -> None:
    capacity = capacity_of("{}")
    assert capacity is not None
    assert (capacity.server, capacity.worker_class, capacity.workers, capacity.threads) == ("gunicorn", None, 2, 1)
    assert capacity.cells == [BASELINE, OPTIMISED]
    assert (capacity.seconds, capacity.rounds, capacity.cores, capacity.think_s) == (120, 6, None, 5)
    assert (capacity.objective.percentile, capacity.objective.within_s, capacity.objective.errors) == (95, 0.2, 0.001)


def test_what_is_given_is_taken() -> None:
    capacity = capacity_of(
        "{server: granian, workers: 3, threads: 4, cells: [all_on], seconds: 9, rounds: 4, cores: 2, think_s: 0, "
        "objective: {percentile: 99, within_s: 1, errors: 0}}"
    )
    assert capacity == Capacity(
        server="granian", workers=3, threads=4, cells=["all_on"], seconds=9, rounds=4, cores=2, think_s=0,
        objective=Objective(percentile=99, within_s=1, errors=0),
    )  # fmt: skip


@pytest.mark.parametrize(("percentile", "share"), [(50, 0.5), (95, 0.05), (99.9, 0.001)])
def test_of_the_percentile_the_rest_may_be_late(percentile: float, share: float) -> None:
    assert Objective(percentile=percentile).late_share == pytest.approx(share)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({}, "gunicorn sync"),
        ({"threads": 2}, "gunicorn gthread"),
        ({"class": "gthread"}, "gunicorn gthread"),
        ({"class": "gthread", "threads": 8}, "gunicorn gthread"),
        ({"class": "sync"}, "gunicorn sync"),
        ({"server": "granian", "threads": 4}, "granian"),
        ({"server": "uvicorn"}, "uvicorn"),
    ],
)
def test_the_kind_is_the_server_with_its_class(data: dict[str, Any], kind: str) -> None:
    assert Capacity.model_validate(data).kind == kind


@pytest.mark.parametrize("server", ["granian", "uvicorn"])
def test_a_class_is_gunicorns(server: str) -> None:
    with pytest.raises(ValidationError, match=f"`class` is for gunicorn, and the server is {server}"):
        Capacity.model_validate({"server": server, "class": "sync"})
    assert Capacity.model_validate({"server": "gunicorn", "class": "sync"}).worker_class == "sync"


def test_sync_workers_have_no_threads() -> None:
    with pytest.raises(ValidationError, match="sync workers have no threads"):
        Capacity.model_validate({"class": "sync", "threads": 2})


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{server: gunicrn}", "capacity.server: the text 'gunicrn' is not a valid value; did you mean 'gunicorn'?"),
        ("{class: gevent}", "capacity.class: the text 'gevent' is not a valid value; use one of"),
        ("{wrkers: 2}", "unknown key capacity.wrkers; did you mean 'workers'?"),
        ("{workers: 0}", "capacity.workers should be at least 1, not 0"),
        ("{threads: 257}", "capacity.threads should be at most 256, not 257"),
        ("{rounds: 2}", "capacity.rounds should be at least 3, not 2"),
        ("{seconds: 0}", "capacity.seconds should be above 0, not 0"),
        ("{cores: 0}", "capacity.cores should be at least 1, not 0"),
        ("{cells: []}", "capacity.cells is empty"),
        ("{think_s: -1}", "capacity.think_s should be at least 0, not -1"),
        ("{objective: {percentile: 100}}", "capacity.objective.percentile should be at most 99.9, not 100"),
        ("{objective: {within_s: 0}}", "capacity.objective.within_s should be above 0, not 0"),
        ("{objective: {errors: 1}}", "capacity.objective.errors should be below 1, not 1"),
        ("{objective: {quantile: 95}}", "unknown key capacity.objective.quantile"),
        ("{server: granian, class: sync}", "`class` is for gunicorn, and the server is granian"),
        ("{class: sync, threads: 2}", "remove `threads`, or write `class: gthread`"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(text: str, what: str) -> None:
    message = complaint(text)
    where, _, rest = message.partition(": ")
    assert re.fullmatch(r"s\.yaml:\d+", where)
    assert int(where.removeprefix("s.yaml:")) == GOOD.count("\n") + 1
    assert what in rest


@pytest.mark.parametrize(("written", "seconds"), [("", 120.0), (", capacity_s: 30", 30.0), (", capacity_s: 0", 0.0)])
def test_a_profile_has_seconds_of_its_own_or_none(written: str, seconds: float) -> None:
    text = GOOD.replace("replay_s: 10}", f"replay_s: 10{written}}}") + "capacity: {}\n"
    assert resolve(parse(text), "smoke").capacity_s == seconds


def test_a_run_may_change_the_seconds_and_skip_it() -> None:
    scenario = parse(GOOD + "capacity: {seconds: 60}\n")
    assert resolve(scenario, "smoke", {"capacity_s": 12}).capacity_s == 12
    assert resolve(scenario, "smoke", {"capacity_s": 0}).capacity_s == 0
    with pytest.raises(InputError, match="capacity_s"):
        resolve(scenario, "smoke", {"capacity_s": -1})
