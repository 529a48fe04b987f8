"""The minimum detectable effect: how often a second run finds what a first one states that it could find, before and now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from perflab.analysis.stats.pairs import Floats
from tests.benchmarks.table import Table, say
from tests.selftest.estimates import SEED, today
from tests.selftest.former import ratio_of_rounds
from tests.selftest.parallel import Processes
from tests.selftest.shares import Share
from tests.selftest.sidebyside import shares

ROUNDS = (3, 5, 8)
LEAST, MOST = 0.77, 0.83
REQUESTS = 40
# The deviation between rounds of a cell's level, and between requests.
BETWEEN, WITHIN = 0.01, 0.05


def detected(numbers: Sequence[int], rounds: int) -> list[tuple[bool, bool]]:
    """Whether each second run finds the effect of its first run's size, by the former estimator and by today's."""
    first, second = (_runs(numbers, rounds, which) for which in range(2))
    before = ratio_of_rounds(*(side.mean(axis=2) for side in first)).mde
    now = today(*first).mde
    found = ratio_of_rounds(second[0].mean(axis=2), second[1].mean(axis=2) * (1 + before)[:, None]).low > 1
    seen = today(second[0], second[1] * (1 + now)[:, None, None]).low > 1
    return list(zip(found.tolist(), seen.tolist(), strict=True))


def _runs(numbers: Sequence[int], rounds: int, which: int) -> tuple[Floats, Floats]:
    """Both cells of runs without an effect: runs by rounds by requests."""
    logs = []
    for number in numbers:
        rng = np.random.default_rng([SEED, rounds, which, number])
        logs.append(rng.normal(0, BETWEEN, (2, rounds, 1)) + rng.normal(0, WITHIN, (2, rounds, REQUESTS)))
    times = np.exp(np.stack(logs, axis=1))
    return times[0], times[1]


def table(processes: Processes, runs: int) -> Table:
    result = Table(
        "The minimum detectable effect of one run, found by another: before and now",
        ("rounds", "estimator", "found", "share", "exact interval", "wanted", ""),
    )
    for rounds in ROUNDS:
        say(f"detection: {rounds} rounds, {runs:,} runs")
        ended = processes.each(partial(detected, rounds=rounds), runs)
        sides = [Share(sum(run[number] for run in ended), len(ended)) for number in range(2)]
        for name, share in zip(("before", "now"), sides, strict=True):
            wanted = f"{LEAST * 100:g}-{MOST * 100:g}%"
            result.rows.append([str(rounds), name, *share.cells(), wanted, share.verdict(LEAST, MOST)])
        result.compared.append(shares(f"minimum detectable effect is found: {rounds} rounds", sides, LEAST, MOST))
    result.notes = ["The effect put into the second run is the minimum detectable effect that the first one states."]
    return result
