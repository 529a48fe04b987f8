"""Steps, and traces that begin anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from perflab.run.tables import TRACE
from perflab.workload.steps import Block, Step, Trace
from tests.perflab.steps import step_of


class Endless:
    """A source whose every block is one request."""

    def blocks(self) -> Iterator[Block]:
        number = 0
        while True:
            yield (step_of(number=number, block=number),)
            number += 1

    def checks(self) -> Iterator[Block]:
        yield from ()

    def later_pages(self, endpoint: str) -> Iterator[Block]:
        yield from ()

    def again(self, steps: Sequence[Step]) -> Iterator[Block]:
        yield from ()


def test_a_step_is_a_row_of_the_trace() -> None:
    row = step_of("/a", 3, user=7, body="{}").as_row()
    assert list(row) == list(TRACE.names)
    assert (row["path"], row["step"], row["user"], row["body"]) == ("/a", 3, "7", "{}")
    assert step_of().as_row()["user"] is None, "nobody, and not the text None"


@pytest.mark.parametrize(
    ("phase", "is_measured", "is_check"), [("warmup", False, False), ("measured", True, False), ("check", False, True)]
)
def test_a_phase_says_what_a_step_is_for(phase: str, is_measured: bool, is_check: bool) -> None:
    step = step_of(phase=phase)  # type: ignore[arg-type]  # one of the three
    assert (step.is_measured, step.is_check) == (is_measured, is_check)


def test_a_trace_begins_anew_every_time() -> None:
    trace = Trace(1, Endless)
    assert trace.steps(3) == trace.steps(3)
    assert [step.step for step in trace.steps(4)] == [0, 1, 2, 3]
    assert next(iter(trace)) == next(trace.blocks())


def test_single_steps_of_a_trace_are_generated_again() -> None:
    trace = Trace(1, Endless)
    assert [step.step for step in trace.picked([7, 2])] == [2, 7]
    assert trace.picked([2]) == [trace.steps(3)[2]] and trace.picked([]) == []
