"""How a column's values are made: the vocabulary of Table.columns and Table.links.

    Each(User)                          one row for each user: one-to-one
    Popular(User, exponent=1.0)         few users have most rows: a power law, with the same favourites in all tables
    Pick(Application, weight=...)       any row, as likely as its archetype's weight
    Distinct(Application, times=2)      no row more than `times` times
    Same("job.client")                  what another column says, followed through links
    Either("turn", ("a", "b"))          one of several others
    Mostly("client", 0.9, Popular(...)) another column in nine rows of ten
    Turn("application", of=2)           tells the rows of one parent apart: 0 or 1
    Sometimes(0.3, Pick(...))           null in seven rows of ten
    Between(earliest, latest)           a moment or day, evenly spread
    After("job.date", (0, 14), as_of)   so many days after another column's
    Numbered(before, after)             a text with the row's number in it: unique
    Uuid()                              a version 4 UUID

Rows of other tables are meant by their number, from 0; a null is -1 (of a time: NaT).
Each column draws from dice of its own, so that adding one changes no other.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Model

from perflab.errors import InputError
from perflab.seeding.dice import draw_weighted, power_law

if TYPE_CHECKING:
    from perflab.seeding.rows import Rows

Numbers = npt.NDArray[Any]
Dice = np.random.Generator
NULL = -1
MOST_REDRAWS = 40

#: archetype -> whether, or how likely
Weight = Callable[[Any], float]


@dataclass(frozen=True)
class Drawn:
    """A column's values for all rows of a table, and the model whose rows they number, if they do."""

    values: Any
    to: type[Model] | None = None


class Column(Protocol):
    """Something that makes the values of one column."""

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        """The values for all rows of a table."""
        ...


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

    def _redraw_excess(
        self, rows: Rows, dice: Dice, favourites: Numbers, values: Numbers, at_most: int
    ) -> None:
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


@dataclass(frozen=True)
class Same:
    """What another column says, followed through links: `application.job.client`."""

    path: str

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        return rows.path(self.path)


@dataclass(frozen=True)
class Either:
    """One of several columns; `by` names the column of numbers that says which."""

    by: str
    paths: tuple[str, ...]

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        options = [rows.path(path) for path in self.paths]
        return Drawn(np.choose(rows.path(self.by).values, [option.values for option in options]), options[0].to)


@dataclass(frozen=True)
class Mostly:
    """Another column in this share of the rows, and something else in the others."""

    path: str
    share: float
    otherwise: Column

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        usual = rows.path(self.path)
        other = self.otherwise.draw(rows, dice)
        return Drawn(np.where(dice.random(rows.count) < self.share, usual.values, other.values), usual.to)


@dataclass(frozen=True)
class Turn:
    """Numbers from 0 that tell apart the up to `of` rows with the same value, in an order of each value's own."""

    path: str
    of: int = 2

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        values = rows.path(self.path).values
        order = np.argsort(values, kind="stable")
        ordered = values[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(values) else np.empty(0, np.int64)
        lengths = np.diff(np.r_[starts, len(values)])
        offset = np.repeat(dice.integers(self.of, size=len(starts)), lengths)
        turns = np.empty(len(values), np.int64)
        turns[order] = (np.arange(len(values)) - np.repeat(starts, lengths) + offset) % self.of
        return Drawn(turns)


@dataclass(frozen=True)
class Sometimes:
    """A value in this share of the rows, else null."""

    share: float
    column: Column

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        drawn = self.column.draw(rows, dice)
        null = np.array("NaT", drawn.values.dtype) if drawn.values.dtype.kind == "M" else NULL
        return Drawn(np.where(dice.random(rows.count) < self.share, drawn.values, null), drawn.to)


Moment = dt.datetime | dt.date


@dataclass(frozen=True)
class Between:
    """A moment or day, evenly spread from `earliest` to `latest`: each a time, or a function of the archetype."""

    earliest: Moment | Callable[[Any], Moment]
    latest: Moment | Callable[[Any], Moment]

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        earliest, latest = (self._of(rows, end) for end in (self.earliest, self.latest))
        return Drawn(earliest + (dice.random(rows.count) * (latest - earliest).astype(np.int64)).astype("m8[ms]"))

    def _of(self, rows: Rows, end: Moment | Callable[[Any], Moment]) -> Any:
        if callable(end):
            return np.array([moment(end(archetype)) for archetype in rows.table.archetypes])[rows.archetype]
        return moment(end)


@dataclass(frozen=True)
class After:
    """A moment or day so many days after another column's (before it, if negative), but not after `until`.

    Where `until` cuts the span short, the value is spread over what is left of it.
    """

    path: str
    days: tuple[float, float]
    until: Moment | None = None

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        start = rows.path(self.path).values.astype("M8[ms]")
        earliest, latest = (start + np.timedelta64(round(days * 86_400_000), "ms") for days in self.days)
        if self.until is not None:
            latest = np.minimum(latest, moment(self.until))
            earliest = np.minimum(earliest, latest)
        return Drawn(earliest + (dice.random(rows.count) * (latest - earliest).astype(np.int64)).astype("m8[ms]"))


def moment(value: Moment) -> np.datetime64:
    """A date or time for numpy, which knows no time zones: in UTC, in ms."""
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        value = value.astimezone(dt.UTC).replace(tzinfo=None)
    return np.datetime64(value, "ms")


@dataclass(frozen=True)
class Numbered:
    """A text with the row's number, from 1, between what the archetype says and a constant end."""

    before: str | Callable[[Any], str]
    after: str = ""

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        numbers = pc.cast(pa.array(np.arange(1, rows.count + 1)), pa.string())
        if callable(self.before):
            starts = pa.array([self.before(archetype) for archetype in rows.table.archetypes], pa.string())
            before = starts.take(pa.array(rows.archetype))
        else:
            before = pa.scalar(self.before)
        return Drawn(pc.binary_join_element_wise(before, numbers, self.after, ""))


@dataclass(frozen=True)
class Uuid:
    """A UUID of version 4."""

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        raw = dice.bytes(16 * rows.count)
        parts = (raw[start : start + 16] for start in range(0, len(raw), 16))
        return Drawn(pa.array([str(uuid.UUID(bytes=part, version=4)) for part in parts], pa.string()))


def needed_models(columns: Sequence[Column]) -> set[type[Model]]:
    """The models whose rows these columns choose among."""
    found: set[type[Model]] = set()
    for column in columns:
        inner = getattr(column, "otherwise", None) or getattr(column, "column", None)
        found |= needed_models([inner]) if inner is not None else set()
        to = getattr(column, "to", None)
        if to is not None:
            found.add(to)
    return found


__all__ = [
    "After", "Between", "Column", "Distinct", "Drawn", "Each", "Either", "InputError", "Mostly", "Numbered",
    "Pick", "Popular", "Same", "Sometimes", "Turn", "Uuid", "moment", "needed_models",
]  # fmt: skip
