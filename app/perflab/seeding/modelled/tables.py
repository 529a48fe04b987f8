"""The function that describes a project's data by its models, as a project's own would: see Table."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db import models

from perflab.run.scenario import EVERY
from perflab.seeding.columns.base import Column
from perflab.seeding.columns.choices import Pick, Popular
from perflab.seeding.columns.derived import Sometimes
from perflab.seeding.columns.values import After, Between
from perflab.seeding.modelled.constraints import holds
from perflab.seeding.modelled.uniqueness import columns_of, most_rows
from perflab.seeding.modelled.values import ValueMaker
from perflab.seeding.table import Table

# The number of rows of a model for which data.rows has none.
USUAL_ROWS = 1_000
# Archetypes of a table: its columns that are not links, moments or unique take their values from them.
ARCHETYPES = 100
# Django itself fills these, or a deployment does.
LEFT_OUT = frozenset({
    "admin.LogEntry", "auth.Group", "auth.Group_permissions", "auth.Permission", "auth.User_groups", "auth.User_user_permissions",
    "contenttypes.ContentType", "sessions.Session", "sites.Site",
})  # fmt: skip
PERMISSIONS = frozenset({"auth.Group", "auth.Permission"})
# A share of the rows has a link that may be null and that forms need not fill in, or a moment that may be null; of moments that
# say that something is over, few.
LINKED, HAPPENED, OVER = 0.8, 0.7, 0.05
ENDS = ("end", "expire", "due", "until", "deadline", "finish", "complet", "closed", "return")
# What may lie after the end of the data.
AHEAD = ("expire", "due", "until", "deadline")
IS_OVER = ("delet", "remov", "archiv", "disabled", "banned", "revoked", "cancel")
WITHIN = dt.timedelta(days=365)


def from_models(as_of: dt.datetime, rows: Mapping[str, int], rng: random.Random) -> list[Table]:
    """Return a table for each model of the project that Django does not fill itself.

    Args:
        as_of: The moment that the data ends at.
        rows: The number of rows by the model's label, and under EVERY that of all others.
        rng: A random generator with the run's seed.

    Raises:
        InputError: A field or a constraint takes nothing that is tried.
    """
    every = rows.get(EVERY, USUAL_ROWS)
    wanted = {model: rows.get(model._meta.label, every) for model in seeded_models(rows)}
    counts = _possible(wanted)
    return [
        _table(model, counts, as_of, random.Random(f"{model._meta.label}{rng.random()}"))
        for model in wanted
        if counts[model]
    ]


def seeded_models(rows: Mapping[str, int]) -> list[Any]:
    """Return the models whose tables are filled, in Django's order.

    Args:
        rows: `data.rows`: a parent of other models has rows of its own only if it is named there.
    """
    every: list[Any] = list(apps.get_models(include_auto_created=True))
    parents = {parent for model in every if not model._meta.proxy for parent in model._meta.parents}
    chosen = []
    for model in every:
        meta = model._meta
        if meta.proxy or not meta.managed or meta.swapped:
            continue
        if meta.label not in rows and (meta.label in LEFT_OUT or model in parents or _grants_permissions(model)):
            continue
        chosen.append(model)
    return chosen


def _grants_permissions(model: Any) -> bool:
    """Tell whether a table only joins users with groups or permissions, of a user model of the project's own too."""
    linked = {
        field.related_model._meta.label for field in model._meta.fields if field.is_relation and field.related_model
    }
    return bool(model._meta.auto_created and linked & PERMISSIONS)


def _possible(wanted: Mapping[Any, int]) -> dict[Any, int]:
    """Return the number of rows of each model: as many as are wanted, or as its constraints and its parents allow."""
    counts = dict(wanted)
    for _ in wanted:  # each pass may limit a table that others link to
        before = dict(counts)
        for model in wanted:
            for field in _needed_links(model):
                parent = field.related_model._meta.concrete_model
                if not _rows_of(parent, counts):
                    counts[model] = 0
            available = {parent: _rows_of(parent, counts) for parent in (*counts, *_linked(model))}
            most = most_rows(model, available)
            counts[model] = counts[model] if most is None else min(counts[model], most)
        if counts == before:
            break
    return counts


def _linked(model: Any) -> Iterator[Any]:
    for field in model._meta.local_concrete_fields:
        if field.is_relation and field.related_model is not None:
            yield field.related_model._meta.concrete_model


def _needed_links(model: Any) -> Iterator[Any]:
    """Yield the foreign keys without which a row cannot be, but for those to the table itself and to a parent's row."""
    for field in model._meta.local_concrete_fields:
        if not (field.is_relation and field.related_model is not None) or field.null:
            continue
        if field.related_model is not model and not field.remote_field.parent_link:
            yield field


def _rows_of(model: Any, counts: Mapping[Any, int]) -> int:
    """Return the rows that links to a model may choose from: its own, those that its children bring, or those of Django's own."""
    own = [count for child, count in counts.items() if child is model or model in child._meta.get_parent_list()]
    if own:
        return sum(own)
    # Django makes one content type for each model, and one site.
    return {"contenttypes.ContentType": len(list(apps.get_models())), "sites.Site": 1}.get(model._meta.label, 0)


def _table(model: Any, counts: Mapping[Any, int], as_of: dt.datetime, rng: random.Random) -> Table:
    fields = [field for field in model._meta.local_concrete_fields if not _is_the_databases(field)]
    counts = {**counts, **{to: _rows_of(to, counts) for to in _linked(model)}}
    drawn = {**_links(model, fields, counts), **_moments(fields, as_of)}
    columns: dict[str, Column] = {**drawn, **columns_of(model, drawn, counts, as_of)}
    # A table of one of several models with a common parent has the parent's fields too: their rows have the same archetypes.
    inherited = [field for parent in model._meta.get_parent_list() for field in parent._meta.local_concrete_fields]
    others = [field for field in inherited if not _is_the_databases(field)]
    for parent in model._meta.get_parent_list():
        own = [field for field in parent._meta.local_concrete_fields if not _is_the_databases(field)]
        for_parent = {**_links(parent, own, counts), **_moments(own, as_of)}
        part = 1 + [other for other in counts if issubclass(other, parent)].index(model)
        columns = {**for_parent, **columns_of(parent, for_parent, counts, as_of, part), **columns}
    maker = ValueMaker(as_of, rng)
    plain = [field for field in (*others, *fields) if field.name not in columns and not field.is_relation]
    number = min(ARCHETYPES, counts[model])
    archetypes = [_archetype(model, plain, maker) for _ in range(number)]
    for field in plain:
        if field.unique:  # with choices: there are no more rows than those
            for archetype, (value, _) in zip(archetypes, field.flatchoices, strict=False):
                setattr(archetype, field.attname, value)
    return Table(model, counts[model], archetypes, columns)


def _is_the_databases(field: Any) -> bool:
    """Tell whether a row is written without the field: keys that count, computed columns, dates of saving, a parent's key."""
    if isinstance(field, models.AutoField) or getattr(field, "generated", False):
        return True
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return True
    return bool(
        field.is_relation and field.remote_field is not None and getattr(field.remote_field, "parent_link", False)
    )


def _links(model: Any, fields: Sequence[Any], counts: Mapping[Any, int]) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for field in fields:
        if not field.is_relation or field.related_model is None:
            continue
        to = field.related_model._meta.concrete_model
        if not _rows_of(to, counts):
            continue  # null: `_possible` leaves tables out that cannot do without
        link: Column = Pick(to) if to._meta.label in LEFT_OUT else Popular(to, 0.8)
        columns[field.name] = Sometimes(LINKED, link) if field.null and field.blank and to is not model else link
    return columns


def _moments(fields: Sequence[Any], as_of: dt.datetime) -> dict[str, Column]:
    """Return columns for days and moments: most within a year before the data ends, what ends after what begins.

    What expires or is due may lie ahead, nothing else does.
    """
    columns: dict[str, Column] = {}
    dates = [
        field for field in fields if field.get_internal_type() in ("DateField", "DateTimeField") and not field.choices
    ]
    first: Any = None
    for field in sorted(dates, key=lambda field: any(word in field.name for word in ENDS)):
        if first is not None and any(word in field.name for word in ENDS):
            is_ahead = any(word in field.name for word in AHEAD)
            column: Column = After(first.name, (0.1, 60), None if is_ahead else as_of)
        else:
            column = Between(as_of - WITHIN, as_of)
            first = first or (None if field.null else field)
        if field.null:
            column = Sometimes(OVER if any(word in field.name for word in IS_OVER) else HAPPENED, column)
        columns[field.name] = column
    return columns


def _archetype(model: Any, fields: Sequence[Any], maker: ValueMaker) -> Any:
    """Return an instance whose values satisfy the model's check constraints, if one of several does."""
    for _ in range(20):
        instance = model(**{field.attname: maker.value(field) for field in fields})
        if hasattr(instance, "password") and any(field.attname == "password" for field in fields):
            instance.password = "!"  # nobody can log in by it
        if all(holds(constraint, instance, {field.name for field in fields}) for constraint in model._meta.constraints):
            break
    return instance
