"""The controls of a run: how often nothing is wrong and times are withheld all the same, and how often a fault is caught."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from perflab.analysis.effects.carry_over import RoundDifference, evidence_of_rounds, is_beyond, of_slices
from perflab.analysis.effects.effects import compare
from perflab.analysis.effects.identical import CONFIDENCE, differences
from perflab.analysis.stats.intervals import t_interval
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import BASELINE, CANARY, CANARY_SHARE, OPTIMISED, TWIN, TWIN_OFF
from tests.benchmarks.table import Table, say
from tests.selftest.estimates import SEED
from tests.selftest.parallel import Processes
from tests.selftest.shares import Share
from tests.selftest.sidebyside import shares

METRIC = "latency_s"
MARGIN = 0.02
MOST = 0.02
CELLS = (OPTIMISED, TWIN, CANARY, BASELINE, TWIN_OFF)
REQUESTS = 5
NOTHING = "nothing"
# What is at fault: a cell by so much, or the carry-over.
FAULTS = ((NOTHING, 0.0), (TWIN, 0.1), (TWIN_OFF, 0.1), ("carry-over", 0.1))
# So many slices of a round come after all_off, and after all_on, in a smoke run.
SLICES = 10
# The share of the variance between rounds of a round's carry-over that its slices do not show.
BY_ROUNDS = 0.1
# The deviation of a cell's level between rounds.
NOISES = (0.02, 0.06, 0.3)
ROUNDS = (3, 5, 8)


def withheld(numbers: Sequence[int], rounds: int, noise: float, fault: str, size: float) -> list[tuple[bool, bool]]:
    """Whether each run's verdicts on times are withheld, by the former rule and by today's."""
    outcomes = []
    for number in numbers:
        rng = np.random.default_rng([SEED, rounds, number])
        levels = rng.normal(0, noise, (len(CELLS), rounds, 1)) + rng.normal(
            0, noise / 4, (len(CELLS), rounds, REQUESTS)
        )
        levels[CELLS.index(CANARY)] += np.log1p(CANARY_SHARE)
        if fault in CELLS:
            levels[CELLS.index(fault)] += np.log1p(size)
        carried = _carried(rng, rounds, noise, size if fault == "carry-over" else 0.0)
        pairs = Pairs.of(_table(np.exp(levels)))
        twin = compare(pairs, METRIC, OPTIMISED, TWIN, margin=MARGIN).iloc[0]
        before = bool(twin["practically_significant"]) or _beyond(np.array([each.difference for each in carried]), 0.95)
        slow = is_beyond(evidence_of_rounds(carried), MARGIN, CONFIDENCE)
        now = any(each.beyond(MARGIN) for each in differences(pairs, METRIC)) or slow
        outcomes.append((before, now))
    return outcomes


def _carried(rng: np.random.Generator, rounds: int, noise: float, size: float) -> list[RoundDifference]:
    """The carry-over of each round: `noise` is the deviation of a round's, by its slices and, for BY_ROUNDS of it, by itself."""
    of_slice = noise * np.sqrt((1 - BY_ROUNDS) * SLICES / 2)
    slices = rng.normal(0, of_slice, (rounds, 2, SLICES))
    slices[:, 0] += np.log1p(size) + rng.normal(0, noise * np.sqrt(BY_ROUNDS), (rounds, 1))
    return [of_slices(after_off, after_on) for after_off, after_on in slices]


def _table(times: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> pd.DataFrame:
    cells, rounds, requests = times.shape
    return pd.DataFrame(
        {
            "cell": np.repeat(np.array(CELLS, dtype=object), rounds * requests),
            "round": np.tile(np.repeat(np.arange(rounds), requests), cells),
            "step": np.tile(np.arange(requests), cells * rounds),
            METRIC: times.ravel(),
        }
    )


def _beyond(per_round: np.ndarray[tuple[int, ...], np.dtype[np.float64]], confidence: float) -> bool:
    interval = t_interval(per_round[None, :], confidence)
    return bool(np.exp(interval.low[0]) > 1 + MARGIN or np.exp(interval.high[0]) < 1 - MARGIN)


def table(processes: Processes, runs: int) -> Table:
    result = Table(
        f"Controls: verdicts on times withheld, margin {MARGIN:.0%}: before and now",
        ("at fault", "noise", "rounds", "before", "exact interval", "now", "exact interval", "wanted", ""),
    )
    for fault, size in FAULTS:
        for noise in NOISES if fault == NOTHING else NOISES[:2]:
            for rounds in ROUNDS:
                say(f"controls: {fault}, noise {noise:.0%}, {rounds} rounds, {runs:,} runs")
                task = partial(withheld, rounds=rounds, noise=noise, fault=fault, size=size)
                ended = processes.each(task, runs)
                before, now = (Share(sum(run[which] for run in ended), runs) for which in range(2))
                wanted = [f"<= {MOST:.0%}", now.verdict(most=MOST)] if fault == NOTHING else ["-", "-"]
                title = fault if fault == NOTHING else f"{fault}, {size:+.0%}"
                row = [title, f"{noise:.0%}", str(rounds), before.text(), before.between(), now.text(), now.between()]
                result.rows.append([*row, *wanted])
                what = "times withheld" if fault == NOTHING else "fault of a control caught"
                of = f"{what}: {title}, noise {noise:.0%}, {rounds} rounds"
                result.compared.append(
                    shares(of, (before, now), most=MOST)
                    if fault == NOTHING
                    else shares(of, (before, now), least=before.value or 0.0, wanted="as many as before")
                )
    return result
