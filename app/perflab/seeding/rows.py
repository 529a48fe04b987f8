"""The rows of a table as numbers: the archetype of each, the rows that it links to, its moments.

They are kept whole (4 bytes per link and row, 8 per moment), because other tables choose among them; texts are made chunk by
chunk instead (text.py). A column is drawn when it is first needed, so tables may link to each other in circles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Field, Model

from perflab.errors import InputError
from perflab.seeding.columns.base import Drawn, Rng, Weight, followed, moment
from perflab.seeding.columns.rng import draw_by_group, rng_for
from perflab.seeding.description.instances import Linked, counted_keys, link_of
from perflab.seeding.description.standins import results
from perflab.seeding.present import Kept
from perflab.seeding.table import Table

Numbers = npt.NDArray[Any]
NONE_KEPT = Kept(frozenset(), 0)


@dataclass
class Rows:
    """One table's rows, and those of the tables that they link to.

    Args:
        table: The table's description.
        seed: The run's seed.
        others: The rows of all tables, by model.
        drawn: The columns that have been drawn.
        kept: The rows that stay in the table; seeded ones are numbered after them.
        first: The number of the first row, where these are a part of a table's rows, see joined.py.
        is_first: Whether no part of the table has been loaded before.
    """

    table: Table
    seed: int
    others: Mapping[type[Model], Rows]
    drawn: dict[str, Drawn] = field(default_factory=dict)
    kept: Kept = NONE_KEPT
    first: int = 0
    is_first: bool = True
    _drawing: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        """The number of rows."""
        return self.table.count

    def of(self, model: type[Model]) -> Rows:
        """Return the rows of a table. Raises InputError if there is none."""
        model = model._meta.concrete_model or model
        if model not in self.others:
            raise self.error(
                f"refers to {model._meta.label}, which is neither seeded nor filled by a migration",
                "add a Table for it",
            )
        return self.others[model]

    @property
    def parts(self) -> Sequence[Rows]:
        """The parts of a table's rows: these alone, unless children of its model bring some along."""
        return (self,)

    def part(self, table: Table) -> Rows:
        """Return the rows that one table of the description describes."""
        return self

    def first_of(self, child: type[Model]) -> int:
        """Return the number of the first row that a child model's rows bring along."""
        return self.first

    @property
    def keeps_rows(self) -> bool:
        """Whether rows are in the table that stay there: those of migrations, or an earlier part."""
        return bool(self.kept.keys) or not self.is_first

    def _rng(self, name: str) -> Rng:
        """Return the random generator of a column, or of something else that is drawn."""
        child = self.table.child
        label = self.table.label if child is None else f"{self.table.label} of {child._meta.label}"
        return rng_for(self.seed, label, name)

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
            return self._archetype_of_linked(table.archetype_from)
        rng = self._rng("archetype")
        if table.weighted_by is not None:
            link, affinity = table.weighted_by
            parent = self._linked(link)
            weights = np.array(
                results(affinity, [(own, theirs) for theirs in parent.table.archetypes for own in table.archetypes]),
                float,
            ).reshape(len(parent.table.archetypes), len(table.archetypes))
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

    def _archetype_of_linked(self, name: str) -> Numbers:
        """Return the archetypes of the linked rows: the same instances (multi-table inheritance), or as many others."""
        parent, own = self._linked(name), {id(archetype): n for n, archetype in enumerate(self.table.archetypes)}
        numbers: Numbers = parent.archetype[self.path(name).values]
        if len(parent.table.archetypes) != len(own):
            numbers = np.array([own.get(id(archetype), -1) for archetype in parent.table.archetypes], np.int32)[numbers]
            if (numbers < 0).any():
                raise self.error(
                    f"takes its archetypes from {name}, but has a different number of them",
                    f"build one for each archetype of {parent.table.label}",
                )
        return numbers

    def _linked(self, name: str) -> Rows:
        to = self.path(name).to
        if to is None:
            raise self.error(f"{name} is not a link to another table", "name a link")
        return self.of(to)

    def weights(self, weight: Weight) -> Numbers:
        """Return a weight for each row, from its archetype."""
        weights = results(weight, [(archetype,) for archetype in self.table.archetypes])
        return np.array([float(each) for each in weights])[self.archetype]

    @cached_property
    def _by_rank(self) -> Numbers:
        """All rows, the most popular first: one ranking for every table that chooses among them."""
        return self._rng("favourites").permutation(np.arange(self.count, dtype=np.int32))

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
            drawn = followed(self.of(drawn.to)._own(name), drawn.values)
        return drawn

    def _own(self, name: str) -> Drawn:
        if name not in self.drawn:
            if name in self._drawing:
                raise self.error(f"{name} depends on itself", "draw its values, or those of a column that it follows")
            self._drawing.add(name)
            try:
                column = self.table.links.get(name) or self.table.columns.get(name)
                if column is not None:
                    drawn = column.draw(self, self._rng(name))
                    self.drawn[name] = self._rooted(name, drawn)
                else:
                    self.drawn[name] = self._from_archetypes(name)
            finally:
                self._drawing.discard(name)
        return self.drawn[name]

    def _rooted(self, name: str, drawn: Drawn) -> Drawn:
        """Let a row without a parent in its own table link to itself, if the column may not be null."""
        if drawn.to is None or drawn.to._meta.concrete_model is not self.table.model:
            return drawn
        column = next((f for f in self.table.model._meta.local_concrete_fields if f.name == name), None)
        if column is None or column.null:
            return drawn
        own = np.arange(self.first, self.first + self.count)
        return Drawn(np.where(drawn.values < 0, own, drawn.values), drawn.to)

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

    # -- links and keys that archetypes have ---------------------------------------------------------------------------

    def linked_by_archetypes(self, relation: Field[Any, Any]) -> Drawn:
        """Return links to rows that are archetypes themselves: a job's trade, from a table with one row for each trade.

        Raises:
            InputError: If an archetype links to no row, or to none of those.
        """
        numbers = self.archetype_links(relation)
        return Drawn(np.array(numbers, np.int32)[self.archetype], relation.related_model)

    def archetype_links(self, relation: Field[Any, Any]) -> list[int]:
        """Return the number of the row that each archetype links to, -1 for none.

        Raises:
            InputError: If an archetype links to no row that is an archetype itself.
        """
        model: Any = relation.related_model
        parent = self.of(model)
        links = self.links(relation)
        numbers = parent.numbers_of(links, relation)
        for link, number in zip(links, numbers, strict=True):
            if number is None and (link.is_there or not relation.null):
                raise self.error(
                    f"{relation.name} is not described, and the archetypes do not link to rows of {parent.table.label}",
                    f"add it to columns, such as Popular({model.__name__})",
                )
        return [-1 if number is None else number for number in numbers]

    def links_to_kept(self, relation: Field[Any, Any]) -> bool:
        """Say whether archetypes link to rows that migrations made, in a table that is seeded besides."""
        model: Any = relation.related_model
        parent = self.others.get(model._meta.concrete_model)
        links = [link for link in self.links(relation) if link.is_there]
        if parent is None or not all(link.key in parent.kept.keys for link in links):
            return False
        return not any(n is not None for n in parent.numbers_of(links, relation))

    def links(self, relation: Field[Any, Any]) -> list[Linked]:
        """Return what the archetypes link to by a foreign key."""
        return [link_of(archetype, relation) for archetype in self.table.archetypes]

    def numbers_of(self, links: Sequence[Linked], relation: Field[Any, Any]) -> list[int | None]:
        """Return the numbers of the rows that links lead to; None for those that lead to none, or to rows that are no archetypes.

        Args:
            links: The links.
            relation: The foreign key that they are the values of.
        """
        if self.table.rows is not None:
            return [None] * len(links)
        target: Any = relation.target_field  # type: ignore[attr-defined]  # a relation has it
        by_identity = {id(archetype): number for number, archetype in enumerate(self.table.archetypes)}
        by_key = {getattr(archetype, target.attname): n for n, archetype in enumerate(self.table.archetypes)}
        return [
            by_identity.get(id(link.instance), by_key.get(link.key) if link.key is not None else None) for link in links
        ]

    @cached_property
    def given_keys(self) -> Numbers | None:
        """The key of each row, where the archetypes are the rows and bring keys; None where keys only count."""
        return counted_keys(self.table, self.kept.last)

    @property
    def key_fields(self) -> tuple[Any, ...]:
        """The fields of the primary key."""
        key: Any = self.table.model._meta.pk
        return tuple(key.fields) if key.column is None else (key,)

    @property
    def replaced(self) -> tuple[tuple[Any, ...], ...]:
        """The keys of rows that stay, and that are written again because they are archetypes."""
        if self.table.rows is not None:
            return ()
        keys = [archetype.pk for archetype in self.table.archetypes if archetype.pk in self.kept.keys]
        return tuple(key if isinstance(key, tuple) else (key,) for key in keys)
