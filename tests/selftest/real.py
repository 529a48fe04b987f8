"""The tables of the duels: verdicts without a difference, and a slow-down of 1%.

In the same table stands what else could be made of the same minutes: the same two processes one after the other with a t
test over requests, and the duel's own requests as if they were independent of each other.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from perflab.scenario.keys.profile import Profile
from perflab.worker.handle import WorkerHandle
from perflab.workload.steps import Step
from tests.benchmarks.bed import Bed
from tests.benchmarks.table import Table, milliseconds, say
from tests.selftest import duels
from tests.selftest.duels import BLOCK, FEW, READS
from tests.selftest.shares import Share

Latencies = Sequence[float] | NDArray[np.float64]

LEVEL = 0.05
SLOW_DOWN = 0.01
SEEN = 0.9
# A run's own turns, and the shortest.
TURN, SHORT = Profile.model_fields["slice"].default, 1


@dataclass(frozen=True)
class Sizes:
    """How much of it: `duels` without a difference, of `rounds` rounds, a new pool of processes after `per_pool` of them;
    `slow` duels with a slow-down, of `slow_rounds` rounds and `seconds` of replaying.
    """

    duels: int = 200
    rounds: int = 8
    per_pool: int = 20
    slow: int = 10
    slow_rounds: int = 24
    seconds: float = 60.0


@dataclass
class Outcomes:
    """Of one method: in which duels it said what, and how far off its estimates were (log ratios)."""

    name: str
    different: list[bool] = field(default_factory=list)
    estimates: list[float] = field(default_factory=list)
    reach: list[float] = field(default_factory=list)

    def add(self, different: bool, estimate: float, reach: float) -> None:
        self.different.append(bool(different))
        self.estimates.append(estimate)
        self.reach.append(reach)

    def row(self, judged: bool) -> list[str]:
        share = Share(sum(self.different), len(self.different))
        spread = np.std(self.estimates, ddof=1) if len(self.estimates) > 1 else np.nan
        judgement = [f"<= {LEVEL * 100:g}%", share.verdict(most=LEVEL)] if judged else ["-", "-"]
        return [self.name, *share.cells(), _percent(spread), _percent(np.median(self.reach)), *judgement]


def tables(bed: Bed, sizes: Sizes) -> Iterator[Table]:
    if sizes.duels:
        yield without_difference(bed, sizes)
    if sizes.slow:
        yield slow_down(bed, sizes)


def without_difference(bed: Bed, sizes: Sizes) -> Table:
    """False verdicts of the duel, and of other methods on the same processes."""
    verdicts, seen = (
        Outcomes("perflab: better or worse (margin 2%)"),
        Outcomes("perflab: interval excludes no change"),
    )
    naive = {
        "turns": Outcomes("the same turns, requests as independent: paired t test"),
        "sequence": Outcomes("one after the other: Welch's t test"),
        "paired": Outcomes("one after the other: paired t test"),
        "single": Outcomes("one request, one after the other: Welch's t test"),
    }
    requests = sizes.rounds * FEW
    between: list[float] = []
    served: list[float] = []
    done = 0
    while done < sizes.duels:
        number = done // sizes.per_pool
        rng = random.Random(f"duels {number}")
        orders = duels.reads(bed, number, FEW)
        with (
            duels.clone(bed) as database,
            duels.workers(bed, database, (0.0,) * 2 * sizes.rounds, rng) as pool,
        ):
            duels.warm_up(pool, orders)
            with bed.testbed.servers.pinned([worker.pid for worker in pool]):
                for _ in range(min(sizes.per_pool, sizes.duels - done)):
                    duel = duels.of_pool(pool, sizes.rounds, orders, rng)
                    row = duel.compared()
                    for outcomes, different in (
                        (verdicts, row["verdict"] in ("better", "worse")),
                        (seen, row["statistically_significant"]),
                    ):
                        outcomes.add(different, np.log(row["ratio"]), np.log(row["high"] / row["low"]) / 2)
                    between.append(row["standard_error"] * np.sqrt(row["rounds"]))
                    served.append(row["before"])
                    _naive(naive, duel, pool, orders, sizes.rounds, rng)
                    done += 1
        say(f"duels: {done} of {sizes.duels}; {sum(verdicts.different)} false verdicts")
    table = Table(
        f"Duels of two identical cells: what is found, {requests} requests each",
        ("", "a difference", "share", "exact interval", "estimates vary by", "interval, +-", "wanted", ""),
    )
    table.rows = [outcomes.row(judged=True) for outcomes in (verdicts, seen)]
    table.rows += [outcomes.row(judged=False) for outcomes in naive.values()]
    middle = f"{milliseconds(float(np.median(served)))} ms", _percent(np.median(between))
    table.notes = [
        f"A duel: {sizes.rounds} rounds, each a pair of processes that serve {FEW} reads in turns of {BLOCK}. Pairs are drawn",
        f"anew for each duel from {2 * sizes.rounds} processes, and these are started anew after {sizes.per_pool} duels.",
        "A request takes {}; between rounds the log ratio's deviation is {} (medians of the duels).".format(*middle),
        "One after the other: as many requests by one pair of the same processes, in the same minutes; or one of them, as often.",
        "Estimates vary: their standard deviation over the duels; the truth is 0. Interval: half the width of the middle one.",
    ]
    return table


def _naive(
    outcomes: dict[str, Outcomes],
    duel: duels.Duel,
    pool: Sequence[WorkerHandle],
    orders: Sequence[Step],
    times: int,
    rng: random.Random,
) -> None:
    """The other methods: on the duel's own requests, and on as many of one pair, all of A before all of B."""
    outcomes["turns"].add(*paired(*duel.sides()))
    a, b = duels.one_after_the_other(rng.sample(list(pool), 2), orders, times)
    outcomes["paired"].add(*paired(a, b))
    outcomes["sequence"].add(*welch(a, b))
    repeated = [rng.choice(list(orders))] * len(orders)
    outcomes["single"].add(*welch(*duels.one_after_the_other(rng.sample(list(pool), 2), repeated, times)))


def welch(a: Latencies, b: Latencies) -> tuple[bool, float, float]:
    """Whether Welch's t test calls them different, the log ratio of the means, and the interval's half relative width."""
    return _outcome(stats.ttest_ind(b, a, equal_var=False), a, b)


def paired(a: Latencies, b: Latencies) -> tuple[bool, float, float]:
    """As `welch`, by the paired t test over Steps."""
    return _outcome(stats.ttest_rel(b, a), a, b)


def _outcome(test: Any, a: Latencies, b: Latencies) -> tuple[bool, float, float]:
    interval = test.confidence_interval(1 - LEVEL)
    mean = float(np.mean(a))
    return (
        bool(test.pvalue <= LEVEL),
        float(np.log(np.mean(b) / mean)),
        float(interval.high - interval.low) / 2 / mean,
    )


def slow_down(bed: Bed, sizes: Sizes) -> Table:
    """Return whether duels of a minute detect 1%: on all reads and on cached ones, in a run's turns and in short ones."""
    table = Table(
        f"Duels with a slow-down of {SLOW_DOWN:.0%}, {sizes.seconds:g} s each",
        (
            "duel",
            "reads",
            "turns of",
            "a request",
            "pairs",
            "found",
            "95% interval",
            "between rounds",
            "verdict",
            "seen",
        ),
    )
    seen: dict[tuple[str, int], list[bool]] = {("all", TURN): [], ("all", SHORT): [], ("cached", SHORT): []}
    for number in range(sizes.slow):
        for (reads, turn), detections in seen.items():
            rng = random.Random(f"slow {number} {reads} {turn}")
            orders = duels.reads(bed, number, READS)
            if reads == "cached":
                orders = duels.from_cache(bed, orders, rng)
            duel = duels.with_slow_down(bed, SLOW_DOWN, sizes.slow_rounds, sizes.seconds, orders, rng, turn)
            row = duel.compared()
            detections.append(bool(row["statistically_significant"]) and row["low"] > 1)
            table.rows.append(
                [
                    str(number + 1),
                    reads,
                    str(turn),
                    f"{milliseconds(row['before'])} ms",
                    f"{row['n']:,}",
                    f"{row['ratio'] - 1:+.2%}",
                    f"{row['low'] - 1:+.2%} to {row['high'] - 1:+.2%}",
                    _percent(row["standard_error"] * np.sqrt(row["rounds"])),
                    row["verdict"],
                    "yes" if detections[-1] else "no",
                ]
            )
            say(f"slow-down: duel {number + 1} of {sizes.slow}, {reads}, {turn}: {', '.join(table.rows[-1][5:8])}")
    for (reads, turn), detections in seen.items():
        share = Share(sum(detections), len(detections))
        name = f"duels that see {SLOW_DOWN:.0%}: {reads} reads, turns of {turn}"
        table.results.append(share.result(name, SEEN, at_most=False))
    table.notes = [
        f"{sizes.slow_rounds} rounds, each with two processes started for it; starting them is not among the seconds.",
        "Seen: the interval lies above no change. The slow-down spins inside the clocks, as the positive control's does.",
        "The host's pace varies as much between short turns as between long ones, and more of the short ones fit the minute.",
        f"Here that is fair: both are the same cell, and what a change of turns costs is the same. A run's turns are of {TURN}.",
    ]
    return table


def _percent(value: Any) -> str:
    return "-" if not np.isfinite(value) else f"{float(value) * 100:.2f}%"
