"""Whether cells that are meant to be identical differ, by a test that seldom withholds the verdicts of a sound run.

A run has three controls that can withhold its verdicts on times: both A/A controls and the carry-over effect. Each tested at 5%,
8% of runs with nothing wrong lose their verdicts where noise is larger than the margin. Together they are a family at 2%
(Bonferroni). So that it still detects a control that is at fault, the noise of a pair is estimated from all cells that are
identical up to a constant, which also gives the t interval more degrees of freedom (a two-way layout of cells and rounds:
Cochran & Cox, "Experimental Designs", 2nd ed. 1957, chapter 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from perflab.analysis.stats.intervals import MIN_ROUNDS
from perflab.analysis.stats.levels import Counted, Strata
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, TWIN, TWIN_OFF

# The share of sound runs whose verdicts on times may be withheld, and for that the confidence of each of three intervals: those
# of both A/A controls and of the carry-over.
FALSE_ALARMS = 0.02
CONFIDENCE = 1 - FALSE_ALARMS / 3
# The cells that are alike up to a constant; the first two of each are compared.
ALIKE = ((OPTIMISED, TWIN, CANARY), (BASELINE, TWIN_OFF))


@dataclass(frozen=True, slots=True)
class Difference:
    """The ratio of two cells that are meant to be identical, with its interval of CONFIDENCE."""

    cells: tuple[str, str]
    ratio: float
    low: float
    high: float

    def beyond(self, margin: float) -> bool:
        """Return whether the whole interval lies outside 1 ± margin."""
        return self.low > 1 + margin or self.high < 1 - margin


def differences(pairs: Pairs, metric: str) -> list[Difference]:
    """Return the difference of each pair of cells that are meant to be identical; without those that lack three rounds.

    Args:
        pairs: The samples.
        metric: The column of the samples that is compared.
    """
    if not pairs.steps or not pairs.measures(metric):
        return []
    values = pairs.values(metric)
    between = (_difference(pairs, values, [cell for cell in cells if pairs.has(cell)], cells[:2]) for cells in ALIKE)
    return [difference for difference in between if difference is not None]


def _difference(
    pairs: Pairs,
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    cells: Sequence[str],
    compared: tuple[str, ...],
) -> Difference | None:
    if not set(compared) <= set(cells):
        return None
    columns = values[:, [pairs.cells.index(cell) for cell in cells]]
    counted = Counted.of(
        Strata.of(pairs, pairs.groups(())), pairs.round_of, np.asarray(np.isfinite(columns).all(axis=1), dtype=bool)
    )
    levels = [counted.levels(column) for column in columns.T]
    present = levels[0].present[0]
    rounds = int(present.sum())
    without = np.stack([level.without[0, present] for level in levels])
    whole = np.array([level.level[0] for level in levels])
    if rounds < MIN_ROUNDS or not (without > 0).all() or not (whole > 0).all():
        return None
    # What each round says of each cell, as the jackknife's pseudo-values; less the round's and the cell's own level.
    of_rounds = rounds * np.log(whole)[:, None] - (rounds - 1) * np.log(without)
    rest = of_rounds - of_rounds.mean(axis=0) - of_rounds.mean(axis=1, keepdims=True) + of_rounds.mean()
    freedom = (rounds - 1) * (len(cells) - 1)
    error = float(np.sqrt(2 * (rest**2).sum() / freedom / rounds))
    reach = error * float(special.stdtrit(freedom, 0.5 + CONFIDENCE / 2))
    log = float(np.log(whole[cells.index(compared[1])] / whole[cells.index(compared[0])]))
    low, high = np.exp(log - reach), np.exp(log + reach)
    return Difference((compared[0], compared[1]), float(np.exp(log)), float(low), float(high))
