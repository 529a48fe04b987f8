"""How many rounds are played at once, and why not more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from perflab.experiment.host import Pinning
from perflab.experiment.lanes import number
from perflab.experiment.lanes.number import calibration_s, facts, lanes_of

CORES = [Pinning(True, (core,), (core,)) for core in range(8)]


def bed(**changes: Any) -> Any:
    usual = {
        "possible": True,
        "private": True,
        "cache_private": True,
        "vendor": "postgresql",
        "shared": False,
        "mb": 10,
    }
    facts = {**usual, **changes}
    servers = SimpleNamespace(
        pinning=Pinning(facts["possible"], (1,), (0,), None if facts["possible"] else "there is only one core"),
        database=SimpleNamespace(private=facts["private"], vendor=facts["vendor"]),
        cache=SimpleNamespace(private=facts["cache_private"]),
        shared_buffers={"megabytes": facts["mb"]},
    )
    return SimpleNamespace(servers=servers, shares_something=facts["shared"])


@pytest.mark.parametrize(
    ("wanted", "rounds", "cores", "lanes", "why"),
    [
        ("auto", 7, 2, 2, "no further core is free"),
        ("auto", 7, 8, 4, "one process drives all lanes"),
        (8, 7, 8, 4, "one process drives all lanes"),
        ("auto", 3, 8, 3, "no further round is left"),
        (2, 7, 8, 2, "as the profile says"),
        (1, 7, 8, 0, "as the profile says"),
        ("auto", 1, 8, 0, "no further round is left"),
        ("auto", 0, 8, 0, "no further round is left"),
    ],
)
def test_there_are_as_many_lanes_as_there_is_room_for(
    wanted: Any, rounds: int, cores: int, lanes: int, why: str
) -> None:
    assert lanes_of(bed(), wanted, rounds, CORES[:cores]) == (CORES[:lanes], why) or lanes == 0
    if lanes == 0:
        assert lanes_of(bed(), wanted, rounds, CORES[:cores]) == ((), why)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"possible": False}, "there is only one core"),
        ({"private": False}, "a server is not the lab's own"),
        ({"cache_private": False}, "a server is not the lab's own"),
        ({"shared": True}, "cells share something outside"),
        ({"mb": 10**9}, "the memory has no room"),
    ],
)
def test_rounds_are_played_one_after_the_other_where_they_would_meet(changes: dict[str, Any], why: str) -> None:
    lanes, reason = lanes_of(bed(**changes), "auto", 7, CORES)
    assert not lanes and reason.startswith(why)


def test_sqlite_files_are_the_labs_own() -> None:
    lanes, _ = lanes_of(bed(private=False, vendor="sqlite"), "auto", 7, CORES[:2])
    assert len(lanes) == 2


def test_the_machines_cores_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number, "plan_lanes", lambda: CORES[:6])
    monkeypatch.setattr(number, "cores", lambda: 3)  # a container may use less than the machine has
    assert lanes_of(bed(), "auto", 7) == (CORES[:3], "no further core is free")


def test_what_lanes_do_to_each_other_is_the_time_of_the_calibration_request() -> None:
    rows = [{"cell": "reference", "latency_s": s} for s in (0.002, 0.001, 0.003, None)]
    assert calibration_s([*rows, {"cell": "all_on", "latency_s": 9.0}]) == 0.002
    assert calibration_s([]) is None
    assert facts(2, "no further core is free", 0.002, [0.0021, 0.0023, 0.0022]) == {
        "number": 2,
        "why": "no further core is free",
        "slowdown": 0.1,
    }
    assert facts(1, "as the profile says", None, [0.002])["slowdown"] is None
    assert facts(2, "as the profile says", 0.002, [])["slowdown"] is None
    assert facts(1, "as the profile says", 0.002, [0.003])["slowdown"] is None, "no round ran beside another"
