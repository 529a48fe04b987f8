"""What both ways of loading share: the check of what is to be drawn, the drawing itself, and how far it has come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from perflab.errors import InputError
from perflab.seeding.columns.base import needed_models
from perflab.seeding.rows import Rows
from perflab.seeding.table import Table


@dataclass(frozen=True)
class Progress:
    """How far a phase is: rows done and to do, rows per second, seconds left (None while nobody can tell)."""

    phase: str
    done_rows: int
    total_rows: int
    rate_rows_per_s: float | None = None
    eta_s: float | None = None


Report = Callable[[Progress], None]


@dataclass
class Meter:
    """Counts rows, and reports them with their rate."""

    total_rows: int
    report: Report
    began: float = field(default_factory=time.monotonic)
    done_rows: int = 0

    def add(self, rows: int) -> None:
        self.done_rows += rows
        elapsed_s = time.monotonic() - self.began
        rate = self.done_rows / elapsed_s if elapsed_s > 0 else None
        eta_s = (self.total_rows - self.done_rows) / rate if rate else None
        self.report(Progress("copy rows", self.done_rows, self.total_rows, rate, eta_s))


def check(tables: Sequence[Table]) -> None:
    """Refuse tables that cannot be multiplied, before anything is dropped."""
    seen: set[type[Model]] = set()
    for table in tables:
        names = {one.name for one in table.model._meta.local_concrete_fields}
        where = f"seed of {table.label}"
        if table.model in seen:
            raise InputError("is listed twice", where=where, hint="one Table for each model")
        for name in table.columns:
            if name not in names:
                raise InputError(f"has no column {name!r}", where=where, hint=f"use one of {', '.join(sorted(names))}")
        for model in needed_models([*table.columns.values(), *table.links.values()]) - seen:
            raise InputError(
                f"refers to {model._meta.label}, which is not seeded before it", where=where, hint="list parents first"
            )
        seen.add(table.model)


def drawn(tables: Sequence[Table], seed: int) -> Iterator[Rows]:
    """Each table's rows, drawn, to be used before the next are asked for.

    What a later table chooses from is remembered meanwhile, and the rest forgotten.
    """
    known: dict[type[Model], Rows] = {}
    for position, table in enumerate(tables):
        rows = Rows(table, seed, known)
        rows.draw()
        yield rows
        known[table.model] = rows
        for model in known.keys() - _needed(known, tables[position + 1 :]):
            del known[model]


def _needed(known: Mapping[type[Model], Rows], later: Sequence[Table]) -> set[type[Model]]:
    """The models that tables to come link to, and those that their rows link to in turn."""
    open_: set[Any] = set()
    for table in later:
        open_ |= needed_models([*table.columns.values(), *table.links.values()])
        open_ |= {one.related_model for one in table.model._meta.local_concrete_fields if one.is_relation}
    found: set[type[Model]] = set()
    while open_ := (open_ & known.keys()) - found:
        found |= open_
        open_ = {drawn.to for model in open_ for drawn in known[model].drawn.values()}
    return found
