"""Several cells that execute a block of checks at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from perflab.errors import PerflabError, WorkerDied
from perflab.experiment.replay.at_once import at_once
from perflab.worker.protocol import Done
from perflab.workload.steps import Step
from tests.perflab.steps import step_of
from tests.waiting import wait_until

STEPS = [step_of("/read/", 1)]


@dataclass
class Worker:
    """A worker that does what a test says."""

    work: Callable[[], object] = lambda: None

    def block(self, steps: Sequence[Step], timeout_s: float = 0) -> Done:
        self.work()
        return Done([])

    def log_in(self, steps: Sequence[Step]) -> None:
        raise AssertionError("checks log in as they go")


def execute(workers: dict[str, Worker], number: int = 2) -> dict[str, Done | PerflabError]:
    return at_once(workers, dict.fromkeys(workers, STEPS), number, 30.0)


def test_so_many_are_at_work_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=30)
    results = execute({name: Worker(meeting.wait) for name in "abcd"})
    assert [*results] == ["a", "b", "c", "d"] and all(isinstance(result, Done) for result in results.values())


def test_all_come_to_an_end_before_an_error_is_returned() -> None:
    ended: list[str] = []

    def dies() -> None:
        raise WorkerDied("the worker died")

    results = execute(
        {"a": Worker(dies), "b": Worker(lambda: ended.append("b")), "c": Worker(lambda: ended.append("c"))}
    )
    assert isinstance(results["a"], WorkerDied) and sorted(ended) == ["b", "c"]


def test_an_error_of_the_labs_own_is_raised() -> None:
    def fails() -> None:
        raise KeyError("a mistake")

    with pytest.raises(KeyError):
        execute({"a": Worker(fails), "b": Worker()})


def test_an_interrupt_does_not_wait_for_workers_and_begins_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    hangs, begun = threading.Event(), list[str]()

    def interrupted(futures: object) -> None:
        wait_until(lambda: len(begun) == 2, 30)
        raise KeyboardInterrupt

    monkeypatch.setattr("perflab.experiment.replay.at_once.wait", interrupted)

    def work(name: str) -> Callable[[], object]:
        def hang() -> None:
            begun.append(name)
            hangs.wait(30)

        return hang

    with pytest.raises(KeyboardInterrupt):
        execute({name: Worker(work(name)) for name in "abcd"})
    assert sorted(begun) == ["a", "b"], "it came back while two hang, and the others never begin"
    hangs.set()
    wait_until(lambda: not any("ThreadPoolExecutor" in thread.name for thread in threading.enumerate()), 30)
    assert sorted(begun) == ["a", "b"]
