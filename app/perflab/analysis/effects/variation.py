"""Where the variation between rounds comes from: the traffic, the processes, or the machine.

Identical cells replay the same requests, so what the ratio of two of them varies by is not traffic. Of that, what blocks of a
round vary by is the machine's; what is left belongs to processes, which differ for their whole life. What the gain varies by
beyond both is traffic: rounds make different requests.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from perflab.analysis.effects.stopping import log_ratios
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import BASELINE, OPTIMISED, TWIN, TWIN_OFF
from perflab.units import percent

# Fewer rounds say next to nothing of a variance.
MIN_ROUNDS = 4
IDENTICAL = ((OPTIMISED, TWIN), (BASELINE, TWIN_OFF))


@dataclass(frozen=True, slots=True)
class Variation:
    """Hold what the logarithm of the gain varies by from round to round, and the shares of its variance.

    Attributes:
        deviation: The standard deviation; None where the run has too few rounds or lacks a control.
        traffic: The share of traffic, 0..1.
        processes: The share of processes.
        machine: The share of the machine.
        sentence: The same in words; None if it is unknown.
    """

    deviation: float | None = None
    traffic: float | None = None
    processes: float | None = None
    machine: float | None = None
    sentence: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as summary.json has it."""
        return asdict(self)


def variation(pairs: Pairs, metric: str) -> Variation:
    """Divide the variance of the gain between rounds.

    Args:
        pairs: The measured samples.
        metric: A column of the samples.
    """
    gain = log_ratios(pairs, metric, BASELINE, OPTIMISED)
    identical = [log_ratios(pairs, metric, *cells) for cells in IDENTICAL]
    if min(map(len, (gain, *identical))) < MIN_ROUNDS:
        return Variation()
    whole = float(np.var(gain, ddof=1))
    within = [_within(pairs, metric, *cells) for cells in IDENTICAL]
    if not whole or None in within:
        return Variation()
    # Each ratio has the noise of two processes, the gain that of one of each kind.
    same = sum(float(np.var(each, ddof=1)) for each in identical) / 2
    machine = min(sum(each for each in within if each is not None) / 2, same)
    shares = [min(1.0, machine / whole), min(1.0, (same - machine) / whole)]
    traffic = max(0.0, 1 - sum(shares))
    total = sum(shares) + traffic
    of_machine, of_processes, of_traffic = (share / total for share in (*shares, traffic))
    deviation = whole**0.5
    return Variation(
        deviation, of_traffic, of_processes, of_machine,
        f"From round to round, the gain varies by {percent(float(np.expm1(deviation)), 0)} (standard deviation): "
        f"{percent(of_traffic, 0)} of that variance is traffic, since rounds make different requests, "
        f"{percent(of_machine, 0)} the machine and {percent(of_processes, 0)} the processes.",
    )  # fmt: skip


def _within(pairs: Pairs, metric: str, first: str, second: str) -> float | None:
    """Return the variance that the log ratio of two cells has in a round by what its blocks vary by, the mean over rounds.

    That of a ratio of sums, by linearisation (Cochran, "Sampling techniques", 3rd ed. 1977, section 6.4). None where no round has
    two blocks.

    Args:
        pairs: The measured samples.
        metric: A column of the samples.
        first: A cell.
        second: Another one.
    """
    places = [pairs.column(cell) for cell in (first, second)]
    if None in places or "block" not in pairs.samples.columns:
        return None
    values = pairs.values(metric)
    sides = [values[:, place] for place in places if place is not None]
    both = np.isfinite(sides[0]) & np.isfinite(sides[1])
    blocks = pairs.of_steps("block").to_numpy()
    variances = []
    for number in np.unique(pairs.round_of[both]):
        own = both & (pairs.round_of == number)
        _, place = np.unique(blocks[own], return_inverse=True)
        before, after = (np.bincount(place, side[own]) for side in sides)
        count = len(before)
        if count >= 2 and before.sum() > 0:
            ratio = after.sum() / before.sum()
            rests = after - ratio * before
            variances.append(count / (count - 1) * float((rests**2).sum()) / float(after.sum()) ** 2)
    return float(np.mean(variances)) if variances else None
