"""Ratios of means where hits and misses mix, where the candidate is skewed, where events are rare: before and now.

Each run has a seed of its own. The truth is the ratio of the cells' expectations. Both estimators see the same runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from perflab.analysis.stats.intervals import share_interval
from perflab.analysis.stats.levels import Counted, Strata
from perflab.analysis.stats.pairs import Floats
from perflab.analysis.stats.ratios import RatioInterval, ratio_interval
from perflab.analysis.stats.tails import FEW_REQUESTS, tails
from tests.benchmarks.table import Table, say
from tests.selftest.former import ratio_of_rounds, share_of_rounds
from tests.selftest.parallel import Processes
from tests.selftest.shares import Share
from tests.selftest.sidebyside import shares, within

SEED = 20261129
COVERAGE = (0.935, 0.965)
# What a hit takes of a miss, and how often the candidate hits.
HIT, HITS = 0.03, 0.8
# Service times are log-normal with this deviation, unless a case says otherwise.
STEADY, SKEWED = 0.2, 1.2
RARE = 0.001

Draw = Callable[[np.random.Generator, tuple[int, int]], tuple[Floats, Floats]]


def _times(rng: np.random.Generator, shape: tuple[int, int], deviation: float = STEADY) -> Floats:
    """Log-normal times with an expectation of 1."""
    return np.exp(rng.normal(-(deviation**2) / 2, deviation, shape))


def cached(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    hit = rng.random(shape) < HITS
    return _times(rng, shape), _times(rng, shape) * np.where(hit, HIT, 1.0)


def skewed(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    return _times(rng, shape), _times(rng, shape, SKEWED)


def plain(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    return _times(rng, shape), _times(rng, shape)


def rare(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    return np.full(shape, 3.0), np.where(rng.random(shape) < RARE, 3.0, 0.0)


@dataclass(frozen=True)
class Case:
    """So many rounds of so many requests to two cells, whose ratio of expectations is `truth`."""

    name: str
    draw: Draw
    truth: float
    rounds: int
    requests: int
    counts: bool = False

    @property
    def title(self) -> str:
        return f"{self.name}, {self.rounds} x {self.requests}"


# The largest bias that is wanted, by requests in a round.
BIAS = {125: 0.01, 15: 0.01, 3: 0.05}
BY_CACHE = HITS * HIT + 1 - HITS
CASES = (
    *(Case("candidate hits 80%", cached, BY_CACHE, 8, n) for n in (125, 15, 3, 1)),
    Case("candidate hits 80%", cached, BY_CACHE, 3, 15),
    *(Case("equal means, candidate skewed", skewed, 1.0, 8, n) for n in (15, 3, 1)),
    *(Case("no difference, steady", plain, 1.0, rounds, n) for rounds, n in ((8, 15), (3, 15), (8, 3))),
    Case("queries by 0.1% of requests", rare, RARE, 8, 150, counts=True),
    Case("queries by 0.1% of requests", rare, RARE, 3, 150, counts=True),
)

# Of one run: the estimate and both ends, by the former estimator and by today's.
Ends = tuple[float, float, float]


def drawn(numbers: Sequence[int], case: Case) -> tuple[Floats, Floats]:
    """The values of both cells: runs by rounds by requests."""
    sides = [
        case.draw(np.random.default_rng([SEED, case.rounds, case.requests, number]), (case.rounds, case.requests))
        for number in numbers
    ]
    return np.stack([before for before, _ in sides]), np.stack([after for _, after in sides])


def today(before: Floats, after: Floats, counts: bool = False) -> RatioInterval:
    """What the analysis makes of many runs at once, each a group of its own."""
    runs, rounds, requests = before.shape
    strata = Strata(np.repeat(np.arange(runs), rounds * requests), np.arange(runs), np.ones(runs), runs)
    round_of = np.tile(np.repeat(np.arange(rounds), requests), runs)
    counted = Counted.of(strata, round_of, np.ones(len(round_of), dtype=bool))
    x, y = before.ravel(), after.ravel()
    levels = counted.levels(x), counted.levels(y)
    return ratio_interval(*levels, 0.95, tails(counted, x, y, levels, counts), counts)


def estimated(numbers: Sequence[int], case: Case) -> list[tuple[Ends, Ends]]:
    before, after = drawn(numbers, case)
    former, now = ratio_of_rounds(before.mean(axis=2), after.mean(axis=2)), today(before, after, case.counts)
    columns = [figure.tolist() for each in (former, now) for figure in (each.ratio, each.low, each.high)]
    return [((a, b, c), (d, e, f)) for a, b, c, d, e, f in zip(*columns, strict=True)]


def table(processes: Processes, runs: int, cases: Sequence[Case] = CASES) -> Table:
    result = Table(
        "Ratios of means: before and now",
        (
            "synthetic runs", "estimator", "runs", "bias", "holds the truth", "exact interval", "wanted", "",
            "false better", "false worse", "no change supported falsely", "width 0",
        ),
    )  # fmt: skip
    for case in cases:
        say(f"estimates: {case.title}, {runs:,} runs")
        ended = processes.each(partial(estimated, case=case), runs)
        sides = [np.array([run[number] for run in ended]) for number in range(2)]
        result.rows += [_row(case, name, side) for name, side in zip(("before", "now"), sides, strict=True)]
        result.compared += _compared(case, *sides)
    result.notes = [
        "Candidates hit 80%: a hit takes 3% of a miss. Skewed: log-normal with 1.2 beside 0.2. x: rounds and requests in each.",
        "Bias: the mean of the estimates beside the ratio of expectations. Better, worse: the interval excludes the truth.",
        "Supported falsely: `falls by 100%` of what falls by 99.9%.",
    ]
    return result


def _compared(case: Case, before: Floats, now: Floats) -> list[list[str]]:
    """Bias where hits and misses mix, false verdicts where the candidate is skewed, coverage, what is claimed falsely."""
    sides = (before, now)
    rows = []
    if case.draw is cached:
        errors = [side[:, 0] / case.truth - 1 for side in sides]
        rows.append(within(f"bias: {case.title}", errors, BIAS.get(case.requests)))
    held = [Share(int(((side[:, 1] <= case.truth) & (case.truth <= side[:, 2])).sum()), len(side)) for side in sides]
    rows.append(shares(f"interval holds the truth: {case.title}", held, *bounds(case)))
    if case.draw is skewed:
        better = [Share(int((side[:, 2] < case.truth).sum()), len(side)) for side in sides]
        rows.append(shares(f"false `better`: {case.title}", better, most=0.05))
    if case.counts:
        none = [Share(int((side[:, 2] <= 0).sum()), len(side)) for side in sides]
        flat = [Share(int((side[:, 1] == side[:, 2]).sum()), len(side)) for side in sides]
        rows.append(shares(f"`falls by 100%` supported falsely: {case.title}", none, most=0.025))
        rows.append(shares(f"interval of no width: {case.title}", flat, most=0.0))
    return rows


def bounds(case: Case) -> tuple[float, float]:
    """How often the interval is to hold the truth; of few or rare events it may do so more often."""
    return (0.94, 1.0) if case.counts or case.rounds * case.requests < FEW_REQUESTS else COVERAGE


def _row(case: Case, name: str, ends: Floats) -> list[str]:
    ratio, low, high = ends.T
    held = Share(int(((low <= case.truth) & (case.truth <= high)).sum()), len(ends))
    better, worse = (Share(int(side.sum()), len(ends)) for side in (high < case.truth, low > case.truth))
    least, most = bounds(case)
    return [
        case.title,
        name,
        f"{len(ends):,}",
        f"{ratio.mean() / case.truth - 1:+.1%}",
        held.text(),
        held.between(),
        f"{least:.1%}-{most:.1%}",
        held.verdict(least, most),
        better.text(),
        worse.text(),
        Share(int((high <= 0).sum()), len(ends)).text() if case.counts else "-",
        Share(int((low == high).sum()), len(ends)).text(),
    ]


@dataclass(frozen=True)
class Hits:
    """Independent lookups of which so many hit, in so many rounds."""

    share: float
    rounds: int
    lookups: int


HIT_RATES = (Hits(0.98, 3, 15), Hits(0.98, 8, 15), Hits(0.8, 3, 15), Hits(0.5, 8, 150))


def rates(numbers: Sequence[int], hits: Hits) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    outcomes = []
    trials = np.full(hits.rounds, float(hits.lookups))
    for number in numbers:
        rng = np.random.default_rng([SEED, hits.rounds, hits.lookups, number])
        successes = rng.binomial(hits.lookups, hits.share, hits.rounds).astype(np.float64)
        (low,), (high,) = share_of_rounds(successes[None, :], trials[None, :])
        now = share_interval(successes, trials)
        assert now is not None and now.low is not None and now.high is not None
        outcomes.append(((float(low), float(high)), (now.low, now.high)))
    return outcomes


def rate_table(processes: Processes, runs: int, cases: Sequence[Hits] = HIT_RATES) -> Table:
    result = Table(
        "Hit rates: before and now",
        ("lookups", "estimator", "holds the truth", "share", "exact interval", "wanted", "", "width 0"),
    )
    for case in cases:
        say(f"estimates: a hit rate of {case.share:.0%}, {runs:,} runs")
        ended = processes.each(partial(rates, hits=case), runs)
        title, of_sides = f"{case.share:.0%} hit, {case.rounds} x {case.lookups}", []
        for number, name in enumerate(("before", "now")):
            low, high = np.array([run[number] for run in ended]).T
            held = Share(int(((low <= case.share) & (case.share <= high)).sum()), len(ended))
            flat = Share(int((low == high).sum()), len(ended))
            of_sides.append((held, flat))
            result.rows.append([title, name, *held.cells(), ">= 94%", held.verdict(0.94), flat.text()])
        held_by, without_width = zip(*of_sides, strict=True)
        result.compared.append(shares(f"hit rate, interval holds the truth: {title}", held_by, least=0.94))
        result.compared.append(shares(f"hit rate, interval of no width: {title}", without_width, most=0.0))
    return result
