"""Columns derived from other columns: the same value, one of several, by turns, or only in some of the rows."""

from __future__ import annotations

from dataclasses import dataclass

from perflab.seeding.columns.arrays import np
from perflab.seeding.columns.base import Column, Drawn, Rng, Rows, without


@dataclass(frozen=True)
class Same:
    """The value of another column, `path`, followed through links: `application.job.client`."""

    path: str

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table."""
        return rows.path(self.path)


@dataclass(frozen=True)
class Either:
    """One of several columns, `paths`, by the number in the column `by`."""

    by: str
    paths: tuple[str, ...]

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table."""
        options = [rows.path(path) for path in self.paths]
        return Drawn(np.choose(rows.path(self.by).values, [option.values for option in options]), options[0].to)


@dataclass(frozen=True)
class Mostly:
    """Another column, `path`, in this share of the rows, and `otherwise` in the rest."""

    path: str
    share: float
    otherwise: Column

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table."""
        usual = rows.path(self.path)
        other = self.otherwise.draw(rows, rng)
        return Drawn(np.where(rng.random(rows.count) < self.share, usual.values, other.values), usual.to)


@dataclass(frozen=True)
class Turn:
    """Numbers from 0 that distinguish the up to `of` rows with the same value of `path`, in an order of each value's own."""

    path: str
    of: int = 2

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table."""
        values = rows.path(self.path).values
        order = np.argsort(values, kind="stable")
        ordered = values[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(values) else np.empty(0, np.int64)
        lengths = np.diff(np.r_[starts, len(values)])
        offset = np.repeat(rng.integers(self.of, size=len(starts)), lengths)
        turns = np.empty(len(values), np.int64)
        turns[order] = (np.arange(len(values)) - np.repeat(starts, lengths) + offset) % self.of
        return Drawn(turns)


@dataclass(frozen=True)
class Sometimes:
    """The value of `column` in this share of the rows, else null."""

    share: float
    column: Column

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table."""
        drawn = self.column.draw(rows, rng)
        return Drawn(without(drawn.values, rng.random(rows.count) >= self.share, drawn.to), drawn.to)
