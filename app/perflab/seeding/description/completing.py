"""What a description may leave out: UUID keys, defaults of the database, dates of saving, the tables of parent models.

A default that is the current time is the moment that the data ends at, so that two seedings are alike. Dates that Django sets
when a row is saved (auto_now_add, auto_now) are spread over the year before that moment: all rows at one moment would be ties.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import UUIDField
from django.db.models.expressions import CombinedExpression, Value
from django.db.models.functions import Now

from perflab.seeding.columns.base import Column
from perflab.seeding.columns.choices import Inherited
from perflab.seeding.columns.values import After, Between, Uuid
from perflab.seeding.description.instances import (
    is_default_of_the_database,
    is_left_out,
    is_left_to_the_database,
    link_of,
)
from perflab.seeding.table import Table

# Rows were saved first within this time before the data ends, and last within this time after that.
SAVED_WITHIN, CHANGED_WITHIN_DAYS = dt.timedelta(days=365), 30
OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def completed(tables: Sequence[Table], as_of: dt.datetime) -> list[Table]:
    """Return the description with what it leaves out.

    Args:
        tables: The project's description.
        as_of: The moment that the data ends at.
    """
    keeps: dict[Any, bool] = {table.model._meta.concrete_model: table.keep for table in tables}
    complete: list[Table] = []
    for table in tables:
        if table.model._meta.proxy:
            table = replace(table, model=table.model._meta.concrete_model or table.model)
        for own in _with_parents(table, keeps):
            _fill_defaults(own, as_of)
            complete.append(replace(own, columns={**_uuids(own), **_saved(own, as_of), **own.columns}))
    return complete


def _with_parents(table: Table, keeps: Mapping[Any, bool]) -> Iterator[Table]:
    """Yield the rows of parent models that a table's rows bring along (multi-table inheritance), then the table itself.

    A parent's row has the archetype of the child's, so both describe the same instance. The parent's table may also have rows of
    its own, which are listed, and those of other children. Archetypes that link to listed rows of the parent bring none.

    Args:
        table: The table.
        keeps: Whether rows of migrations stay in a listed table, by its model.
    """
    if table.archetype_from is None and table.weighted_by is None:
        child = table.child or table.model
        for parent, link in table.model._meta.parents.items():
            if link is None or link.model is not table.model or link.name in table.columns:
                continue
            if parent in keeps and any(link_of(archetype, link).is_there for archetype in table.archetypes):
                continue
            of_parent = {field.name for field in parent._meta.concrete_fields}
            columns = {name: column for name, column in table.columns.items() if name in of_parent}
            keep = keeps.get(parent, table.keep)
            yield from _with_parents(
                Table(parent, table.rows, table.archetypes, columns, keep=keep, child=child), keeps
            )
            own: dict[str, Column] = {name: c for name, c in table.columns.items() if name not in of_parent}
            same = link.name if table.rows is not None else None
            table = replace(table, columns={link.name: Inherited(parent, child), **own}, archetype_from=same)
    yield table


def _uuids(table: Table) -> dict[str, Column]:
    """Return columns for unique UUIDs that no column is given for: those of archetypes would be in many rows."""
    columns: dict[str, Column] = {}
    for field in table.model._meta.local_concrete_fields:
        if not isinstance(field, UUIDField) or field.name in table.columns:
            continue
        is_default = field.has_default() and callable(field.default) and field.unique and table.rows is not None
        if is_default or (is_left_out(table, field) and table.archetypes):
            columns[field.name] = Uuid()
    return columns


def _saved(table: Table, as_of: dt.datetime) -> dict[str, Column]:
    """Return columns for what Django sets when a row is saved, and no column or archetype has; a time of day is as_of's."""
    fields: Sequence[Any] = table.model._meta.local_concrete_fields
    added, changed = list[str](), list[str]()
    for field in fields:
        is_set = getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False)
        if (
            not is_set
            or field.name in table.columns
            or any(getattr(archetype, field.attname) is not None for archetype in table.archetypes)
        ):
            continue
        if field.get_internal_type() == "TimeField":
            for archetype in table.archetypes:
                setattr(archetype, field.attname, as_of.time())
        else:
            (added if field.auto_now_add else changed).append(field.name)
    first = Between(as_of - SAVED_WITHIN, as_of)
    last = After(added[0], (0, CHANGED_WITHIN_DAYS), as_of) if added else first
    return {**dict.fromkeys(added, first), **dict.fromkeys(changed, last)}


def _fill_defaults(table: Table, as_of: dt.datetime) -> None:
    """Give archetypes the defaults of the database that can be told without it: constants, and the current time."""
    fields: Sequence[Any] = table.model._meta.local_concrete_fields
    for field in fields:
        if not is_default_of_the_database(field) or field.is_relation:
            continue
        try:
            value = _evaluated(field._db_default_expression, as_of)
        except NotImplementedError:
            continue  # left out of the rows: the database fills it in
        if isinstance(value, dt.datetime) and field.get_internal_type() != "DateTimeField":
            value = value.date() if field.get_internal_type() == "DateField" else value.time()
        for archetype in table.archetypes:
            if is_left_to_the_database(getattr(archetype, field.attname)):
                setattr(archetype, field.attname, value)


def _evaluated(expression: Any, as_of: dt.datetime) -> Any:
    """Return the value of an expression of constants and the current time. Raises NotImplementedError for any other."""
    if isinstance(expression, Value):
        return expression.value
    if isinstance(expression, Now):
        return as_of
    if isinstance(expression, CombinedExpression) and expression.connector in OPERATORS:
        sides = (_evaluated(side, as_of) for side in (expression.lhs, expression.rhs))
        return OPERATORS[expression.connector](*sides)
    raise NotImplementedError
