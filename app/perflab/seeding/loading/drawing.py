"""The part that COPY and inserts share: checking the tables, drawing their rows, reporting progress."""

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
class LoadProgress:
    """The progress of a phase: rows done and in total, rows per second, seconds left (None while unknown)."""

    phase: str
    done_rows: int
    total_rows: int
    rate_rows_per_s: float | None = None
    eta_s: float | None = None


Report = Callable[[LoadProgress], None]


@dataclass
class Meter:
    """Counts rows, and reports them with their rate."""

    total_rows: int
    report: Report
    began: float = field(default_factory=time.monotonic)
    done_rows: int = 0

    def add(self, rows: int) -> None:
        """Count more rows, and report."""
        self.done_rows += rows
        elapsed_s = time.monotonic() - self.began
        rate = self.done_rows / elapsed_s if elapsed_s > 0 else None
        eta_s = (self.total_rows - self.done_rows) / rate if rate else None
        self.report(LoadProgress("copy rows", self.done_rows, self.total_rows, rate, eta_s))


def check(tables: Sequence[Table]) -> None:
    """Check that tables can be multiplied, before anything is dropped. Raises InputError if not."""
    seen: set[type[Model]] = set()
    for table in tables:
        names = {field.name for field in table.model._meta.local_concrete_fields}
        where = f"seed of {table.label}"
        if table.model in seen:
            raise InputError("is listed twice", where=where, hint="list one Table for each model")
        for name in table.columns:
            if name not in names:
                raise InputError(f"has no column {name!r}", where=where, hint=f"use one of {', '.join(sorted(names))}")
        for model in needed_models([*table.columns.values(), *table.links.values()]) - seen:
            raise InputError(
                f"refers to {model._meta.label}, which is not seeded before it", where=where, hint="list parents first"
            )
        seen.add(table.model)


def drawn(tables: Sequence[Table], seed: int) -> Iterator[Rows]:
    """Draw each table's rows, which must be used before the next table's are drawn.

    The rows that later tables choose from are kept until then, the others are forgotten.
    """
    kept: dict[type[Model], Rows] = {}
    for position, table in enumerate(tables):
        rows = Rows(table, seed, kept)
        rows.draw()
        yield rows
        kept[table.model] = rows
        for model in kept.keys() - _needed(kept, tables[position + 1 :]):
            del kept[model]


def _needed(kept: Mapping[type[Model], Rows], later: Sequence[Table]) -> set[type[Model]]:
    """Return the models that later tables link to, and those that their rows link to in turn."""
    pending: set[Any] = set()
    for table in later:
        pending |= needed_models([*table.columns.values(), *table.links.values()])
        pending |= {field.related_model for field in table.model._meta.local_concrete_fields if field.is_relation}
    needed: set[type[Model]] = set()
    while pending := (pending & kept.keys()) - needed:
        needed |= pending
        pending = {column.to for model in pending for column in kept[model].drawn.values()}
    return needed
