"""Columns that choose a row of another table: each in turn, by popularity, by weight, or none too often.

Where the other table is the table itself, a row links to one before it, and the first to none (to itself if the column may not
be null): the rows make trees, without circles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Model

from perflab.seeding.columns.arrays import np
from perflab.seeding.columns.base import NULL, Drawn, Rng, Rows, Weight
from perflab.seeding.columns.rng import Numbers, draw_weighted, power_law

MAX_REDRAWS = 40


def _is_own(rows: Rows, to: type[Model]) -> bool:
    """Say whether a table's rows choose among themselves."""
    return to._meta.concrete_model is rows.table.model


def _earlier(allowed: Numbers, values: Numbers, first: int) -> Numbers:
    """Move links that point at the row itself or at a later one to a row before it, in proportion; null where there is none.

    Args:
        allowed: The numbers of the rows that may be chosen.
        values: The number of the row that each row links to, one of `allowed`.
        first: The number of the first row.
    """
    allowed = np.sort(allowed)
    own = np.arange(first, first + len(values))
    before = np.searchsorted(allowed, own)
    place = np.searchsorted(allowed, values) * before // max(len(allowed), 1)  # less than `before`, where that is not 0
    moved = np.where(before > 0, allowed[place], NULL) if len(allowed) else np.full(len(values), NULL)
    return np.where(values < own, values, moved)


@dataclass(frozen=True)
class Each:
    """The row with the same number of another table, `to`; in the same table the row before."""

    to: type[Model]

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table.

        Raises:
            InputError: If the table has more rows than the one it links to.
        """
        if _is_own(rows, self.to):
            return Drawn(np.arange(rows.first, rows.first + rows.count, dtype=np.int32) - 1, self.to)
        parents = rows.of(self.to).count
        if rows.count > parents:
            raise rows.error(
                f"{rows.count} rows need one row of {self.to._meta.label} each, but there are only {parents}",
                "use fewer rows in data.rows",
            )
        return Drawn(np.arange(rows.count, dtype=np.int32), self.to)


@dataclass(frozen=True)
class Inherited:
    """The row of a parent model, `to`, that belongs to each row of a model in the list, `child` (multi-table inheritance)."""

    to: type[Model]
    child: type[Model]

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table."""
        first = rows.of(self.to).first_of(self.child)
        return Drawn(np.arange(first, first + rows.count, dtype=np.int32), self.to)


@dataclass(frozen=True)
class Popular:
    """A row of another table: the k-th most popular is chosen in proportion to k ** -exponent.

    Choices that break a rule are drawn again, finally from an even distribution.

    Args:
        to: The other table's model.
        exponent: The steepness of the power law; 0 is an even distribution.
        among: Only rows whose archetype has a positive weight by this are chosen.
        at_most: How often one row may be chosen.
        distinct_within: An earlier column, in whose groups no row is chosen twice (nobody applies to a job twice).
    """

    to: type[Model]
    exponent: float = 1.0
    among: Weight | None = None
    at_most: int | None = None
    distinct_within: str | None = None

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table.

        Raises:
            InputError: If there are rows but none that they may link to, or too few for `at_most` or `distinct_within`.
        """
        ranked = rows.of(self.to).by_popularity(self.among)
        if rows.count and not len(ranked):
            raise rows.error(f"no row of {self.to._meta.label} can be chosen", "raise its number in data.rows")
        values = ranked[power_law(rng, len(ranked), rows.count, self.exponent)]
        if _is_own(rows, self.to):
            if self.at_most is not None or self.distinct_within is not None:
                raise rows.error(
                    "links to its own table cannot be limited by at_most or distinct_within",
                    f"use Distinct({self.to.__name__}, times=...)",
                )
            return Drawn(_earlier(ranked, values, rows.first), self.to)
        if self.at_most is not None:
            self._redraw_excess(rows, rng, ranked, values, self.at_most)
        if self.distinct_within is not None:
            self._redraw_clashes(rows, rng, ranked, values)
        return Drawn(values, self.to)

    def _redraw_excess(self, rows: Rows, rng: Rng, ranked: Numbers, values: Numbers, at_most: int) -> None:
        for _ in range(MAX_REDRAWS):
            order = np.argsort(values, kind="stable")
            ordered = values[order]
            nth = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
            excess = np.sort(order[nth >= at_most])
            if not len(excess):
                return
            values[excess] = ranked[rng.integers(len(ranked), size=len(excess))]
        raise rows.error(
            f"{rows.count} rows are too many to use each of the {len(ranked)} rows of {self.to._meta.label} at most "
            f"{at_most} times",
            f"use fewer rows, or more of {self.to._meta.label}",
        )

    def _redraw_clashes(self, rows: Rows, rng: Rng, ranked: Numbers, values: Numbers) -> None:
        assert self.distinct_within is not None
        groups = rows.path(self.distinct_within).values.astype(np.int64) * rows.of(self.to).count
        taken, clashes = _first_come([], groups + values, np.arange(rows.count))
        all_taken = [taken]  # one large sorted array and ever smaller ones: merging would cost more than it saves
        for attempt in range(MAX_REDRAWS):
            if not len(clashes):
                return
            exponent = self.exponent if attempt < 3 else 0.0
            values[clashes] = ranked[power_law(rng, len(ranked), len(clashes), exponent)]
            taken, clashes = _first_come(all_taken, groups[clashes] + values[clashes], clashes)
            all_taken.append(taken)
        raise rows.error(
            f"no unused row of {self.to._meta.label} is left for {len(clashes)} rows within {self.distinct_within}",
            f"use fewer rows, or more of {self.to._meta.label}",
        )


def _first_come(taken: Sequence[Numbers], keys: Numbers, rows: Numbers) -> tuple[Numbers, Numbers]:
    """Give each free key to the first row that has it; return (the keys newly taken, sorted; the rows that clash)."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    wins = np.r_[True, ordered[1:] != ordered[:-1]] if len(ordered) else np.empty(0, bool)
    for keys_before in taken:
        if len(keys_before):
            nearest = np.minimum(np.searchsorted(keys_before, ordered), len(keys_before) - 1)
            wins &= keys_before[nearest] != ordered
    return ordered[wins], np.sort(rows[order[~wins]])


@dataclass(frozen=True)
class Pick:
    """Any row of another table, `to`, in proportion to the weight of its archetype, with replacement."""

    to: type[Model]
    weight: Weight | None = None

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table.

        Raises:
            InputError: If there are rows, but none that they may link to.
        """
        parent = rows.of(self.to)
        if rows.count and not parent.count:
            raise rows.error(f"{self.to._meta.label} has no rows to pick from", "raise its number in data.rows")
        if self.weight is None:
            allowed, values = None, rng.integers(max(parent.count, 1), size=rows.count, dtype=np.int32)
        else:
            weights = parent.weights(self.weight)
            if rows.count and not weights.any():
                raise rows.error(f"no row of {self.to._meta.label} can be picked", "raise its number in data.rows")
            allowed, values = np.flatnonzero(weights), draw_weighted(rng, weights, rows.count)
        if _is_own(rows, self.to):
            values = _earlier(np.arange(parent.count) if allowed is None else allowed, values, rows.first)
        return Drawn(values, self.to)


@dataclass(frozen=True)
class Distinct:
    """Rows of another table, `to`, each at most `times` times, preferably those whose archetype has a greater `weight`.

    Weighted sampling without replacement by Efraimidis and Spirakis (2006): the n largest of u ** (1 / weight). In the same table
    every row has up to `times` children, in order.
    """

    to: type[Model]
    times: int = 1
    weight: Weight | None = None

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table.

        Raises:
            InputError: If there are more rows than different places for them.
        """
        parent = rows.of(self.to)
        weights = np.ones(parent.count) if self.weight is None else parent.weights(self.weight)
        places = np.repeat(np.flatnonzero(weights > 0).astype(np.int32), self.times)
        if _is_own(rows, self.to):
            # the row that takes each place: the next one, which comes after the place's own row
            takers = np.maximum.accumulate(places + 1 - np.arange(len(places))) + np.arange(len(places))
            values = np.full(parent.count, NULL, np.int32)
            values[takers[takers < parent.count]] = places[takers < parent.count]
            return Drawn(values[rows.first : rows.first + rows.count], self.to)
        if rows.count > len(places):
            raise rows.error(
                f"{rows.count} rows, but only {len(places)} are possible "
                f"({self.times} for each row of {self.to._meta.label})",
                "use fewer rows in data.rows",
            )
        keys = np.log(rng.random(len(places))) / weights[places]
        chosen = places[np.argpartition(-keys, rows.count - 1)[: rows.count]] if rows.count else places[:0]
        chosen.sort()  # the partition's own order is an implementation detail of numpy
        return Drawn(rng.permutation(chosen), self.to)
