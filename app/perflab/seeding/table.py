"""How a project describes its data: for each table a few hundred model rows, and how they multiply.

The project's `seed:` callable, `archetypes(as_of, rows, rng)`, returns a list of Table:

    Table(Job, rows["jobs"], JobFactory.build_batch(200, as_of=as_of), columns={
        "client": Popular(User, exponent=0.9, among=lambda user: user.role == "client"),
        "created_at": Between(as_of - timedelta(days=700), as_of),
    })

Each row takes an archetype's values, and for the columns named here a value of its own. The other columns come from the
archetype as they are, so an archetype decides what belongs together (a rating and its words).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from perflab.seeding.columns.base import Column

#: (this table's archetype, the archetype of the row that it links to) -> how well they go together, from 0
Affinity = Callable[[Any, Any], float]


@dataclass(frozen=True)
class Table:
    """One model's rows. They are spread evenly over the archetypes, unless `archetype_from` or `weighted_by` is given.

    Args:
        model: The Django model.
        rows: How many rows; None if the archetypes themselves are the rows.
        archetypes: Unsaved instances of the model, whose values the rows take.
        columns: {field: how its values are drawn}.
        links: Columns that the database does not have: they are drawn first, and other columns follow them
            ("application.job").
        archetype_from: A link. A row takes the archetype with the number of the linked row's (a profile that goes with its user).
        weighted_by: A link and an affinity. A row takes an archetype in proportion to its affinity with the linked row's (an
            application that goes with the status of its job).
        keep: Whether rows that migrations made stay in the table, with their keys; seeded rows are numbered after them. If
            false, they are replaced.
        child: In the table of a parent model (multi-table inheritance), the model in the list whose rows bring these along; None
            for rows that are listed themselves. perflab sets it.
    """

    model: type[Model]
    rows: int | None
    archetypes: Sequence[Model]
    columns: Mapping[str, Column] = field(default_factory=dict)
    links: Mapping[str, Column] = field(default_factory=dict)
    archetype_from: str | None = None
    weighted_by: tuple[str, Affinity] | None = None
    keep: bool = True
    child: type[Model] | None = None

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self.archetypes) if self.rows is None else self.rows

    @property
    def label(self) -> str:
        """The model's name, such as `marketplace.Job`."""
        return str(self.model._meta.label)
