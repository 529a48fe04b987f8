"""The rows of a table as numbers: the archetype of each, the rows that it links to, its moments.

They are kept whole (4 bytes per link and row, 8 per moment), because later tables choose among them; texts are made chunk by
chunk instead (text.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Field, Model

from perflab.errors import InputError
from perflab.seeding.columns.base import Drawn, Weight, moment
from perflab.seeding.columns.rng import draw_by_group, rng_for
from perflab.seeding.table import Table

Numbers = npt.NDArray[Any]


@dataclass
class Rows:
    """One table's rows, and those of the tables before it."""

    table: Table
    seed: int
    others: Mapping[type[Model], Rows]
    drawn: dict[str, Drawn] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """The number of rows."""
        return self.table.count

    def of(self, model: type[Model]) -> Rows:
        """Return the rows of another table. Raises InputError if it does not come before this one."""
        if model not in self.others:
            raise self.error(f"refers to {model._meta.label}, which is not seeded before it", "list parents first")
        return self.others[model]

    def error(self, what: str, hint: str) -> InputError:
        """Return an error about this table's description."""
        return InputError(what, where=f"seed of {self.table.label}", hint=hint)

    # -- archetypes ----------------------------------------------------------------------------------------------------

    @cached_property
    def archetype(self) -> Numbers:
        """The number of each row's archetype.

        Raises:
            InputError: If the table has rows but no archetypes, or its archetypes do not match the table that they depend on.
        """
        table = self.table
        if not table.archetypes and table.count:
            raise self.error("has no archetypes", "build at least one")
        if table.rows is None:
            return np.arange(self.count, dtype=np.int32)
        if table.archetype_from is not None:
            parent = self._linked(table.archetype_from)
            if len(parent.table.archetypes) != len(table.archetypes):
                raise self.error(
                    f"takes its archetypes from {table.archetype_from}, but has a different number of them",
                    f"build one for each archetype of {parent.table.label}",
                )
            return parent.archetype[self.path(table.archetype_from).values]  # type: ignore[no-any-return]  # values are of any type
        rng = rng_for(self.seed, self.table.label, "archetype")
        if table.weighted_by is not None:
            link, affinity = table.weighted_by
            parent = self._linked(link)
            weights = np.array(
                [[affinity(own, theirs) for own in table.archetypes] for theirs in parent.table.archetypes], float
            )
            groups = parent.archetype[self.path(link).values]
            possible: Numbers = np.asarray(weights.any(axis=1))
            unmatched = np.unique(groups[~possible[groups]])
            if len(unmatched):
                raise self.error(
                    f"no archetype has an affinity with {parent.table.archetypes[unmatched[0]]!r} of {parent.table.label}",
                    "build an archetype that has one",
                )
            weights[~possible] = 1  # groups that no row is in
            return draw_by_group(rng, weights, groups)
        return rng.permutation(np.arange(self.count, dtype=np.int32) % np.int32(max(1, len(table.archetypes))))

    def _linked(self, name: str) -> Rows:
        to = self.path(name).to
        if to is None:
            raise self.error(f"{name} is not a link to another table", "name a link")
        return self.of(to)

    def weights(self, weight: Weight) -> Numbers:
        """Return a weight for each row, from its archetype."""
        return np.array([float(weight(archetype)) for archetype in self.table.archetypes])[self.archetype]

    @cached_property
    def _by_rank(self) -> Numbers:
        """All rows, the most popular first: one ranking for every table that chooses among them."""
        return rng_for(self.seed, self.table.label, "favourites").permutation(np.arange(self.count, dtype=np.int32))

    def by_popularity(self, among: Weight | None) -> Numbers:
        """Return the rows whose archetype has a positive weight by `among`, the most popular first."""
        return self._by_rank if among is None else self._by_rank[self.weights(among)[self._by_rank] > 0]

    # -- columns -------------------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw all links and columns, in the order of their description."""
        for name in (*self.table.links, *self.table.columns):
            self._own(name)

    def path(self, path: str) -> Drawn:
        """Return a column's values, followed through links: `application.job.client`.

        Raises:
            InputError: If the table has no such column, or a name before the last one is no link.
        """
        first, *rest = path.split(".")
        drawn = self._own(first)
        for name in rest:
            if drawn.to is None:
                raise self.error(f"{path}: {name} cannot be followed: the name before it is not a link", "name links")
            linked = self.of(drawn.to)._own(name)
            drawn = Drawn(linked.values[drawn.values], linked.to)
        return drawn

    def _own(self, name: str) -> Drawn:
        if name not in self.drawn:
            column = self.table.links.get(name) or self.table.columns.get(name)
            if column is not None:
                self.drawn[name] = column.draw(self, rng_for(self.seed, self.table.label, name))
            else:
                self.drawn[name] = self._from_archetypes(name)
        return self.drawn[name]

    def _from_archetypes(self, name: str) -> Drawn:
        """A link or moment that the archetypes have themselves."""
        fields = {field.name: field for field in self.table.model._meta.local_concrete_fields}
        if name not in fields:
            raise self.error(f"has no column {name!r}", f"name one of {', '.join([*self.table.links, *fields])}")
        if fields[name].is_relation:
            return self.linked_by_archetypes(fields[name])
        values = [getattr(archetype, name) for archetype in self.table.archetypes]
        try:
            return Drawn(np.array([moment(value) for value in values])[self.archetype])
        except (TypeError, ValueError) as error:
            raise self.error(f"{name} is neither a link nor a date or time", "name one of these") from error

    def linked_by_archetypes(self, relation: Field[Any, Any]) -> Drawn:
        """Return links to rows that are archetypes themselves: a job's trade, from a table with one row for each trade.

        Raises:
            InputError: If an archetype does not link to one of those rows.
        """
        model: Any = relation.related_model
        parent = self.of(model)
        numbers = {id(archetype): number for number, archetype in enumerate(parent.table.archetypes)}
        linked = [numbers.get(id(getattr(archetype, relation.name, None))) for archetype in self.table.archetypes]
        if parent.table.rows is not None or None in linked:
            raise self.error(
                f"{relation.name} is not described, and the archetypes do not link to rows of {parent.table.label}",
                f"add it to columns, such as Popular({model.__name__})",
            )
        return Drawn(np.array(linked, np.int32)[self.archetype], model)
