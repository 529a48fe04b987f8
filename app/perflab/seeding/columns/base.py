"""How a column's values are made: the vocabulary of Table.columns and Table.links.

Rows of another table (choices.py):

    Each(User)                          one row for each user: one-to-one
    Popular(User, exponent=1.0)         few users have most rows: a power law, with the same favourites in all tables
    Pick(Application, weight=...)       any row, as likely as its archetype's weight
    Distinct(Application, times=2)      no row more than `times` times

What other columns say (derived.py):

    Same("job.client")                  what another column says, followed through links
    Either("turn", ("a", "b"))          one of several others
    Mostly("client", 0.9, Popular(...)) another column in nine rows of ten
    Turn("application", of=2)           tells the rows of one parent apart: 0 or 1
    Sometimes(0.3, Pick(...))           null in seven rows of ten

Moments and texts (values.py):

    Between(earliest, latest)           a moment or day, evenly spread
    After("job.date", (0, 14), as_of)   so many days after another column's
    Numbered(before, after)             a text with the row's number in it: unique
    Uuid()                              a version 4 UUID

Rows of other tables are meant by their number, from 0; a null is -1 (of a time: NaT).
Each column draws from dice of its own, so that adding one changes no other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from django.db.models import Model

from perflab.errors import InputError

Dice = np.random.Generator
Moment = dt.datetime | dt.date
NULL = -1

#: archetype -> whether, or how likely
Weight = Callable[[Any], float]


@dataclass(frozen=True)
class Drawn:
    """A column's values for all rows of a table, and the model whose rows they number, if they do."""

    values: Any
    to: type[Model] | None = None


class Rows(Protocol):
    """One table's rows, as far as a column needs them to draw its own values; see seeding/rows.py."""

    @property
    def table(self) -> Any: ...

    @property
    def count(self) -> int: ...

    @property
    def archetype(self) -> Any: ...

    def of(self, model: type[Model]) -> Rows: ...

    def path(self, path: str) -> Drawn: ...

    def weights(self, weight: Weight) -> Any: ...

    def favourites(self, among: Weight | None) -> Any: ...

    def error(self, what: str, hint: str) -> InputError: ...


class Column(Protocol):
    """Something that makes the values of one column."""

    def draw(self, rows: Rows, dice: Dice) -> Drawn:
        """The values for all rows of a table."""
        ...


def moment(value: Moment) -> np.datetime64:
    """A date or time for numpy, which knows no time zones: in UTC, in ms."""
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        value = value.astimezone(dt.UTC).replace(tzinfo=None)
    return np.datetime64(value, "ms")


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
