"""The conditions of a round, the turns that cells take in it, and the rows that it yields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

from perflab.experiment.responses import CellDigest
from perflab.run.cells import Cell
from perflab.run.tables import Row, Sample
from perflab.worker import calibration
from perflab.worker.handle import REQUEST_TIMEOUT_S
from perflab.worker.protocol import Done
from perflab.workload.steps import Step

REFERENCE_ENDPOINT = "reference"


class Executing(Protocol):
    """Define what a round needs of a worker; tests replace it."""

    def block(self, steps: Sequence[Step], timeout_s: float = ...) -> Done:
        """Execute Steps."""
        ...

    def begin(self, steps: Sequence[Step]) -> None:
        """Start to execute Steps without waiting for the result."""
        ...

    def has_replied(self, steps: Sequence[Step], timeout_s: float, wait_s: float) -> bool:
        """Wait for the result of the Steps that have begun; return whether it is there.

        Args:
            steps: The Steps.
            timeout_s: The longest that one request may take.
            wait_s: How long to wait.
        """
        ...

    def done(self, steps: Sequence[Step], timeout_s: float) -> Done:
        """Wait for the result of the Steps that have begun."""
        ...


@dataclass(frozen=True)
class Conditions:
    """Describe the conditions of one round's replay.

    Attributes:
        number: Number of the round.
        cells: All cells, the calibration cell included.
        factors: Names of the factors, in the scenario's order.
        databases: The database of each cell; the calibration cell has none.
        order_seed: Seeds the order in which cells take their turns.
        began_s: The start of the run, on the monotonic clock.
        slice: Measured Steps that a cell takes at a time, None for a whole block. The speed of a shared machine changes from
            one slice to the next, and more slices average it out.
        request_timeout_s: The longest that one request may take.
    """

    number: int
    cells: Sequence[Cell]
    factors: Sequence[str]
    databases: Mapping[str, str]
    order_seed: str
    began_s: float
    slice: int | None = None
    request_timeout_s: float = REQUEST_TIMEOUT_S


@dataclass
class RoundRows:
    """Collect the rows of one round by table; what was measured before a failure is there.

    `not_compared`: why responses of an endpoint could not be compared, or not as a whole. `comparing_s`: the time that comparing
    responses took, in the workers and here.
    """

    trace: list[Row] = field(default_factory=list)
    samples: list[Row] = field(default_factory=list)
    counters: list[Row] = field(default_factory=list)
    queries: list[Row] = field(default_factory=list)
    operations: list[Row] = field(default_factory=list)
    differences: list[Row] = field(default_factory=list)
    tables: list[Row] = field(default_factory=list)
    usage: list[Row] = field(default_factory=list)
    not_compared: dict[str, str] = field(default_factory=dict)
    comparing_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """Hold the Samples of one cell's turn in a slice, until the responses of all cells are compared."""

    cell: Cell
    position: int
    predecessor: str | None
    steps: Sequence[Step]
    samples: Sequence[Sample]

    def digests(self) -> Iterator[CellDigest]:
        """Yield the digests to compare: none of the calibration request."""
        if self.cell.role != "reference":
            for step, sample in zip(self.steps, self.samples, strict=True):
                if sample.response_digest is not None:
                    yield CellDigest(step.step, self.cell.name, step.endpoint, sample.response_digest)

    def rows(self, conditions: Conditions, final_digests: Mapping[tuple[int, str], str]) -> Iterator[Row]:
        """Yield the rows of the table `samples`.

        Args:
            conditions: The conditions of the round.
            final_digests: Digests by (step, cell) that replace those of the worker, see ResponseComparator.
        """
        cell = self.cell
        levels = {name: ("on" if cell.levels[name] else "off") if cell.levels else None for name in conditions.factors}
        for step, sample in zip(self.steps, self.samples, strict=True):
            yield {
                **asdict(sample),
                **levels,
                "started_s": sample.started_s - conditions.began_s,
                "response_digest": final_digests.get((step.step, cell.name), sample.response_digest),
                "round": conditions.number,
                "block": step.block,
                "position": self.position,
                "cell": cell.name,
                "role": cell.role,
                "phase": step.phase,
                "predecessor": self.predecessor,
                "endpoint": step.endpoint,
                "method": step.method,
                "user": None if step.user is None else str(step.user),
            }


def calibration_step(step: Step) -> Step:
    """Return the calibration request in the place of a Step."""
    return replace(
        step, endpoint=REFERENCE_ENDPOINT, method="GET", path=calibration.PATH, body=None, user=None, affected_by=None,
        writes=False, headers={},
    )  # fmt: skip
