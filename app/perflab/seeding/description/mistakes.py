"""The mistakes of a description, all of them at once, before a server is started or a table emptied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import AutoField, Field, Model

from perflab.errors import InputError
from perflab.seeding.columns.base import needed_models
from perflab.seeding.description.instances import is_kind, is_left_out, is_left_to_the_database
from perflab.seeding.loading.drawing import family
from perflab.seeding.present import TABLES, UNKNOWN, Present
from perflab.seeding.rows import Rows
from perflab.seeding.table import Table

MAX_TOLD = 20
# Up to this many rows are drawn once only to find mistakes, in about 20 ms.
MAX_TRIED_ROWS = 50_000


def check(tables: Sequence[Table], present: Present = UNKNOWN, trial_seed: int | None = None) -> None:
    """Check that tables can be multiplied, before anything is dropped.

    Args:
        tables: The description.
        present: What is in the database; without it, links to rows that migrations make are not checked.
        trial_seed: A seed to draw a small description with, which finds what only drawing shows.

    Raises:
        InputError: All mistakes, in one line.
    """
    raise_together(mistakes(tables, present, trial_seed))


def raise_together(errors: Sequence[InputError]) -> None:
    """Raise one error that tells all mistakes; does nothing if there are none.

    Args:
        errors: The mistakes; the same text counts once.

    Raises:
        InputError: The mistake, or all of them, numbered.
    """
    texts = {str(error): error for error in errors}
    if not texts:
        return
    if len(texts) == 1:
        raise next(iter(texts.values()))
    numbered = [f"({number}) {text}" for number, text in enumerate(list(texts)[:MAX_TOLD], 1)]
    more = f" and {len(texts) - MAX_TOLD} more" if len(texts) > MAX_TOLD else ""
    raise InputError(f"{len(texts)} mistakes in the seeding: {' '.join(numbered)}{more}")


def mistakes(tables: Sequence[Table], present: Present = UNKNOWN, trial_seed: int | None = None) -> list[InputError]:
    """Return the mistakes of a description, which `check` raises.

    Args:
        tables: The tables that it describes.
        present: The rows that migrations made.
        trial_seed: Seed of the rows that are drawn to try the columns; None draws none.
    """
    listed = {table.model for table in tables}
    rows = family(tables, trial_seed or 0, present)
    errors: list[InputError] = []
    seen: set[tuple[type[Model], type[Model] | None]] = set()
    for table in tables:
        own = rows[table.model].part(table)
        if (table.model, table.child) in seen:
            errors.append(own.error("is listed twice", "list one Table for each model"))
            continue
        seen.add((table.model, table.child))
        errors += [*_place(own, present), *_columns(own, listed, present), *_archetypes(own, present)]
    may_draw = sum(table.count for table in tables) <= MAX_TRIED_ROWS and (
        present.is_known or _knows_all(tables, listed)
    )
    if not errors and trial_seed is not None and may_draw:
        errors = list(_drawing(tables, trial_seed, present))
    return errors


def _knows_all(tables: Sequence[Table], listed: set[type[Model]]) -> bool:
    """Say whether the description links to seeded tables only."""
    return all(needed_models([*table.columns.values(), *table.links.values()]) <= listed for table in tables)


def _place(own: Rows, present: Present) -> Iterator[InputError]:
    """Whether there is a table to write to."""
    meta = own.table.model._meta
    if not present.is_known or (kind := present.kinds.get(own.table.model)) in TABLES:
        return
    if kind is None:
        why = "the model is unmanaged, and no migration makes it" if not meta.managed else "no migration makes it"
        yield own.error(f"there is no table {meta.db_table}: {why}", "leave it out, or make it in a migration")
    else:
        yield own.error(f"{meta.db_table} is a view, not a table", "seed the tables that it shows")


def _columns(own: Rows, listed: set[type[Model]], present: Present) -> Iterator[InputError]:
    """Whether the columns exist, and the tables that they choose from."""
    table = own.table
    fields = {field.name: field for field in table.model._meta.local_concrete_fields}
    for name in table.columns:
        if name not in fields:
            yield own.error(f"has no column {name!r}", f"use one of {', '.join(sorted(fields))}")
        elif getattr(fields[name], "generated", False):
            yield own.error(f"the database itself computes {name}", "take it out of columns")
    if not present.is_known:
        return
    available = listed | present.tables.keys()
    for model in sorted(needed_models([*table.columns.values(), *table.links.values()]), key=lambda m: m._meta.label):
        try:
            if model not in available:
                own.of(model)
            elif model not in listed and not present.tables[model].archetypes:
                yield own.error(
                    f"refers to {model._meta.label}, which is neither seeded nor filled by a migration",
                    "add a Table for it",
                )
        except InputError as error:
            yield error


def _archetypes(own: Rows, present: Present) -> Iterator[InputError]:
    """Whether the archetypes have a value for everything that no column is drawn for, and one that fits."""
    table = own.table
    if table.count and not table.archetypes:
        yield own.error("no archetypes", "build at least one")
        return
    for field in table.model._meta.local_concrete_fields:
        if field.name in table.columns or getattr(field, "generated", False):
            continue
        if field.is_relation:
            yield from _relation(own, field, present)
        elif not (is_kind(field, AutoField) or is_left_out(table, field)):
            yield from _value(own, field)


def _relation(own: Rows, field: Any, present: Present) -> Iterator[InputError]:
    links = own.links(field)
    there = [link for link in links if link.is_there]
    if len(there) < len(links) and not field.null:
        yield own.error(
            f"{field.name} may not be null, and an archetype has no value for it",
            "add it to columns, or to the factory",
        )
    elif not present.is_known and all(link.key is not None for link in there):
        return  # a migration may have made those rows
    elif there:
        try:
            if not own.links_to_kept(field):
                own.archetype_links(field)
        except InputError as error:
            yield error


def _value(own: Rows, field: Field[Any, Any]) -> Iterator[InputError]:
    values = [getattr(archetype, field.attname) for archetype in own.table.archetypes]
    if any(map(is_left_to_the_database, values)):
        yield own.error(
            f"{field.name} is left to the database by some archetypes and given by others", "give it to all or to none"
        )
        return
    if None in values and not field.null:
        yield own.error(
            f"{field.name} may not be null, and an archetype has no value for it",
            "add it to columns, or to the factory",
        )
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    if field.max_length is not None and longest > field.max_length:
        yield own.error(
            f"{field.name} takes {field.max_length} characters, and an archetype has {longest}",
            "shorten it in the factory",
        )
    if field.unique and own.table.count > len(values) and any(value is not None for value in values):
        yield own.error(
            f"{field.name} is unique, and {own.table.count} rows take it from {len(values)} archetypes",
            "add it to columns, such as Numbered, Key, Series or Uuid",
        )


def _drawing(tables: Sequence[Table], seed: int, present: Present) -> Iterator[InputError]:
    """Draw everything once, and go on after a mistake."""
    rows = family(tables, seed, present)
    for table in tables:
        for name in (*table.links, *table.columns):
            try:
                rows[table.model].part(table).path(name)
            except InputError as error:
                yield error
        try:
            _ = rows[table.model].part(table).archetype
        except InputError as error:
            yield error
