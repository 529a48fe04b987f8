"""What a project tells the lab about its data: for each table a few hundred model rows, and how they multiply.

The project's `seed:` callable answers `archetypes(as_of, rows, rng)` with a list of Table, parents first:

    Table(Job, rows["jobs"], JobFactory.build_batch(200, as_of=as_of), columns={
        "client": Popular(User, exponent=0.9, among=lambda user: user.role == "client"),
        "created_at": Between(as_of - timedelta(days=700), as_of),
    })

Each row takes an archetype's values, and for the columns named here a value of its own. Columns that are not named
come from the archetype as they are, so an archetype decides what belongs together (a rating and its words).
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from perflab.seeding.columns.base import Column

#: (this table's archetype, the archetype of the row that it links to) -> how well they go together, from 0
Fit = Callable[[Any, Any], float]


@dataclass(frozen=True)
class Table:
    """One model's rows.

    `rows` None: the archetypes are the rows, as they are. `links` are columns that the database does not have: they
    are drawn first, and other columns follow them ("application.job"). Which archetype a row takes is evenly spread,
    unless `like` names a link (the archetype with the number of the linked row's: a profile like its user), or
    `suits` is a link and a Fit (an application that suits the status of its job).
    """

    model: type[Model]
    rows: int | None
    archetypes: Sequence[Model]
    columns: Mapping[str, Column] = field(default_factory=dict)
    links: Mapping[str, Column] = field(default_factory=dict)
    like: str | None = None
    suits: tuple[str, Fit] | None = None

    @property
    def count(self) -> int:
        return len(self.archetypes) if self.rows is None else self.rows

    @property
    def label(self) -> str:
        """The model's name, such as `marketplace.Job`."""
        return str(self.model._meta.label)


#: The moment that the data ends at, data.rows after scaling, dice of the project's own -> tables, parents first
Archetypes = Callable[[dt.datetime, Mapping[str, int], random.Random], Sequence[Table]]
