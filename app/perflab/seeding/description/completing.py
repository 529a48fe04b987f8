"""What a description may leave out: UUID keys, defaults of the database, the tables of parent models.

A default that is the current time is the moment that the data ends at, so that two seedings are alike.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Model, UUIDField
from django.db.models.expressions import CombinedExpression, Value
from django.db.models.functions import Now

from perflab.seeding.columns.base import Column
from perflab.seeding.columns.choices import Each
from perflab.seeding.columns.values import Uuid
from perflab.seeding.description.instances import is_default_of_the_database, is_left_out, is_left_to_the_database
from perflab.seeding.table import Table

OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def completed(tables: Sequence[Table], as_of: dt.datetime) -> list[Table]:
    """Return the description with what it leaves out.

    Args:
        tables: The project's description.
        as_of: The moment that the data ends at.
    """
    listed = {table.model._meta.concrete_model for table in tables}
    complete: list[Table] = []
    for table in tables:
        if table.model._meta.proxy:
            table = replace(table, model=table.model._meta.concrete_model or table.model)
        for own in _with_parents(table, listed):
            _fill_defaults(own, as_of)
            complete.append(replace(own, columns={**_uuids(own), **own.columns}))
    return complete


def _with_parents(table: Table, listed: set[type[Model] | None]) -> Iterator[Table]:
    """Yield the tables of parent models that are not listed (multi-table inheritance), then the table itself.

    A parent's row has the number and the archetype of the child's, so both describe the same instance.
    """
    if table.archetype_from is None and table.weighted_by is None:
        for parent, link in table.model._meta.parents.items():
            if link is None or link.model is not table.model or link.name in table.columns or parent in listed:
                continue
            listed.add(parent)
            of_parent = {field.name for field in parent._meta.concrete_fields}
            columns = {name: column for name, column in table.columns.items() if name in of_parent}
            yield from _with_parents(Table(parent, table.rows, table.archetypes, columns, keep=table.keep), listed)
            own: dict[str, Column] = {name: c for name, c in table.columns.items() if name not in of_parent}
            same = link.name if table.rows is not None else None
            table = replace(table, columns={link.name: Each(parent), **own}, archetype_from=same)
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
