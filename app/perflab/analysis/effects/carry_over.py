"""The predecessor effect: whether a cell is slower when it takes its turn after a heavy cell than after a light one.

A turn begins with the processor's caches as the cell before left them. Random order spreads that over all cells alike, so
that it makes intervals wider and not wrong; but it is to be known, and small.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.stats.intervals import t_interval
from perflab.analysis.stats.pairs import Bools, Floats, Ints, Pairs
from perflab.analysis.stats.statistics import mean
from perflab.analysis.stats.values import number, plain
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.units import percent, signed

METRIC = "latency_s"
QUERIES = "query_count"
REPORTED = 0.01


def predecessor_effect(samples: pd.DataFrame | Pairs, confidence: float = 0.95, margin: float = 0.02) -> dict[str, Any]:
    """How much slower cells are after all_off than after all_on: a ratio with its t interval over rounds.

    Both neighbours' own turns are left out, so that the same cells stand on both sides. A request's time is taken relative
    to those of the cells which made as many queries for the same Step and came after neither, and to its cell's mean (log
    scale), and averaged by turn. `reported`: the effect is seen and above 1%; `material`: its whole interval lies beyond the
    margin.
    """
    pairs = Pairs.of(samples)
    per_round = np.array([])
    if pairs.steps and {"block", "predecessor", METRIC} <= set(pairs.samples.columns):
        per_round = _per_round(pairs)
    if not np.isfinite(per_round).any():
        return _unknown("No cell took a turn after all_off and another after all_on.")
    interval = t_interval(per_round[None, :], confidence)
    ratio, low, high = (number(np.exp(end[0])) for end in (interval.mean, interval.low, interval.high))
    seen = None if low is None or high is None else low > 1 or high < 1
    material = None if low is None or high is None else low > 1 + margin or high < 1 - margin
    found: dict[str, Any] = plain(
        {
            "ratio": ratio,
            "low": low,
            "high": high,
            "rounds": int(interval.rounds[0]),
            "seen": seen,
            "reported": bool(seen and ratio is not None and abs(ratio - 1) > REPORTED),
            "material": material,
            "sentence": _sentence(ratio, low, high),
        }
    )
    return found


def _per_round(pairs: Pairs) -> Floats:
    """Each round's difference of log times, after all_off less after all_on; NaN where a round has not both."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(pairs.values(METRIC))
    logs[:, [place for place, cell in enumerate(pairs.cells) if cell in (BASELINE, OPTIMISED)]] = np.nan
    queries = pairs.values(QUERIES) if pairs.measures(QUERIES) else np.zeros_like(logs)
    after = [pairs.equal("predecessor", cell) for cell in (BASELINE, OPTIMISED)]
    block = pairs.of_steps("block").to_numpy(np.int64)
    ends = np.searchsorted(pairs.round_of, np.arange(pairs.rounds + 1))  # Steps are in the order of rounds
    rounds = (slice(*between) for between in itertools.pairwise(ends))
    return np.array([_of_round(logs[r], queries[r], [which[r] for which in after], block[r]) for r in rounds])


def _of_round(logs: Floats, queries: Floats, after: Sequence[Bools], block: Ints) -> float:
    """The same of one round; all are matrices of its Steps by cells, but for the block of each Step."""
    cells = logs.shape[1]
    step, cell = np.nonzero(np.isfinite(logs))
    time = logs[step, cell]
    sought = [which[step, cell] for which in after]
    neutral = ~(sought[0] | sought[1])

    asked = np.nan_to_num(queries[step, cell], nan=-1).astype(np.int64) + 1
    alike, groups = pd.factorize(step * (int(asked.max(initial=0)) + 1) + asked)
    time -= mean(time[neutral], alike[neutral], len(groups))[alike]
    time -= mean(time[neutral], cell[neutral], cells)[cell]

    places, number = np.unique(block, return_inverse=True)
    turn = number[step] * cells + cell
    sides = []
    for here in sought:
        here = here & np.isfinite(time)
        turns = mean(time[here], turn[here], len(places) * cells)
        turns = turns[np.isfinite(turns)]
        sides.append(float(turns.mean()) if len(turns) else np.nan)
    return sides[0] - sides[1]


def _unknown(why: str) -> dict[str, Any]:
    unknown = dict.fromkeys(("ratio", "low", "high", "seen", "material"))
    return {**unknown, "rounds": 0, "reported": False, "sentence": f"A predecessor effect is unknown. {why}"}


def _sentence(ratio: float | None, low: float | None, high: float | None) -> str:
    if ratio is None or low is None or high is None:
        return "A predecessor effect is unknown: it takes three rounds."
    found = f"{signed(ratio)} (95% interval {signed(low)} to {signed(high)})"
    if low <= 1 <= high:
        return f"Cells were no slower after all_off than after all_on, as far as can be told: {found}."
    if abs(ratio - 1) <= REPORTED:
        return (
            f"After all_off cells differed from their times after all_on by less than {percent(REPORTED, 0)}: {found}."
        )
    return f"Turns depend on who had the turn before: after all_off cells took {found} against after all_on."
