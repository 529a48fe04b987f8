"""The rows of a parent model's table (multi-table inheritance) in parts: rows of its own, and those that children bring along.

Each part is drawn from its own description and loaded by itself. Other tables see one table, whose rows are numbered through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
import pyarrow as pa
from django.db.models import Field, Model

from perflab.seeding.columns.base import Drawn
from perflab.seeding.description.instances import Linked
from perflab.seeding.present import Kept
from perflab.seeding.rows import Numbers, Rows
from perflab.seeding.table import Table


@dataclass
class Joined(Rows):
    """All rows of a table that has several parts.

    Args:
        own: The parts, in the order of their numbers.
    """

    own: Sequence[Rows] = field(default_factory=list)

    @classmethod
    def of_tables(cls, tables: Sequence[Table], seed: int, others: Mapping[type[Model], Rows], kept: Kept) -> Self:
        """Return the rows that several descriptions of one model describe.

        Keys that archetypes bring come first: the others are numbered after them.

        Args:
            tables: The descriptions, in the order in which they are loaded.
            seed: The run's seed.
            others: The rows of all tables, by model.
            kept: The rows that stay in the table.
        """
        parts, first, last = list[Rows](), 0, kept.last
        for table in sorted(tables, key=lambda table: table.child is not None):
            part = Rows(table, seed, others, kept=Kept(kept.keys, last), first=first, is_first=table is tables[0])
            keys = part.given_keys
            last = last + table.count if keys is None else max([last, *keys.tolist()])
            first += table.count
            parts.append(part)
        rows = None if all(table.rows is None for table in tables) else first
        archetypes = [archetype for part in parts for archetype in part.table.archetypes]
        columns = {name: column for part in parts for name, column in part.table.columns.items()}
        return cls(Table(tables[0].model, rows, archetypes, columns), seed, others, kept=kept, own=parts)

    @property
    def parts(self) -> Sequence[Rows]:
        """The parts of the table's rows."""
        return self.own

    def part(self, table: Table) -> Rows:
        """Return the rows that one table of the description describes."""
        return next(part for part in self.own if part.table is table)

    def first_of(self, child: type[Model]) -> int:
        """Return the number of the first row that a child model's rows bring along."""
        return next(part.first for part in self.own if part.table.child is child)

    @cached_property
    def archetype(self) -> Numbers:
        """The number of each row's archetype, among those of all parts."""
        numbers, before = list[Numbers](), 0
        for part in self.own:
            numbers.append(part.archetype + np.int32(before))
            before += len(part.table.archetypes)
        return np.concatenate(numbers)

    @cached_property
    def given_keys(self) -> Numbers | None:
        """The key of each row, where archetypes bring some; None where keys only count."""
        if all(part.given_keys is None for part in self.own):
            return None
        return np.concatenate([_keys(part) for part in self.own])

    def _own(self, name: str) -> Drawn:
        if name not in self.drawn:
            drawn = [part._own(name) for part in self.own if part.count] or [self.own[0]._own(name)]
            values = [each.values for each in drawn]
            if any(isinstance(each, pa.Array) for each in values):
                joined: Any = pa.concat_arrays(
                    [each if isinstance(each, pa.Array) else pa.array(each) for each in values]
                )
            else:
                joined = np.concatenate(values)
            self.drawn[name] = Drawn(joined, drawn[0].to)
        return self.drawn[name]

    def numbers_of(self, links: Sequence[Linked], relation: Field[Any, Any]) -> list[int | None]:
        """Return the numbers of the rows that links lead to, in whichever part they are; None for those that lead to none.

        Args:
            links: The links.
            relation: The foreign key that they are the values of.
        """
        numbers: list[int | None] = [None] * len(links)
        for part in self.own:
            of_part = part.numbers_of(links, relation)
            numbers = [
                number if own is None else part.first + own for number, own in zip(numbers, of_part, strict=True)
            ]
        return numbers


def _keys(part: Rows) -> Numbers:
    if part.given_keys is not None:
        return part.given_keys
    return np.arange(part.kept.last + 1, part.kept.last + 1 + part.count)
