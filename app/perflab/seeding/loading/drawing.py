"""The part that COPY and inserts share: drawing the tables' rows, reporting progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from perflab.seeding.columns.base import needed_models
from perflab.seeding.joined import Joined
from perflab.seeding.present import UNKNOWN, Present
from perflab.seeding.rows import NONE_KEPT, Rows
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


def family(tables: Sequence[Table], seed: int, present: Present = UNKNOWN) -> dict[type[Model], Rows]:
    """Return the rows of all tables, of which nothing is drawn yet, and of those that are in the database already.

    Args:
        tables: The description.
        seed: The run's seed.
        present: What is in the database.
    """
    rows: dict[type[Model], Rows] = {}
    by_model: dict[type[Model], list[Table]] = {}
    for table in (*present.tables.values(), *tables):
        by_model.setdefault(table.model, []).append(table)
    for model, parts in by_model.items():
        kept = present.kept.get(model, NONE_KEPT)
        rows[model] = (
            Rows(parts[0], seed, rows, kept=kept) if len(parts) == 1 else Joined.of_tables(parts, seed, rows, kept)
        )
    return rows


def drawn(tables: Sequence[Table], seed: int, present: Present = UNKNOWN) -> Iterator[Rows]:
    """Draw each table's rows, which must be used before the next table's are drawn.

    The rows that later tables choose from are kept until then, the others are forgotten.

    Args:
        tables: The description.
        seed: The run's seed.
        present: What is in the database.
    """
    rows = family(tables, seed, present)
    done: set[type[Model]] = set(present.tables)
    for position, table in enumerate(tables):
        own, later = rows[table.model].part(table), tables[position + 1 :]
        own.draw()
        yield own
        done.add(table.model)
        for model in done - _needed(rows, later) - {table.model for table in later}:
            rows.pop(model, None)


def _needed(rows: Mapping[type[Model], Rows], later: Sequence[Table]) -> set[type[Model]]:
    """Return the models that later tables link to, and those that their rows link to in turn."""
    pending: set[Any] = set()
    for table in later:
        pending |= needed_models([*table.columns.values(), *table.links.values()])
        pending |= {field.related_model for field in table.model._meta.local_concrete_fields if field.is_relation}
    needed: set[type[Model]] = set()
    while pending := (pending & rows.keys()) - needed:
        needed |= pending
        families = [part for model in pending for part in (rows[model], *rows[model].parts)]
        pending = {column.to for part in families for column in part.drawn.values()}
    return needed


def counts(tables: Sequence[Table], present: Present) -> dict[str, int]:
    """Return the number of rows of each table after loading, those that stay included, by the model's label."""
    result: dict[str, int] = {}
    for table in tables:
        rows = Rows(table, 0, {}, kept=present.kept.get(table.model, NONE_KEPT))
        before = result.get(table.label, len(rows.kept.keys))
        result[table.label] = before + rows.count - len(rows.replaced)
    return result
