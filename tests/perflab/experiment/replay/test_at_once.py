"""Several cells that execute a block of checks at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from perflab.errors import PerflabError, WorkerDied
from perflab.experiment.replay.at_once import at_once
from perflab.worker.protocol import Done
from perflab.workload.steps import Step
from tests.perflab.steps import step_of

STEPS = [step_of("/read/", 1)]


@dataclass
class Worker:
    """A worker that is ready at the given look at it, and writes down what happens to it."""

    name: str
    journal: list[str]
    ready_at: int = 1
    fails_in: str = ""
    error: Exception = field(default_factory=lambda: WorkerDied("the worker died"))
    looks: int = 0

    def begin(self, steps: Sequence[Step]) -> None:
        self._pass("begin")

    def has_replied(self, steps: Sequence[Step], timeout_s: float, wait_s: float) -> bool:
        if self.fails_in == "wait":
            raise self.error
        self.looks += 1
        return self.looks >= self.ready_at

    def done(self, steps: Sequence[Step], timeout_s: float) -> Done:
        self._pass("done")
        return Done([])

    def block(self, steps: Sequence[Step], timeout_s: float = 0) -> Done:
        raise AssertionError("nobody waits for one worker alone")

    def _pass(self, what: str) -> None:
        self.journal.append(f"{what} {self.name}")
        if self.fails_in == what:
            raise self.error


def execute(*workers: Worker, number: int = 2) -> dict[str, Done | PerflabError]:
    named = {worker.name: worker for worker in workers}
    return at_once(named, dict.fromkeys(named, STEPS), number, 30.0)


def test_so_many_are_at_work_at_the_same_time_and_the_next_begins_when_the_first_is_ready() -> None:
    journal: list[str] = []
    results = execute(Worker("a", journal, ready_at=3), Worker("b", journal), Worker("c", journal), number=2)
    assert journal == ["begin a", "begin b", "done b", "begin c", "done c", "done a"]
    assert [*results] == ["a", "b", "c"] and all(isinstance(result, Done) for result in results.values())


@pytest.mark.parametrize("fails_in", ["begin", "wait", "done"])
def test_all_come_to_an_end_before_an_error_is_returned(fails_in: str) -> None:
    journal: list[str] = []
    results = execute(Worker("a", journal, fails_in=fails_in), Worker("b", journal, ready_at=2), Worker("c", journal))
    assert isinstance(results["a"], WorkerDied)
    assert {"done b", "done c"} <= set(journal) and isinstance(results["b"], Done) and isinstance(results["c"], Done)


@pytest.mark.parametrize("fails_in", ["begin", "wait", "done"])
def test_an_error_of_the_labs_own_and_an_interrupt_are_raised_and_no_more_begin(fails_in: str) -> None:
    for error in (KeyError("a mistake"), KeyboardInterrupt()):
        journal: list[str] = []
        failing = Worker("a", journal, fails_in=fails_in, error=error)  # type: ignore[arg-type]  # an interrupt is none
        with pytest.raises(type(error)):
            execute(failing, Worker("b", journal), Worker("c", journal))
        assert "begin c" not in journal
