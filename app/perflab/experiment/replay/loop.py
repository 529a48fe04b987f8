"""The loop over the blocks of one round: all cells replay the same Steps, slice by slice, in random order."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from time import monotonic, sleep

from perflab.errors import PerflabError, ServerError, SubjectError
from perflab.experiment.observe.query_rows import query_rows
from perflab.experiment.observe.servers import ServerCounters, difference
from perflab.experiment.replay.at_once import at_once
from perflab.experiment.replay.turns import Conditions, Executing, RoundRows, Turn, calibration_step
from perflab.experiment.responses import ResponseComparator
from perflab.run.cells import Cell
from perflab.run.tables import Row
from perflab.worker.protocol import Done
from perflab.workload.steps import Step

# Calibration requests in each slice: a few ms each, 2 or 3% of what all cells take for a slice.
CALIBRATIONS = 2
# How long a server may take to be gone once it refuses connections.
ENDING_S = 1.0
# A round ends where more than half of its Steps fail in every cell; not before so many Steps.
MIN_STEPS_TO_END = 20


@dataclass
class Replay:
    """Replay the blocks of one round.

    Attributes:
        conditions: The conditions of the round.
        workers: The worker of each cell.
        counters: Reads the counters of the servers; None counts nothing.
        dead_server: Returns the server that is gone, if one is: a project may respond without its cache, which would make every
            measurement wrong.
        comparator: Compares the responses of all cells after each slice; None compares nothing.
        memory: Returns the memory of a cell's worker; None where it is unknown.
        rows: The rows so far.
        sent: How many statements each cell has sent through Django in the warm-up and in checks; None where it is unknown.
        bypassing: The statements of SQLite that checks have sent past Django, by cell.
        writing_reads: The read endpoints that wrote in the warm-up.
        cells_at_once: How many cells execute a block of checks at the same time. No service time is measured then.
    """

    conditions: Conditions
    workers: Mapping[str, Executing]
    counters: ServerCounters | None = None
    dead_server: Callable[[], str | None] = lambda: None
    comparator: ResponseComparator | None = None
    memory: Callable[[str], int | None] = lambda cell: None
    rows: RoundRows = field(default_factory=RoundRows)
    sent: dict[str, int | None] = field(default_factory=dict)
    bypassing: dict[str, Counter[str]] = field(default_factory=dict)
    writing_reads: set[str] = field(default_factory=set)
    cells_at_once: int = 1
    _predecessor: str | None = None
    _counted: dict[str, Row] = field(default_factory=dict)
    _steps: int = 0
    _failures: list[SubjectError] = field(default_factory=list)  # one for each Step that failed in every cell

    def __post_init__(self) -> None:
        self._order = random.Random(self.conditions.order_seed)

    def block(self, steps: Sequence[Step]) -> list[Row]:
        """Replay these Steps in every cell before any cell continues; return the new rows of samples.

        A request that fails (5xx, an exception) has a row as any other, with its error.

        Raises:
            SubjectError: Most requests of the round so far failed in every cell; their rows are kept.
            ServerError: A server is gone.
            WorkerDied: A worker ended or did not respond.
        """
        self.rows.trace.extend(step.as_row() for step in steps)
        first = len(self.rows.samples)
        self._counted = {}
        try:
            for begin, end in itertools.pairwise(self._bounds(steps)):
                self._slice(steps[begin:end])
        finally:
            place = {"round": self.conditions.number, "block": steps[0].block}
            self.rows.counters.extend(
                {**place, "cell": cell, **values, "memory_bytes": self.memory(cell)}
                for cell, values in self._counted.items()
            )
        self._end_if_most_fail(steps)
        return self.rows.samples[first:]

    def _bounds(self, steps: Sequence[Step]) -> list[int]:
        """Return where the slices of a block begin, and its end."""
        size = self.conditions.slice if steps[0].is_measured else None
        return [*range(0, len(steps), size or len(steps)), len(steps)]

    def _end_if_most_fail(self, steps: Sequence[Step]) -> None:
        self._steps += len(steps)
        if self._steps < MIN_STEPS_TO_END or 2 * len(self._failures) <= self._steps:
            return
        first = self._failures[0]
        raise SubjectError(
            f"{len(self._failures)} of {self._steps} requests failed in every cell; the first: {first.what}",
            where=first.where,
            hint=first.hint,
        )

    def _slice(self, steps: Sequence[Step]) -> None:
        """Give every cell its turn, in a new random order; rows are made once the responses are compared."""
        turns: list[Turn] = []
        final_digests: Mapping[tuple[int, str], str] = {}
        try:
            self._take_turns(steps, turns)
            self._failures.extend(self._failed_everywhere(turns))
            final_digests = self._compare(turns)
        finally:
            self.rows.samples.extend(row for turn in turns for row in turn.rows(self.conditions, final_digests))

    def _take_turns(self, steps: Sequence[Step], turns: list[Turn]) -> None:
        cells = list(self.conditions.cells)
        self._order.shuffle(cells)
        shares = [(position, cell, self._steps_of(cell, steps)) for position, cell in enumerate(cells)]
        if steps[0].is_check and self.cells_at_once > 1:
            self._turns_at_once([share for share in shares if share[2]], turns)
        else:
            for position, cell, own in shares:
                if own:
                    self._watched_turn(cell, position, own, turns)

    def _turns_at_once(self, shares: Sequence[tuple[int, Cell, Sequence[Step]]], turns: list[Turn]) -> None:
        """Let several cells execute checks at once. What the servers count meanwhile belongs to none of them."""
        own = {cell.name: steps for _, cell, steps in shares}
        results = at_once(self.workers, own, self.cells_at_once, self.conditions.request_timeout_s)
        failures: list[tuple[Cell, PerflabError]] = []
        for position, cell, steps in shares:
            if isinstance(result := results[cell.name], Done):
                self._keep(cell, position, steps, result, turns)
            else:
                failures.append((cell, result))
        cell, error = next(iter(failures), (shares[0][1], None))
        self._check_servers(cell, shares[0][2], turns, error)
        if error is not None:
            raise error

    def _failed_everywhere(self, turns: Sequence[Turn]) -> Iterator[SubjectError]:
        """Yield an error for each Step that failed in every cell that replayed it."""
        outcomes: dict[int, list[SubjectError | None]] = {}
        for turn in turns:
            if turn.cell.role != "reference":
                for step, sample in zip(turn.steps, turn.samples, strict=True):
                    failed = None if sample.error is None else self._error_of(step, sample.error, turn.cell)
                    outcomes.setdefault(step.step, []).append(failed)
        for errors in outcomes.values():
            if errors[0] is not None and None not in errors:
                yield errors[0]

    def _steps_of(self, cell: Cell, steps: Sequence[Step]) -> Sequence[Step]:
        """Return a cell's share of these Steps: all of them, but for the calibration request and for checks."""
        if cell.role == "reference":  # the gate compares all times with its own: they have to be as precise
            return [calibration_step(step) for step in steps[:CALIBRATIONS]] if steps[0].is_measured else ()
        # The positive control responds to checks as the A/A control of all_on does.
        return () if steps[0].is_check and cell.role == "canary" else steps

    def _watched_turn(self, cell: Cell, position: int, steps: Sequence[Step], turns: list[Turn]) -> None:
        """Take a turn, and check that both servers are alive; a dead server is the error, whatever else failed."""
        before = len(turns)
        try:
            self._turn(cell, position, steps, turns)
        except PerflabError as error:
            self._check_servers(cell, steps, turns[before:], error)
            raise
        self._check_servers(cell, steps, turns[before:], None)

    def _check_servers(
        self, cell: Cell, steps: Sequence[Step], turns: Sequence[Turn], failed: PerflabError | None
    ) -> None:
        dead = self.dead_server()
        if isinstance(failed, ServerError):  # a server that is ending refuses connections before it is gone
            end = monotonic() + ENDING_S
            while dead is None and monotonic() < end:
                sleep(ENDING_S / 50)
                dead = self.dead_server()
        if dead is None:
            return
        errors = (
            (step.endpoint, turn.cell)
            for turn in turns
            for step, sample in zip(turn.steps, turn.samples, strict=True)
            if sample.error is not None
        )
        where = self._where(*next(errors, (steps[0].endpoint, cell)))
        raise ServerError(dead, where=where, hint="run the scenario again") from failed

    def _turn(self, cell: Cell, position: int, steps: Sequence[Step], turns: list[Turn]) -> None:
        """Execute a cell's Steps."""
        database = self.conditions.databases.get(cell.name)
        before = self.counters.read(database) if self.counters and database else None
        self._keep(
            cell, position, steps, self.workers[cell.name].block(steps, self.conditions.request_timeout_s), turns
        )
        if self.counters and database and before is not None:
            self._count(cell.name, difference(before, self.counters.read(database)))

    def _keep(self, cell: Cell, position: int, steps: Sequence[Step], done: Done, turns: list[Turn]) -> None:
        """Keep what a worker returned."""
        turns.append(Turn(cell, position, self._predecessor, steps, done.samples))
        self.rows.comparing_s += done.digests_s
        # Logins between two blocks are those of the warm-up and of checks, whichever block reports them.
        self.sent[cell.name] = _sum(self.sent.get(cell.name, 0), done.statements_between)
        if not steps[0].is_measured:
            self.sent[cell.name] = _sum(self.sent[cell.name], done.statement_count)
        self.rows.not_compared.update(done.not_compared)
        self.writing_reads.update(done.writing_reads)
        self._keep_recorded(cell, steps, done)
        self._predecessor = cell.name

    def _error_of(self, step: Step, error: str, cell: Cell) -> SubjectError:
        return SubjectError(
            f"{step.method} {step.path} {error}",
            where=self._where(step.endpoint, cell),
            hint=f"see worker-{cell.name}.log in the run's folder",
        )

    def _count(self, cell: str, values: Row) -> None:
        """Add what the servers counted during a turn to the sums of its block and cell; unknown plus anything is unknown."""
        sums = self._counted.get(cell)
        self._counted[cell] = values if sums is None else {n: _sum(sums[n], value) for n, value in values.items()}

    def _where(self, endpoint: str, cell: Cell) -> str:
        return f"endpoint {endpoint}, cell {cell.name}, round {self.conditions.number}"

    def _keep_recorded(self, cell: Cell, steps: Sequence[Step], done: Done) -> None:
        """Keep the queries and cache operations of checks."""
        for step in (step for step in steps if step.step in done.recorded):
            recorded = done.recorded[step.step]
            self.bypassing.setdefault(cell.name, Counter()).update(recorded.bypassing)
            place = {
                "round": self.conditions.number, "step": step.step, "cell": cell.name, "endpoint": step.endpoint,
            }  # fmt: skip
            self.rows.queries.extend({**place, **row} for row in query_rows(recorded.queries))
            self.rows.operations.extend({**place, **asdict(operation)} for operation in recorded.operations)

    def _compare(self, turns: Sequence[Turn]) -> Mapping[tuple[int, str], str]:
        """Compare the responses of a slice; return the digests that are final now."""
        if self.comparator is None:
            return {}
        began = monotonic()
        comparison = self.comparator.compare(digest for turn in turns for digest in turn.digests())
        self.rows.differences.extend(comparison.differences)
        self.rows.comparing_s += monotonic() - began
        return comparison.digests


def _sum(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first + second
