"""Columns that choose a row of another table: each in turn, by popularity, by weight, or none too often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Model

from perflab.seeding.columns.base import Dice, Drawn, Rows, Weight
from perflab.seeding.columns.rng import Numbers, draw_weighted, power_law

MOST_REDRAWS = 40


@dataclass(frozen=True)
class Each:
    """Row n belongs to row n of another table."""

    to: type[Model]

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        parents = rows.of(self.to).count
        if rows.count > parents:
            raise rows.error(f"{rows.count} rows for each of {parents} of {self.to._meta.label}", "want fewer rows")
        return Drawn(np.arange(rows.count, dtype=np.int32), self.to)


@dataclass(frozen=True)
class Popular:
    """A row of another table; the k-th favourite is chosen in proportion to k ** -exponent.

    `among` keeps to rows whose archetype it likes. `at_most` bounds how often one is chosen. `distinct_within` names
    an earlier column in whose groups no choice comes twice (nobody applies to a job twice). What does not do is drawn
    again, in the end evenly.
    """

    to: type[Model]
    exponent: float = 1.0
    among: Weight | None = None
    at_most: int | None = None
    distinct_within: str | None = None

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        favourites = rows.of(self.to).favourites(self.among)
        if rows.count and not len(favourites):
            raise rows.error(f"no row of {self.to._meta.label} can be chosen", "raise its number in data.rows")
        values = favourites[power_law(dice, len(favourites), rows.count, self.exponent)]
        if self.at_most is not None:
            self._redraw_excess(rows, dice, favourites, values, self.at_most)
        if self.distinct_within is not None:
            self._redraw_clashes(rows, dice, favourites, values)
        return Drawn(values, self.to)

    def _redraw_excess(self, rows: Rows, dice: Dice, favourites: Numbers, values: Numbers, at_most: int) -> None:
        for _ in range(MOST_REDRAWS):
            order = np.argsort(values, kind="stable")
            ordered = values[order]
            nth = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
            excess = np.sort(order[nth >= at_most])
            if not len(excess):
                return
            values[excess] = favourites[dice.integers(len(favourites), size=len(excess))]
        raise rows.error(
            f"{rows.count} rows, each of {len(favourites)} of {self.to._meta.label} at most {at_most} times",
            f"want fewer rows, or more of {self.to._meta.label}",
        )

    def _redraw_clashes(self, rows: Rows, dice: Dice, favourites: Numbers, values: Numbers) -> None:
        assert self.distinct_within is not None
        groups = rows.path(self.distinct_within).values.astype(np.int64) * rows.of(self.to).count
        taken, clashes = _first_come([], groups + values, np.arange(rows.count))
        all_taken = [taken]  # one large sorted array and ever smaller ones: merging them would cost more than it saves
        for attempt in range(MOST_REDRAWS):
            if not len(clashes):
                return
            exponent = self.exponent if attempt < 3 else 0.0
            values[clashes] = favourites[power_law(dice, len(favourites), len(clashes), exponent)]
            taken, clashes = _first_come(all_taken, groups[clashes] + values[clashes], clashes)
            all_taken.append(taken)
        raise rows.error(
            f"{len(clashes)} rows find no {self.to._meta.label} that is new within {self.distinct_within}",
            f"want fewer rows, or more of {self.to._meta.label}",
        )


def _first_come(taken: Sequence[Numbers], keys: Numbers, rows: Numbers) -> tuple[Numbers, Numbers]:
    """Who gets a key that nobody has: (the keys newly taken, sorted; the rows that clash)."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    wins = np.r_[True, ordered[1:] != ordered[:-1]] if len(ordered) else np.empty(0, bool)
    for known in taken:
        if len(known):
            wins &= known[np.minimum(np.searchsorted(known, ordered), len(known) - 1)] != ordered
    return ordered[wins], np.sort(rows[order[~wins]])


@dataclass(frozen=True)
class Pick:
    """Any row of another table, as likely as the weight of its archetype; it may come again."""

    to: type[Model]
    weight: Weight | None = None

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        parent = rows.of(self.to)
        if rows.count and not parent.count:
            raise rows.error(f"{self.to._meta.label} has no rows to pick from", "raise its number in data.rows")
        if self.weight is None:
            return Drawn(dice.integers(max(parent.count, 1), size=rows.count, dtype=np.int32), self.to)
        weights = parent.weights(self.weight)
        if rows.count and not weights.any():
            raise rows.error(f"no row of {self.to._meta.label} can be picked", "raise its number in data.rows")
        return Drawn(draw_weighted(dice, weights, rows.count), self.to)


@dataclass(frozen=True)
class Distinct:
    """Rows of another table, each at most `times` times; those of a heavier archetype come first.

    Weighted sampling without replacement by Efraimidis and Spirakis (2006): the n largest of u ** (1 / weight).
    """

    to: type[Model]
    times: int = 1
    weight: Weight | None = None

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        parent = rows.of(self.to)
        weights = np.ones(parent.count) if self.weight is None else parent.weights(self.weight)
        places = np.repeat(np.flatnonzero(weights > 0).astype(np.int32), self.times)
        if rows.count > len(places):
            raise rows.error(
                f"{rows.count} rows, but {len(places)} are possible ({self.times} for each of {self.to._meta.label})",
                "want fewer rows in data.rows",
            )
        keys = np.log(dice.random(len(places))) / weights[places]
        chosen = places[np.argpartition(-keys, rows.count - 1)[: rows.count]] if rows.count else places[:0]
        chosen.sort()  # the partition's own order is numpy's secret
        return Drawn(dice.permutation(chosen), self.to)
