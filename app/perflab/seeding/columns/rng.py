"""Reproducible random numbers: each purpose has a generator of its own, keyed by the seed and a name."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from perflab.seeding.columns.arrays import np

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[Any]
else:
    Numbers = Any


def rng_for(seed: int, *purpose: str) -> np.random.Generator:
    """Return the generator for one purpose: the same seed and purpose give the same numbers, whatever else is drawn."""
    digest = hashlib.sha256("\0".join((str(seed), *purpose)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def power_law(rng: np.random.Generator, size: int, count: int, exponent: float) -> Numbers:
    """Draw ranks from 0 to size - 1, rank k in proportion to (k + 1) ** -exponent, within a tenth.

    The inverse of the distribution function of a Pareto distribution truncated to 0.5 .. size + 0.5, rounded: no table, and
    10 ns per draw.

    Args:
        rng: The random generator.
        size: The number of ranks.
        count: The number of draws.
        exponent: The steepness of the power law; 0 is an even distribution.

    Returns:
        The ranks, an integer array of length `count`.
    """
    if exponent == 0:
        return np.asarray(rng.integers(max(size, 1), size=count))
    uniform = rng.random(count)
    low, high = 0.5, size + 0.5
    if abs(exponent - 1) < 1e-9:
        drawn = low * np.exp(uniform * np.log(high / low))
    else:
        power = 1 - exponent
        drawn = (low**power + uniform * (high**power - low**power)) ** (1 / power)
    return np.asarray(np.clip((drawn - 0.5).astype(np.int64), 0, size - 1))


def draw_weighted(rng: np.random.Generator, weights: Numbers, count: int) -> Numbers:
    """Draw `count` indices into `weights`, in proportion to them, with replacement.

    Args:
        rng: The random number generator.
        weights: A weight per index, at least one of them positive.
        count: How many indices to draw.
    """
    if not count:
        return np.empty(0, np.int32)
    edges = np.cumsum(weights, dtype=np.float64)
    indices = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
    return np.asarray(np.minimum(indices, np.flatnonzero(weights)[-1]), np.int32)


def draw_by_group(rng: np.random.Generator, weights: Numbers, groups: Numbers) -> Numbers:
    """Draw a column of a matrix for each row, by the weights of the row's group.

    Each group's cumulative weights are stacked above those of the group before, so that one search serves all.

    Args:
        rng: The random generator.
        weights: One row per group, one column per choice.
        groups: The group of each row, a row of `weights`.

    Returns:
        The chosen columns, an integer array as long as `groups`.
    """
    edges = np.cumsum(weights, axis=1, dtype=np.float64)
    edges /= edges[:, -1:]
    edges[:, -1] = 1.0
    stacked = (edges + np.arange(len(edges))[:, None]).ravel()
    positions = np.searchsorted(stacked, groups + rng.random(len(groups)), side="right")
    drawn = positions - groups.astype(np.int64) * weights.shape[1]
    return np.asarray(np.clip(drawn, 0, weights.shape[1] - 1), np.int32)
