"""Duels: two real workers of the optimised cell against each other, on reads of the marketplace's smoke data.

All of them read one clone, with their caches warm. A round of a duel is a pair of processes and its own order of the
traffic; in a round the two take turns, of `BLOCK` requests unless told otherwise, in random order, as cells of a run do.
Processes are what differs for as long as they live, so no round is without a pair of its own:

- Without a difference a duel draws its pairs from a pool of processes, all started with hash seeds of their own, and draws
  anew who is A and who is B. So a process that is slow by itself is as likely to be on one side as on the other, and a pool
  can serve several duels.
- With a slow-down, injected as the positive control's is, every round starts two processes, as every round of a run does.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import pandas as pd

from perflab.analysis.effects.effects import compare
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.cells import OPTIMISED as CELL
from perflab.worker.handle import WorkerHandle
from perflab.workload.build import build
from perflab.workload.steps import Step
from tests.benchmarks.bed import SEED, Bed

METRIC = "latency_s"
# Distinct requests of a duel: of one that is to be sharp, and of one of many. So many of them make a turn.
READS, FEW = 120, 60
BLOCK = 20
# Both sides of a duel with a slow-down spin for so much of their own time, and B for a share of that whole beside it: what
# spinning costs by itself is the same on both sides. Against a side that does not spin at all, requests of half a millisecond
# were slower by 1.4% instead of by 1%.
SPIN = 0.05


def reads(bed: Bed, number: int, size: int) -> list[Step]:
    """The first reads of a round's traffic, of the endpoints that the claims are about, all at one time of the trace."""
    scenario, profile = bed.testbed.question.scenario, bed.testbed.question.profile
    audited = {endpoint.name for endpoint in scenario.traffic.endpoints if endpoint.audited}
    round_ = 1 + number % profile.rounds
    blocks = build(scenario, profile, SEED + number, round_, bed.testbed.prepared.population).blocks()
    steps = (step for block in blocks for step in block if step.endpoint in audited)
    return [replace(step, step=n, at_s=0.0, phase="measured") for n, step in enumerate(itertools.islice(steps, size))]


def from_cache(bed: Bed, steps: Sequence[Step], rng: random.Random) -> list[Step]:
    """Return the requests that a warm process serves without a query. Raises RuntimeError where there is none."""
    with clone(bed) as database, workers(bed, database, (0.0,), rng) as (worker,):
        warm_up([worker], steps)
        samples = worker.block(list(steps)).samples
    cached = [step for step, sample in zip(steps, samples, strict=True) if sample.query_count == 0]
    if not cached:
        raise RuntimeError("no request is served from the cache")
    return cached


@contextmanager
def clone(bed: Bed) -> Iterator[str]:
    """A database for some workers; it goes afterwards, and what they cached with it."""
    database = bed.clone(CELL)
    try:
        yield database
    finally:
        bed.testbed.leave_nothing()
        bed.testbed.servers.database.drop(database)


@contextmanager
def workers(bed: Bed, database: str, slower: Sequence[float], rng: random.Random) -> Iterator[list[WorkerHandle]]:
    """A process for each number in `slower`, the share by which its requests are made longer. They are stopped at the end."""
    with ExitStack() as stack:
        log = Path(stack.enter_context(TemporaryDirectory())) / "worker.log"
        started = []
        for share in slower:
            job = replace(bed.worker_config(CELL, database), spin_share=share)
            started.append(WorkerHandle.start(job, log, rng.randrange(2**32)))
            stack.callback(started[-1].stop)
        for worker in started:
            worker.wait_ready()
        stack.callback(_dismiss, started)
        yield started


def _dismiss(started: Sequence[WorkerHandle]) -> None:
    """Ask all of them to end before any is waited for, so that they end side by side."""
    for worker in started:
        worker.dismiss()


def warm_up(pool: Sequence[WorkerHandle], steps: Sequence[Step]) -> None:
    """Send every request to every process once, unmeasured; raises RuntimeError where responses differ."""
    responses = set()
    for worker in pool:
        samples = worker.block([replace(step, phase="warmup") for step in steps]).samples
        responses.add(tuple(sample.response_digest for sample in samples))
        if error := next((sample.error for sample in samples if sample.error is not None), None):
            raise RuntimeError(f"a request fails: {error}")
    if len(responses) != 1:
        raise RuntimeError("two processes of the same cell respond differently")


@dataclass
class Duel:
    """The samples of a duel, as a run has them: BASELINE is A, OPTIMISED is B."""

    rows: list[tuple[int, int, str, float]] = field(default_factory=list)
    _step: int = 0

    def take_turns(
        self,
        number: int,
        pair: Sequence[WorkerHandle],
        steps: Sequence[Step],
        rng: random.Random,
        turn: int = BLOCK,
    ) -> None:
        """Send these requests to both, in a random order; A or B begins, at random for each turn."""
        shuffled = rng.sample(list(steps), len(steps))
        for start in range(0, len(shuffled), turn):
            block = shuffled[start : start + turn]
            for side in rng.sample((0, 1), 2):
                self._keep(number, side, pair[side].block(block).samples)
            self._step += len(block)

    def _keep(self, number: int, side: int, samples: Sequence[Any]) -> None:
        cell = (BASELINE, OPTIMISED)[side]
        for n, sample in enumerate(samples):
            if sample.error is not None or sample.latency_s is None:
                raise RuntimeError(f"a request fails: {sample.error}")
            self.rows.append((number, self._step + n, cell, sample.latency_s))

    @property
    def samples(self) -> pd.DataFrame:
        return pd.DataFrame(self.rows, columns=["round", "step", "cell", METRIC])

    def compared(self) -> dict[str, Any]:
        """The row of `compare`."""
        table = compare(self.samples, METRIC, BASELINE, OPTIMISED)
        return {str(column): value for column, value in table.iloc[0].items()}

    def sides(self) -> tuple[list[float], list[float]]:
        """The service times of A and of B, by Step."""
        a, b = ([latency for _, _, cell, latency in self.rows if cell == name] for name in (BASELINE, OPTIMISED))
        return a, b


def of_pool(pool: Sequence[WorkerHandle], rounds: int, steps: Sequence[Step], rng: random.Random) -> Duel:
    """A duel without a difference, its pairs drawn from the pool."""
    drawn = rng.sample(list(pool), 2 * rounds)
    duel = Duel()
    for number in range(rounds):
        duel.take_turns(number + 1, drawn[2 * number : 2 * number + 2], steps, rng)
    return duel


def with_slow_down(
    bed: Bed,
    share: float,
    rounds: int,
    seconds: float,
    steps: Sequence[Step],
    rng: random.Random,
    turn: int = BLOCK,
) -> Duel:
    """A duel in which B is slower by a share of its own time. `seconds` are those of replaying, over all rounds.

    Which of a pair is started first is drawn, too.
    """
    duel = Duel()
    with clone(bed) as database:
        for number in range(rounds):
            order = rng.sample((0, 1), 2)
            with workers(bed, database, [(SPIN, (1 + SPIN) * (1 + share) - 1)[side] for side in order], rng) as started:
                pair = [started[order.index(side)] for side in (0, 1)]
                warm_up(pair, steps)
                with bed.testbed.servers.pinned([worker.pid for worker in pair]):
                    until = monotonic() + seconds / rounds
                    while monotonic() < until:
                        duel.take_turns(number + 1, pair, steps, rng, turn)
    return duel


def one_after_the_other(
    pair: Sequence[WorkerHandle], steps: Sequence[Step], times: int
) -> tuple[list[float], list[float]]:
    """What most people do: all requests to A, so many times over, then all of them to B. Service times by Step."""
    sides: list[list[float]] = []
    for worker in pair:
        latencies: list[float] = []
        for _ in range(times):
            for start in range(0, len(steps), BLOCK):
                samples = worker.block(list(steps[start : start + BLOCK])).samples
                latencies += [float(sample.latency_s or 0) for sample in samples]
        sides.append(latencies)
    return sides[0], sides[1]
