"""Columns of moments and texts: values of a row's own, no links to other tables."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from perflab.seeding.columns.arrays import np, pa, pc
from perflab.seeding.columns.base import Drawn, Moment, Rng, Rows, moment
from perflab.seeding.description.standins import results


@dataclass(frozen=True)
class Between:
    """A moment or day, evenly spread from `earliest` to `latest`; each is a time, or a function of the archetype."""

    earliest: Moment | Callable[[Any], Moment]
    latest: Moment | Callable[[Any], Moment]

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table."""
        earliest, latest = (self._of(rows, end) for end in (self.earliest, self.latest))
        return Drawn(earliest + (rng.random(rows.count) * (latest - earliest).astype(np.int64)).astype("m8[ms]"))

    def _of(self, rows: Rows, end: Moment | Callable[[Any], Moment]) -> Any:
        if callable(end):
            ends = results(end, [(archetype,) for archetype in rows.table.archetypes])
            return np.array([moment(each) for each in ends])[rows.archetype]
        return moment(end)


@dataclass(frozen=True)
class After:
    """A moment or day within `days` after another column's, `path` (before it, if negative), but not after `until`.

    If `until` cuts the span short, the value is spread over the rest of it.
    """

    path: str
    days: tuple[float, float]
    until: Moment | None = None

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table."""
        start = rows.path(self.path).values.astype("M8[ms]")
        earliest, latest = (start + np.timedelta64(round(days * 86_400_000), "ms") for days in self.days)
        if self.until is not None:
            latest = np.minimum(latest, moment(self.until))
            earliest = np.minimum(earliest, latest)
        return Drawn(earliest + (rng.random(rows.count) * (latest - earliest).astype(np.int64)).astype("m8[ms]"))


@dataclass(frozen=True)
class Numbered:
    """A text with the row's number, from 1, after `before` (a text, or a function of the archetype) and before `after`."""

    before: str | Callable[[Any], str]
    after: str = ""

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table."""
        numbers = pc.cast(pa.array(np.arange(1, rows.count + 1)), pa.string())
        if callable(self.before):
            starts = pa.array(results(self.before, [(archetype,) for archetype in rows.table.archetypes]), pa.string())
            before = starts.take(pa.array(rows.archetype))
        else:
            before = pa.scalar(self.before)
        return Drawn(pc.binary_join_element_wise(before, numbers, self.after, ""))


@dataclass(frozen=True)
class Uuid:
    """A UUID of version 4."""

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table."""
        raw = rng.bytes(16 * rows.count)
        parts = (raw[start : start + 16] for start in range(0, len(raw), 16))
        return Drawn(pa.array([str(uuid.UUID(bytes=part, version=4)) for part in parts], pa.string()))
