"""Columns in the order of the rows: moments or numbers that grow, and padded keys."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from perflab.seeding.columns.arrays import np, pa, pc
from perflab.seeding.columns.base import Drawn, Moment, Rng, Rows, moment

Step = int | float | dt.timedelta


@dataclass(frozen=True)
class Series:
    """Moments, days or numbers that grow from row to row, as an append-only table has them.

    Args:
        first: The first row's value, or the earliest one.
        last: The end of the span over which the values are spread at random, in order; None to count up by `step`.
        step: The difference between two rows, if there is no `last`: a number, or a timedelta for moments (default: a second).
        within: An earlier column, in each of whose groups the series begins anew: the lines of an order. Counts up by `step`.
    """

    first: Moment | int | float
    last: Moment | int | float | None = None
    step: Step | None = None
    within: str | None = None

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table.

        Raises:
            InputError: If both `last` and `within` are given.
        """
        first = self._ready(self.first)
        if self.last is not None:
            if self.within is not None:
                raise rows.error("a series has either `last` or `within`", "leave one of them out")
            return Drawn(first + self._spread(rng, rows.count, self._ready(self.last) - first))
        places = np.arange(rows.count) if self.within is None else _places(rows.path(self.within).values)
        step: Any = self.step
        if isinstance(first, np.datetime64):
            step = np.timedelta64(round((step or dt.timedelta(seconds=1)) / dt.timedelta(milliseconds=1)), "ms")
        return Drawn(first + places * (1 if step is None else step))

    @staticmethod
    def _ready(value: Moment | int | float) -> Any:
        return value if isinstance(value, int | float) else moment(value)

    @staticmethod
    def _spread(rng: Rng, count: int, length: Any) -> Any:
        share = np.sort(rng.random(count))
        if isinstance(length, np.timedelta64):
            return (share * length.astype(np.int64)).astype("m8[ms]")
        return share * length if isinstance(length, float) else (share * (length + 1)).astype(np.int64)


def _places(groups: Any) -> Any:
    """Return each row's place in its group, from 0, in the order of the rows."""
    values = groups.to_numpy(zero_copy_only=False) if isinstance(groups, pa.Array) else groups
    _, values = np.unique(values, return_inverse=True)
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    places = np.empty(len(values), np.int64)
    places[order] = np.arange(len(values)) - np.searchsorted(ordered, ordered)
    return places


@dataclass(frozen=True)
class Key:
    """A text of a fixed length, such as the key of a session or an order: the row's number, padded with zeros.

    Args:
        length: The number of characters.
        before: What the key begins with.
    """

    length: int
    before: str = ""

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table.

        Raises:
            InputError: If the rows' numbers have more digits than there is room for.
        """
        room = self.length - len(self.before)
        if len(str(rows.count)) > room:
            raise rows.error(f"{rows.count} rows do not fit into keys of {self.length} characters", "make them longer")
        numbers = pc.cast(pa.array(np.arange(1, rows.count + 1)), pa.string())
        padded = pc.utf8_lpad(numbers, room, "0")
        return Drawn(pc.binary_join_element_wise(pa.scalar(self.before), padded, "") if self.before else padded)
