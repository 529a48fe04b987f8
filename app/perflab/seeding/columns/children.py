"""Columns about the rows that link to a row: how many there are, and one of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Model

from perflab.seeding.columns.arrays import np
from perflab.seeding.columns.base import NULL, Drawn, Rng, Rows, Weight
from perflab.seeding.columns.rng import Numbers


@dataclass(frozen=True)
class CountOf:
    """The number of rows of another table, `to`, that link to the row by their column `path`.

    Args:
        to: The other table's model.
        path: Its column that links here; it may be followed through links.
        among: Only rows whose archetype has a positive weight by this are counted.
    """

    to: type[Model]
    path: str
    among: Weight | None = None

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table.

        Raises:
            InputError: If the path leads to another table.
        """
        links = _links(rows, self.to, self.path)
        if self.among is not None:
            links = links[rows.of(self.to).weights(self.among) > 0]
        end = rows.first + rows.count
        return Drawn(np.bincount(links[links >= 0], minlength=end)[rows.first : end])


@dataclass(frozen=True)
class OneOf:
    """One of the rows of another table, `to`, that link to the row by their column `path`; null where none does."""

    to: type[Model]
    path: str

    def draw(self, rows: Rows, rng: Rng) -> Drawn:
        """Draw the values for all rows of a table.

        Raises:
            InputError: If the path leads to another table.
        """
        links = _links(rows, self.to, self.path)
        order = rng.permutation(len(links))
        end = rows.first + rows.count
        values = np.full(rows.count, NULL, np.int32)
        linked = order[(links[order] >= rows.first) & (links[order] < end)]
        values[links[linked] - rows.first] = linked
        return Drawn(values, self.to)


def _links(rows: Rows, to: type[Model], path: str) -> Numbers:
    """Return the number of the row here that each row of the other table links to."""
    drawn = rows.of(to).path(path)
    if drawn.to is None or drawn.to._meta.concrete_model is not rows.table.model:
        raise rows.error(f"{path} of {to._meta.label} does not link to this table", "name the column that does")
    return np.asarray(drawn.values)
