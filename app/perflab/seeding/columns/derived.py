"""Columns made of other columns: the same, one of several, in turn, or only in some of the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perflab.seeding.columns.base import NULL, Column, Dice, Drawn, Rows


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
