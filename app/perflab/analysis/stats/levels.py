"""Levels: the mean per request of each group of Steps, over all rounds and without each of them.

A level is a sum over requests divided by their number, never a mean of the rounds' means: where a round holds a few hits and
fewer misses, a mean of rounds is biased, and a mean of their logarithms more so. How far a level is uncertain shows by leaving
out one round after another: the jackknife with rounds as clusters (Tukey, "Bias and confidence in not-quite large samples",
Annals of Mathematical Statistics 1958; Shao & Tu, "The Jackknife and Bootstrap", 1995, 2.3 and 6.2).

Where the scenario has weights, a group's level is the mean of its endpoints' levels by these weights: post-stratification
(Holt & Smith, "Post stratification", Journal of the Royal Statistical Society A 1979). Which endpoints chance drew more often
than their weight says then moves neither a level nor the ratio of two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from perflab.analysis.stats.pairs import Bools, Floats, Groups, Ints, Pairs


@dataclass(frozen=True)
class Strata:
    """The strata that groups of Steps consist of: their endpoints where these have weights, else each group itself.

    Attributes:
        codes: The stratum of each Step, -1 for none.
        group_of: The group of each stratum.
        weight: The weight of each stratum within its group.
        groups: How many groups there are.
    """

    codes: Ints
    group_of: Ints
    weight: Floats
    groups: int

    @classmethod
    def of(cls, pairs: Pairs, groups: Groups) -> Strata:
        """Return the strata of some groups, by the endpoints' weights if `pairs` has them.

        Args:
            pairs: The samples.
            groups: The groups of their Steps.
        """
        size = len(groups)
        whole = cls(groups.codes, np.arange(size, dtype=np.int64), np.ones(size), size)
        weights, endpoints = pairs.endpoint_weights()
        if weights is None or not pairs.steps or not size:
            return whole
        inside = groups.codes >= 0
        number = groups.codes[inside] * len(weights) + endpoints[inside]
        steps = np.bincount(number, minlength=size * len(weights))
        present = np.flatnonzero(steps)
        if len(present) == size:  # one endpoint in each group
            return whole
        of_step = np.full(pairs.steps, -1, dtype=np.int64)
        of_step[inside] = (np.cumsum(steps > 0) - 1)[number]
        group_of, endpoint = np.divmod(present, len(weights))
        steps = steps[present]
        # A group may hold a part of an endpoint's requests, such as its hits: its weight is that part's.
        weight = weights[endpoint] * steps / np.bincount(endpoints, minlength=len(weights))[endpoint]
        weightless = np.bincount(group_of, weights=weight, minlength=size)[group_of] <= 0
        return cls(of_step, group_of.astype(np.int64), np.where(weightless, steps, weight), size)

    def total(self, of_strata: Floats) -> Floats:
        """Return the sum over each group's strata: groups by the columns of `of_strata`."""
        if len(self.group_of) == self.groups and (self.group_of == np.arange(self.groups)).all():
            return of_strata
        result = np.zeros((self.groups, *of_strata.shape[1:]))
        np.add.at(result, self.group_of, of_strata)
        return result


# Groups of Steps, and the strata that they consist of.
Grouping = tuple[Groups, Strata]


def groupings(pairs: Pairs, divisions: Iterable[Groups]) -> list[Grouping]:
    """Return divisions of the Steps with their strata.

    Args:
        pairs: The samples.
        divisions: Groups of their Steps.
    """
    return [(groups, Strata.of(pairs, groups)) for groups in divisions]


@dataclass(frozen=True)
class Levels:
    """The level of each group in one cell.

    Attributes:
        level: Over all rounds; NaN for a group without requests.
        without: Groups by rounds: the level without that round.
        present: Groups by rounds: whether the group has requests in that round.
        sums: The sum of the values in each stratum and round.
    """

    level: Floats
    without: Floats
    present: Bools
    sums: Floats

    @property
    def rounds(self) -> Ints:
        """The number of rounds with requests, of each group."""
        return np.asarray(self.present.sum(axis=1), dtype=np.int64)


@dataclass(frozen=True)
class Counted:
    """The requests of each stratum in each round: how many, and of which Steps."""

    strata: Strata
    rounds: int
    steps: Ints
    codes: Ints
    in_round: Ints
    counts: Floats

    @classmethod
    def of(cls, strata: Strata, round_of: Ints, chosen: Bools) -> Counted:
        """Return the chosen Steps by stratum and round.

        Args:
            strata: The strata of all Steps.
            round_of: The round of each Step, from 0.
            chosen: Which Steps count; those outside of all strata do not.
        """
        size, rounds = len(strata.group_of), int(round_of.max(initial=0)) + 1
        steps = np.flatnonzero(chosen & (strata.codes >= 0))
        codes = strata.codes[steps]
        in_round = codes * rounds + round_of[steps]
        counts = np.bincount(in_round, minlength=size * rounds).reshape(size, rounds).astype(np.float64)
        return cls(strata, rounds, steps, codes, in_round, counts)

    @property
    def n(self) -> Ints:
        """The number of requests of each group."""
        return self.strata.total(self.counts.sum(axis=1)).astype(np.int64)

    def sums(self, values: Floats) -> Floats:
        """Return the sum of a column of Steps in each stratum and round."""
        size = len(self.strata.group_of)
        chosen = values if len(self.steps) == len(values) else values[self.steps]
        total = np.bincount(self.in_round, weights=chosen, minlength=size * self.rounds)
        return np.asarray(total, dtype=np.float64).reshape(size, self.rounds)

    @cached_property
    def _by_stratum(self) -> tuple[Ints, Ints, Ints]:
        """The Steps in the order of their strata, the strata that have some, and where each of these begins."""
        small = len(self.strata.group_of) <= np.iinfo(np.uint16).max
        order = np.argsort(self.codes.astype(np.uint16) if small else self.codes, kind="stable")
        sizes = np.bincount(self.codes, minlength=len(self.strata.group_of))
        present = np.flatnonzero(sizes)
        return self.steps[order], present, (np.cumsum(sizes) - sizes)[present]

    def extremes(self, values: Floats) -> tuple[Floats, Floats]:
        """Return the lowest and the highest value of a column of Steps in each stratum; NaN for one without requests."""
        steps, present, begins = self._by_stratum
        ends = np.full((2, len(self.strata.group_of)), np.nan)
        if len(steps):
            in_order = values[steps]
            ends[:, present] = np.minimum.reduceat(in_order, begins), np.maximum.reduceat(in_order, begins)
        return ends[0], ends[1]

    def levels(self, values: Floats) -> Levels:
        """Return the groups' levels of a column of Steps, and each without one round after another.

        A stratum that has requests in one round only keeps its mean where that round is left out: its weight is known.
        """
        sums = self.sums(values)
        total, n = sums.sum(axis=1), self.counts.sum(axis=1)
        weight = np.where(n > 0, self.strata.weight, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(n > 0, total / n, 0.0)
            rest = n[:, None] - self.counts
            # What is left of a sum after all its parts are taken away is rounding, not a level.
            left = np.where(np.abs(total[:, None] - sums) < 1e-12 * np.abs(total[:, None]), 0.0, total[:, None] - sums)
            without = np.where(rest > 0, left / rest, mean[:, None])
            of_groups = self.strata.total(weight)
            level = self.strata.total(weight * mean) / of_groups
            return Levels(
                level,
                self.strata.total(weight[:, None] * without) / of_groups[:, None],
                self.strata.total(self.counts) > 0,
                sums,
            )


@dataclass
class CellLevels:
    """The levels of cells, kept while comparisons are about the same Steps, as most of a metric's are about all of them."""

    strata: Strata
    round_of: Ints
    _chosen: Bools | None = None
    _counted: Counted | None = None
    _levels: dict[str, Levels] = field(default_factory=dict)

    def of(
        self, chosen: Bools, baseline: tuple[str, Floats], candidate: tuple[str, Floats]
    ) -> tuple[Counted, tuple[Levels, Levels]]:
        """Return the chosen Steps by stratum and round, and the levels of two cells over them.

        Args:
            chosen: Which Steps count.
            baseline: A cell and its values, by Step.
            candidate: Another one; the values of a cell are the same in each call.
        """
        if self._counted is None or self._chosen is None or not np.array_equal(chosen, self._chosen):
            self._chosen, self._counted = chosen, Counted.of(self.strata, self.round_of, chosen)
            self._levels.clear()
        for cell, values in (baseline, candidate):
            if cell not in self._levels:
                self._levels[cell] = self._counted.levels(values)
        return self._counted, (self._levels[baseline[0]], self._levels[candidate[0]])


def jackknife_error(without: Floats, present: Bools) -> Floats:
    """Return the standard error of each group's figure, from the figure without each round; NaN below two rounds.

    Args:
        without: Groups by rounds.
        present: Whether the group has requests in that round; other rounds take no part.
    """
    rounds = present.sum(axis=1)
    divisor = np.maximum(rounds, 1)
    with np.errstate(invalid="ignore"):
        mean = np.where(present, without, 0.0).sum(axis=1) / divisor
        squares = (np.where(present, without - mean[:, None], 0.0) ** 2).sum(axis=1)
        return np.where(rounds > 1, np.sqrt(squares * (rounds - 1) / divisor), np.nan)
