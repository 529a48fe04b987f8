"""The rows of a table as numbers: which archetype each has, which rows it links to, its moments.

They are kept whole (4 bytes a link and row, 8 a moment), for tables that follow choose among them; texts are not, they
are made chunk by chunk (text.py).
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
from perflab.seeding.columns.rng import dice_for, draw_by_group
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
        return self.table.count

    def of(self, model: type[Model]) -> Rows:
        """The rows of another table, which must come before this one."""
        if model not in self.others:
            raise self.error(f"refers to {model._meta.label}, which is not seeded before it", "list parents first")
        return self.others[model]

    def error(self, what: str, hint: str) -> InputError:
        return InputError(what, where=f"seed of {self.table.label}", hint=hint)

    # -- archetypes ----------------------------------------------------------------------------------------------------

    @cached_property
    def archetype(self) -> Numbers:
        """The number of each row's archetype."""
        table = self.table
        if not table.archetypes and table.count:
            raise self.error("no archetypes", "build at least one")
        if table.rows is None:
            return np.arange(self.count, dtype=np.int32)
        if table.like is not None:
            parent = self._linked(table.like)
            if len(parent.table.archetypes) != len(table.archetypes):
                raise self.error(
                    f"is like {table.like}, but has another number of archetypes",
                    f"build one for each of {parent.table.label}'s",
                )
            return parent.archetype[self.path(table.like).values]  # type: ignore[no-any-return]  # values are of any type
        dice = dice_for(self.seed, self.table.label, "archetype")
        if table.suits is not None:
            link, fit = table.suits
            parent = self._linked(link)
            weights = np.array(
                [[fit(own, theirs) for own in table.archetypes] for theirs in parent.table.archetypes], float
            )
            groups = parent.archetype[self.path(link).values]
            fits: Numbers = np.asarray(weights.any(axis=1))
            unfit = np.unique(groups[~fits[groups]])
            if len(unfit):
                raise self.error(
                    f"no archetype suits {parent.table.archetypes[unfit[0]]!r} of {parent.table.label}",
                    "build archetypes for each kind of it",
                )
            weights[~fits] = 1  # groups that no row is in
            return draw_by_group(dice, weights, groups)
        return dice.permutation(np.arange(self.count, dtype=np.int32) % np.int32(max(1, len(table.archetypes))))

    def _linked(self, name: str) -> Rows:
        to = self.path(name).to
        if to is None:
            raise self.error(f"{name} is no link to another table", "name a link")
        return self.of(to)

    def weights(self, weight: Weight) -> Numbers:
        """A weight for each row, from its archetype."""
        return np.array([float(weight(archetype)) for archetype in self.table.archetypes])[self.archetype]

    @cached_property
    def _by_rank(self) -> Numbers:
        """All rows, the favourite first: the same for every table that chooses among them."""
        return dice_for(self.seed, self.table.label, "favourites").permutation(np.arange(self.count, dtype=np.int32))

    def favourites(self, among: Weight | None) -> Numbers:
        """The rows whose archetype `among` likes, the favourite first."""
        return self._by_rank if among is None else self._by_rank[self.weights(among)[self._by_rank] > 0]

    # -- columns -------------------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw all links and columns, in the order in which they are told."""
        for name in (*self.table.links, *self.table.columns):
            self._own(name)

    def path(self, path: str) -> Drawn:
        """A column's values, followed through links: `application.job.client`."""
        first, *rest = path.split(".")
        found = self._own(first)
        for name in rest:
            if found.to is None:
                raise self.error(f"{path}: {name} cannot be followed, there is no link before it", "name links")
            further = self.of(found.to)._own(name)
            found = Drawn(further.values[found.values], further.to)
        return found

    def _own(self, name: str) -> Drawn:
        if name not in self.drawn:
            column = self.table.links.get(name) or self.table.columns.get(name)
            if column is not None:
                self.drawn[name] = column.draw(self, dice_for(self.seed, self.table.label, name))
            else:
                self.drawn[name] = self._from_archetypes(name)
        return self.drawn[name]

    def _from_archetypes(self, name: str) -> Drawn:
        """A link or moment that the archetypes have themselves."""
        fields = {one.name: one for one in self.table.model._meta.local_concrete_fields}
        if name not in fields:
            raise self.error(f"has no column {name!r}", f"name one of {', '.join([*self.table.links, *fields])}")
        if fields[name].is_relation:
            return self.linked_by_archetypes(fields[name])
        values = [getattr(archetype, name) for archetype in self.table.archetypes]
        try:
            return Drawn(np.array([moment(value) for value in values])[self.archetype])
        except (TypeError, ValueError) as error:
            raise self.error(f"{name} is neither a link nor a moment", "only those can be followed") from error

    def linked_by_archetypes(self, relation: Field[Any, Any]) -> Drawn:
        """Links to rows that are archetypes themselves: a job's trade, out of a table with one row for each trade."""
        model: Any = relation.related_model
        parent = self.of(model)
        numbers = {id(archetype): number for number, archetype in enumerate(parent.table.archetypes)}
        linked = [numbers.get(id(getattr(archetype, relation.name, None))) for archetype in self.table.archetypes]
        if parent.table.rows is not None or None in linked:
            raise self.error(
                f"{relation.name} is not told, and the archetypes do not link to rows of {parent.table.label}",
                f"add it to columns, such as Popular({model.__name__})",
            )
        return Drawn(np.array(linked, np.int32)[self.archetype], model)
