"""Rounds at once: who plays which, and what becomes of the others when one fails."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis

from perflab.errors import ServerError, WorkerDied
from perflab.experiment.host import Pinning
from perflab.experiment.lanes.lanes import Lanes, opened
from perflab.experiment.setup.preparation import Prepared
from perflab.experiment.setup.servers import RunServers
from perflab.experiment.testbed import Testbed as Bed
from perflab.experiment.warm.state import WarmState
from perflab.servers.postgres import PostgresServer
from perflab.servers.valkey import ValkeyServer

WAIT_S = 20.0


def lanes_of(number: int) -> tuple[Lanes, list[tuple[str, str]]]:
    """Lanes whose servers note which thread they were confined by."""
    confined: list[tuple[str, str]] = []

    def bed(name: str) -> Any:
        servers = SimpleNamespace(confine=lambda: confined.append((name, threading.current_thread().name)))
        return SimpleNamespace(servers=servers, stopping=stopping)

    stopping = threading.Event()
    return Lanes(bed("whole"), [bed(f"lane {n}") for n in range(number)]), confined


def test_each_lane_takes_the_next_round_as_soon_as_it_is_free() -> None:
    lanes, confined = lanes_of(2)
    begun, played = threading.Barrier(2, timeout=WAIT_S), list[tuple[int, int]]()
    second_done = threading.Event()

    def play(lane: int, testbed: Any, number: int) -> None:
        assert testbed is lanes.testbeds[lane]
        if number < 3:
            begun.wait()  # both play at once
        if lane == 0:
            assert second_done.wait(WAIT_S)
        played.append((lane, number))
        if number == 5:
            second_done.set()

    lanes.play([1, 2, 3, 4, 5], play)
    by_lane = {lane: [number for each, number in played if each == lane] for lane in (0, 1)}
    assert len(by_lane[0]) == 1 and by_lane[0][0] in (1, 2)
    assert by_lane[1] == sorted(by_lane[1]) and sorted(number for _, number in played) == [1, 2, 3, 4, 5]
    assert confined[0][0] in ("lane 0", "lane 1") and ("lane 1", "lane 1") in confined
    assert confined[-1] == ("whole", threading.current_thread().name), "all cores again"


def test_one_lane_plays_them_in_this_thread_in_their_order() -> None:
    lanes, _ = lanes_of(1)
    played: list[tuple[int, str]] = []
    lanes.play([2, 3], lambda lane, testbed, number: played.append((number, threading.current_thread().name)))
    assert played == [(2, threading.current_thread().name), (3, threading.current_thread().name)]


@pytest.mark.parametrize("failing", [0, 1])
def test_a_round_that_fails_stops_the_others_and_its_error_is_the_one(failing: int) -> None:
    lanes, confined = lanes_of(2)
    both, saved = threading.Barrier(2, timeout=WAIT_S), list[int]()

    def play(lane: int, testbed: Any, number: int) -> None:
        both.wait()
        if lane == failing:
            raise WorkerDied("the worker died")
        assert testbed.stopping.wait(WAIT_S), "it is told to stop"
        saved.append(lane)
        raise ServerError("whatever a round says that was stopped")

    with pytest.raises(WorkerDied, match="the worker died"):
        lanes.play(range(1, 9), play)
    assert saved == [1 - failing] and confined[-1][0] == "whole"


def test_an_interrupt_waits_for_the_other_lane_to_save_what_it_measured() -> None:
    lanes, _ = lanes_of(2)
    both, saved = threading.Barrier(2, timeout=WAIT_S), list[int]()

    def play(lane: int, testbed: Any, number: int) -> None:
        both.wait()
        if lane == 0:
            raise KeyboardInterrupt
        assert testbed.stopping.wait(WAIT_S)
        saved.append(number)

    with pytest.raises(KeyboardInterrupt):
        lanes.play([1, 2], play)
    assert len(saved) == 1


def test_a_failed_stage_does_not_stop_the_next_one() -> None:
    lanes, _ = lanes_of(1)
    played: list[int] = []

    def fail(lane: int, testbed: Any, number: int) -> None:
        lanes.testbed.stopping.set()
        raise ServerError("no")

    with pytest.raises(ServerError):
        lanes.play([1], fail)
    lanes.play([2], lambda lane, testbed, number: played.append(number))
    assert played == [2]


def test_a_lane_may_end_before_the_others() -> None:
    lanes, _ = lanes_of(2)
    played: list[int] = []
    lanes.play([1, 2, 3], lambda lane, testbed, number: played.append(lane), lambda lane: lane == 0)
    assert played == [0, 0, 0]


@pytest.fixture
def opening() -> Iterator[Callable[[Bed], Lanes]]:
    cores = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        yield lambda testbed: opened(
            testbed, [Pinning(True, (core,), (core,)) for core in (cores[-1], cores[0])], stack
        )


@pytest.mark.servers
def test_a_lane_has_copies_of_databases_and_entries_and_a_folder_of_its_own(
    tmp_path: Path, opening: Callable[[Bed], Lanes]
) -> None:
    data: Any = SimpleNamespace(template="perflab_template_lanes")
    history: Any = None
    question: Any = None
    with PostgresServer() as database, ValkeyServer() as cache:
        database.create_database("perflab_template_lanes")
        servers = RunServers(database, cache, {"megabytes": 128})
        client = redis.Redis.from_url(cache.key_space("0 all_on 0").url)
        client.set("held", "yes")
        prepared = Prepared(templates={"all_off": "perflab_template_lanes"})
        bed = Bed(question, 1, data, (), servers, prepared, folder=tmp_path / "own", warm=WarmState(history))
        lanes = opening(bed)
        first, second = lanes.testbeds
        assert (first.servers.database, first.servers.cache, first.folder) == (database, cache, bed.folder)
        assert first.servers.pinning.every != second.servers.pinning.every or len(os.sched_getaffinity(0)) == 1
        assert second.servers.database is not database and second.folder != first.folder
        assert second.servers.database.databases() == ["perflab_template_lanes"]
        theirs = redis.Redis.from_url(second.servers.cache.key_space("0 all_on 0").url)
        assert theirs.get("held") == b"yes"
        second.servers.cache.forget()
        assert theirs.get("held") == b"yes", "every round begins with it"
        assert second.stopping is bed.stopping and second.contacts is bed.contacts
        for connection in (client, theirs):
            connection.close()


def test_one_lane_is_the_runs_own_testbed() -> None:
    bed: Any = SimpleNamespace()
    with ExitStack() as stack:
        lanes = opened(bed, (), stack)
    assert lanes.testbed is bed and list(lanes.testbeds) == [bed]
