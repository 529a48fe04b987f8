"""Random numbers that repeat: each purpose has dice of its own, keyed by the seed and a name."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]


def dice_for(seed: int, *purpose: str) -> np.random.Generator:
    """Dice for one purpose; the same seed and purpose give the same throws, whatever else is drawn."""
    digest = hashlib.sha256("\0".join((str(seed), *purpose)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def power_law(dice: np.random.Generator, size: int, count: int, exponent: float) -> Numbers:
    """Ranks from 0 to size - 1, rank k in proportion to (k + 1) ** -exponent, within a tenth.

    The inverse of the cumulative function of a Pareto distribution between 0.5 and size + 0.5, rounded: no table, and
    10 ns a draw.
    """
    if exponent == 0:
        return np.asarray(dice.integers(max(size, 1), size=count))
    uniform = dice.random(count)
    least, most = 0.5, size + 0.5
    if abs(exponent - 1) < 1e-9:
        drawn = least * np.exp(uniform * np.log(most / least))
    else:
        power = 1 - exponent
        drawn = (least**power + uniform * (most**power - least**power)) ** (1 / power)
    return np.asarray(np.clip((drawn - 0.5).astype(np.int64), 0, size - 1))


def draw_weighted(dice: np.random.Generator, weights: Numbers, count: int) -> Numbers:
    """Numbers of weights, each as likely as its weight, with repeats."""
    if not count:
        return np.empty(0, np.int32)
    edges = np.cumsum(weights, dtype=np.float64)
    found = np.searchsorted(edges, dice.random(count) * edges[-1], side="right")
    return np.asarray(np.minimum(found, np.flatnonzero(weights)[-1]), np.int32)


def draw_by_group(dice: np.random.Generator, weights: Numbers, groups: Numbers) -> Numbers:
    """For each row a column of `weights` (a matrix), drawn by the weights of the row's group (its row there).

    Each group's cumulative weights are stacked above those of the group before, so that one search serves all.
    """
    edges = np.cumsum(weights, axis=1, dtype=np.float64)
    edges /= edges[:, -1:]
    edges[:, -1] = 1.0
    stacked = (edges + np.arange(len(edges))[:, None]).ravel()
    found = np.searchsorted(stacked, groups + dice.random(len(groups)), side="right")
    drawn = found - groups.astype(np.int64) * weights.shape[1]
    return np.asarray(np.clip(drawn, 0, weights.shape[1] - 1), np.int32)
