"""The loop of one round: workers replay one Trace, block by block, in random order.

The rows that `Replay` gathers are there at any moment, so that what was measured before a failure is kept.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from time import monotonic
from typing import Any, Protocol

from perflab.errors import PerflabError, ServerError, SubjectError
from perflab.experiment.observe.query_rows import query_rows
from perflab.experiment.observe.servers import ServerCounters, difference
from perflab.experiment.responses import Referee
from perflab.run.cells import Cell
from perflab.run.tables import Row, Sample
from perflab.worker import calibration
from perflab.worker.handle import REQUEST_TIMEOUT_S
from perflab.worker.protocol import Order
from perflab.workload import Step

REFERENCE_ENDPOINT = "reference"


class Turn(Protocol):
    """What a round needs of a worker; tests replace it."""

    def block(self, orders: Sequence[Order], timeout_s: float = ...) -> Any: ...


@dataclass
class Replay:
    """The loop over the blocks of one round.

    `cached` names the cells whose caching is on: only they replay the reads of the warm-up. `databases` has the clone
    of each cell; the reference has none. `began_s` is the run's start on the monotonic clock. `dead_server` says which
    server is gone, if one is: a project may answer without its cache, and nothing measured then would be true. `referee`
    looks at the answers of all cells after their turns. Of a block that is measured a cell takes `turn` Steps at a time (None:
    all of it): a shared machine changes its pace from one turn to the next, and the more there are, the more averages out.
    """

    number: int
    cells: Sequence[Cell]
    factors: Sequence[str]
    workers: Mapping[str, Turn]
    cached: frozenset[str]
    databases: Mapping[str, str]
    counters: ServerCounters | None
    order: random.Random
    began_s: float
    turn: int | None = None
    request_timeout_s: float = REQUEST_TIMEOUT_S
    dead_server: Callable[[], str | None] = lambda: None
    referee: Referee | None = None
    trace_rows: list[Row] = field(default_factory=list)
    sample_rows: list[Row] = field(default_factory=list)
    counter_rows: list[Row] = field(default_factory=list)
    query_rows: list[Row] = field(default_factory=list)
    operation_rows: list[Row] = field(default_factory=list)
    # How long it took to hold answers against each other: in the workers, and here.
    comparing_s: float = 0.0
    _predecessor: str | None = None
    _primed: set[str] = field(default_factory=set)

    def block(self, steps: Sequence[Step]) -> list[Row]:
        """Every cell replays these Steps before any goes on; returns the new rows of samples.

        Raises SubjectError when a request failed (5xx, an exception): its row is kept. ServerError when a server is gone.
        """
        self.trace_rows.extend(step.as_row() for step in steps)
        first = len(self.sample_rows)
        size = self.turn if self.turn and steps[0].phase == "measured" else len(steps)
        for start in range(0, len(steps), size):
            self._turns(steps[start : start + size], start)
        return self.sample_rows[first:]

    def _turns(self, steps: Sequence[Step], start: int) -> None:
        """A turn of every cell, in an order drawn anew; `start` is where in their block these Steps begin."""
        first = len(self.sample_rows)
        failed: SubjectError | None = None
        cells = list(self.cells)
        self.order.shuffle(cells)
        for position, cell in enumerate(cells):
            theirs = self._steps_of(cell, steps, start)
            if theirs:
                failed = self._watched_turn(cell, position, theirs) or failed
        self._primed.update(step.endpoint for step in steps)
        if failed is not None:
            raise failed
        if self.referee is not None:
            began = monotonic()
            self.referee.look(self.sample_rows[first:])  # a worker keeps its answers until its next turn
            self.comparing_s += monotonic() - began

    def _steps_of(self, cell: Cell, steps: Sequence[Step], start: int) -> Sequence[Step]:
        """What of these Steps is a cell's: in the warm-up, reads are for cells that have a cache to warm, checks for all.

        The first read of each endpoint is for all cells: Django sets much up at the first request (URLs, schemas),
        and that belongs to no measurement.
        """
        if cell.role == "reference":  # once in a block
            return steps[:1] if steps[0].phase == "measured" and not start else ()
        if steps[0].everywhere:
            return () if cell.role == "canary" else steps  # what the canary would answer, its twin does
        if steps[0].phase == "measured" or cell.name in self.cached:
            return steps
        theirs, seen = [], set(self._primed)
        for step in steps:
            if step.writes or step.endpoint not in seen:
                theirs.append(step)
            seen.add(step.endpoint)
        return theirs

    def _watched_turn(self, cell: Cell, position: int, steps: Sequence[Step]) -> SubjectError | None:
        """A turn, after which both servers live; where one does not, that is the error, whatever else failed for it."""
        first = len(self.sample_rows)
        try:
            failed = self._turn(cell, position, steps)
        except PerflabError as error:
            self._look_at_servers(cell, steps, first, error)
            raise
        self._look_at_servers(cell, steps, first, failed)
        return failed

    def _look_at_servers(self, cell: Cell, steps: Sequence[Step], first: int, failed: PerflabError | None) -> None:
        dead = self.dead_server()
        if dead is None:
            return
        row = next((row for row in self.sample_rows[first:] if row["error"] is not None), None)
        endpoint = steps[0].endpoint if row is None else row["endpoint"]
        raise ServerError(
            dead,
            where=f"endpoint {endpoint}, cell {cell.name}, round {self.number}",
            hint="run the scenario again",
        ) from failed

    def _turn(self, cell: Cell, position: int, steps: Sequence[Step]) -> SubjectError | None:
        database = self.databases.get(cell.name)
        before = self.counters.read(database) if self.counters and database else None
        orders = [order_of(step) for step in steps] if database or cell.levels else [_reference_order(steps[0])]
        done = self.workers[cell.name].block(orders, self.request_timeout_s)
        self.comparing_s += done.digests_s
        for step in (step for step in steps if step.step in done.noted):
            place = {"round": self.number, "step": step.step, "cell": cell.name, "endpoint": step.endpoint}
            noted = done.noted[step.step]
            self.query_rows.extend({**place, **row} for row in query_rows(noted.queries))
            self.operation_rows.extend({**place, **asdict(operation)} for operation in noted.operations)
        failed = None
        for step, sample in zip(steps, done.samples, strict=True):
            self.sample_rows.append(self._row(cell, position, step, sample))
            if sample.error is not None and failed is None:
                failed = SubjectError(
                    f"{step.method} {step.path} {sample.error}",
                    where=f"endpoint {step.endpoint}, cell {cell.name}, round {self.number}",
                    hint=f"see worker-{cell.name}.log in the run's folder",
                )
        if self.counters and database and before is not None:
            counted = difference(before, self.counters.read(database))
            self._count(steps[0].block, cell.name, counted)
        self._predecessor = cell.name
        return failed

    def _count(self, block: int, cell: str, counted: Row) -> None:
        """Add what a turn counted to the row of its block and cell."""
        place = {"round": self.number, "block": block, "cell": cell}
        for row in reversed(self.counter_rows[-len(self.cells) :]):
            if (row["block"], row["cell"]) == (block, cell):
                row.update({name: _sum(row[name], value) for name, value in counted.items()})
                return
        self.counter_rows.append({**place, **counted})

    def _row(self, cell: Cell, position: int, step: Step, sample: Sample) -> Row:
        measured = asdict(sample)
        measured["started_s"] = sample.started_s - self.began_s
        levels = {name: ("on" if cell.levels[name] else "off") if cell.levels else None for name in self.factors}
        is_reference = cell.role == "reference"
        return {
            **measured,
            **levels,
            "round": self.number,
            "block": step.block,
            "position": position,
            "cell": cell.name,
            "role": cell.role,
            "phase": step.phase,
            "predecessor": self._predecessor,
            "endpoint": REFERENCE_ENDPOINT if is_reference else step.endpoint,
            "method": "GET" if is_reference else step.method,
            "user": None if is_reference or step.user is None else str(step.user),
        }


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def order_of(step: Step) -> Order:
    """What a worker is told of a Step."""
    return Order(
        step.step,
        step.at_s,
        step.method,
        step.path,
        step.body,
        step.user,
        dict(step.headers),
        step.endpoint,
        measured=step.phase == "measured",
        detailed=step.everywhere,
    )


def _reference_order(step: Step) -> Order:
    return Order(step.step, step.at_s, "GET", calibration.PATH, None, None, endpoint=REFERENCE_ENDPOINT)


def replay_within(
    replay: Replay,
    blocks: Iterable[Sequence[Step]],
    budget_s: float,
    on_block: Callable[[Sequence[Row], float], None],
    clock: Callable[[], float] = monotonic,
) -> int:
    """Replay whole blocks until one more of average length would not fit; the number of measured blocks, at least 1.

    The cut is the same for all cells. `on_block` gets each block's rows and the share of the budget that is used.
    """
    began = clock()
    measured, measuring_s = 0, 0.0
    for steps in blocks:
        used = clock() - began
        is_measured = steps[0].phase == "measured"
        if is_measured and measured and used + measuring_s / measured > budget_s:
            break
        rows = replay.block(steps)
        if is_measured:
            measured += 1
            measuring_s += clock() - began - used
        on_block(rows, min(1.0, (clock() - began) / budget_s))
    return measured


def check_within(
    replay: Replay,
    blocks: Iterable[Sequence[Step]],
    budget_s: float,
    clock: Callable[[], float] = monotonic,
) -> int:
    """Replay the checks, in whole blocks and as far as the budget reaches; the number of blocks."""
    began, done = clock(), 0
    for steps in blocks:
        if clock() - began > budget_s:
            break
        replay.block(steps)
        done += 1
    return done
