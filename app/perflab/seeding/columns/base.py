"""How a column's values are made: the vocabulary of Table.columns and Table.links.

Rows of another table, or of the same one (choices.py):

    Each(User)                          one row for each user: one-to-one
    Popular(User, exponent=1.0)         few users have most rows: a power law, with one ranking for all tables
    Pick(Application, weight=...)       any row, as likely as its archetype's weight
    Distinct(Application, times=2)      no row more than `times` times

The rows that link to this one (children.py):

    CountOf(Comment, "post")            how many there are: a counter column
    OneOf(Player, "team")               one of them: a team's captain

The values of other columns (derived.py):

    Same("job.client")                  the value of another column, followed through links
    Either("turn", ("a", "b"))          one of several others
    Mostly("client", 0.9, Popular(...)) another column in nine rows of ten
    Turn("application", of=2)           numbers the rows of one parent: 0 or 1
    Sometimes(0.3, Pick(...))           null in seven rows of ten

Moments, numbers and texts (values.py, series.py):

    Between(earliest, latest)           a moment or day, evenly spread
    After("job.date", (0, 14), as_of)   0 to 14 days after another column's
    Series(first, last)                 moments or numbers in the order of the rows; numbers of lines: Series(1, within="order")
    Numbered(before, after)             a text with the row's number in it: unique
    Key(32)                             the row's number as a text of this length, padded with zeros: unique
    Uuid()                              a version 4 UUID

Rows of other tables are identified by their number, from 0; a null is -1 (of a time: NaT, of a text or number: Arrow's null).
Each column has a random generator of its own, so that adding one changes no other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.db.models import Model

from perflab.errors import InputError
from perflab.seeding.columns.arrays import np, pa

if TYPE_CHECKING:
    Rng = np.random.Generator
else:
    Rng = Any
Moment = dt.datetime | dt.date
NULL = -1

#: archetype -> its weight, from 0; a condition is 0 or 1
Weight = Callable[[Any], float]


@dataclass(frozen=True)
class Drawn:
    """A column's values for all rows of a table, and the model of the rows that they are the numbers of, if any."""

    values: Any
    to: type[Model] | None = None


class Rows(Protocol):
    """The part of one table's rows that a column needs to draw its values; see seeding/rows.py."""

    @property
    def table(self) -> Any:
        """The table's description."""
        ...

    @property
    def count(self) -> int:
        """The number of rows."""
        ...

    @property
    def first(self) -> int:
        """The number of the first row, where these are a part of a table's rows; else 0."""
        ...

    @property
    def archetype(self) -> Any:
        """The number of each row's archetype."""
        ...

    def of(self, model: type[Model]) -> Rows:
        """Return the rows of another table."""
        ...

    def first_of(self, child: type[Model]) -> int:
        """Return the number of the first row that a child model's rows bring along."""
        ...

    def path(self, path: str) -> Drawn:
        """Return a column's values, followed through links."""
        ...

    def weights(self, weight: Weight) -> Any:
        """Return a weight for each row."""
        ...

    def by_popularity(self, among: Weight | None) -> Any:
        """Return the rows with a positive weight, the most popular first."""
        ...

    def error(self, what: str, hint: str) -> InputError:
        """Return an error about the table's description."""
        ...


class Column(Protocol):
    """The way in which one column's values are drawn."""

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table.

        Args:
            rows: The table's rows, and through them those of the tables before it.
            rng: A random generator of this column's own.
        """
        ...


def moment(value: Moment) -> np.datetime64:
    """Return a date or time for numpy, which has no time zones: in UTC, in ms."""
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        value = value.astimezone(dt.timezone.utc).replace(tzinfo=None)  # noqa: UP017 - Python 3.10 has no datetime.UTC
    return np.datetime64(value, "ms")


def followed(drawn: Drawn, numbers: Any) -> Drawn:
    """Return a column's values of the rows with these numbers; null for a negative number."""
    missing = numbers < 0
    has_missing = bool(missing.any())
    if isinstance(drawn.values, pa.Array):
        return Drawn(drawn.values.take(pa.array(numbers, mask=missing if has_missing else None)), drawn.to)
    if not has_missing:
        return Drawn(drawn.values[numbers], drawn.to)
    picked = (
        drawn.values[np.where(missing, 0, numbers)] if len(drawn.values) else np.zeros(len(numbers), drawn.values.dtype)
    )
    return Drawn(without(picked, missing, drawn.to), drawn.to)


def without(values: Any, missing: Any, to: type[Model] | None) -> Any:
    """Return values with a null in the rows marked in `missing`, in the way in which values of their type are null.

    Args:
        values: The values, as in `Drawn`.
        missing: Whether each row's value is null.
        to: The model of the rows that the values are the numbers of, if any.
    """
    if isinstance(values, pa.Array):
        return values.take(pa.array(np.arange(len(values)), mask=missing))
    if values.dtype.kind == "M":
        return np.where(missing, np.array("NaT", values.dtype), values)
    if to is not None:
        return np.where(missing, NULL, values)
    return pa.array(values, mask=missing)


def needed_models(columns: Sequence[Column]) -> set[type[Model]]:
    """Return the models whose rows these columns choose among."""
    models: set[type[Model]] = set()
    for column in columns:
        inner = getattr(column, "otherwise", None) or getattr(column, "column", None)
        models |= needed_models([inner]) if inner is not None else set()
        to: Any = getattr(column, "to", None)
        if to is not None:
            models.add(to._meta.concrete_model)
    return models
