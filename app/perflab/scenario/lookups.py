"""Finds the model and field of `app.Model.field` in the project that is set up in this process. Needs no database."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db.models import AutoField, DateField, IntegerField, Model, UUIDField

from perflab.errors import InputError, did_you_mean
from perflab.scenario.endpoint_params import RowField
from perflab.scenario.subject.calls import in_project


@dataclass(frozen=True, slots=True)
class Lookup:
    """A column to draw from. `target` is the model whose keys its values are; None for plain values."""

    model: type[Model]
    path: str
    target: type[Model] | None
    field: Any  # the last field of the path
    holder: type[Model]  # the model that has it

    @property
    def row(self) -> RowField:
        """Return the row and the field that the values come from."""
        drawn, (before, _, last) = self.model._meta.label, self.path.rpartition("__")
        if self.target is None:
            return RowField(drawn, self.holder._meta.label, before, last)
        return RowField(drawn, self.target._meta.label, self.path if _is_key(self.field) else before, "pk")


def lookup(source: str) -> Lookup:
    """Find a source in the project.

    Raises:
        InputError: There is no such model or field; the hint suggests the most similar one.
    """
    label, _, path = source.rpartition(".")
    model = _model(label)
    here: type[Model] = model
    field: Any = None
    for part in path.split("__"):
        if field is not None:
            if not _is_key(field) or not part:
                raise InputError(f"{source}: {field.name} is not a relation", hint="end the path there")
            here = field.related_model
        field = here._meta.pk if part == "pk" else _field(here, part, source)
    if _is_key(field):
        return Lookup(model, path, field.related_model, field, here)
    return Lookup(model, path, here if field.primary_key else None, field, here)


@in_project
def row_of(source: str) -> RowField:
    """Return the row and the field that a source's values come from; raises as `lookup`."""
    return lookup(source).row


@in_project
def example_of(source: str) -> Any:
    """Return a value of the kind that a source's field holds; raises as `lookup`."""
    field = lookup(source).field
    while field.is_relation:
        field = field.target_field
    match field:
        case UUIDField():
            return uuid.UUID(int=1)
        case IntegerField() | AutoField():
            return 1
        case DateField():
            return "2025-10-20"
        case _:
            return "x"


@in_project
def index_of(table: str, columns: Sequence[tuple[str, bool]]) -> tuple[str | None, list[str]]:
    """Return the label of the model of a table, None where no model has it, and an index's fields as models.Index takes them.

    Args:
        table: The table.
        columns: The index's columns, each with whether it descends.
    """
    model = next((m for m in apps.get_models(include_auto_created=True) if m._meta.db_table == table), None)
    names = {} if model is None else {str(field.column): field.name for field in model._meta.local_fields}
    fields = [f"{'-' * descends}{names.get(column, column)}" for column, descends in columns]
    return (None if model is None else str(model._meta.label)), fields


@in_project
def user_label() -> str:
    """Return the label of the project's user model, such as `auth.User`; empty, as no model's is, in a project without users."""
    try:
        return str(get_user_model()._meta.label)
    except ImproperlyConfigured:  # the app of the model is not installed
        return ""


def _model(label: str) -> type[Model]:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        labels = [m._meta.label for m in apps.get_models()]
        raise InputError(f"the project has no model {label!r}", hint=did_you_mean(label, labels)) from None


def _field(model: type[Model], name: str, source: str) -> Any:
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        hint = did_you_mean(name, ["pk", *_columns(model)])
        raise InputError(f"{source}: {model._meta.label} has no field {name!r}", hint=hint) from None
    if not field.concrete or field.many_to_many:
        raise InputError(
            f"{source}: {name!r} is not a column",
            hint=did_you_mean(name, ["pk", *_columns(model)]),
        )
    return field


def _is_key(field: Any) -> bool:
    """Tell whether the values of a field are keys of another model."""
    return bool(field.is_relation and (field.many_to_one or field.one_to_one))


def _columns(model: type[Model]) -> Iterable[str]:
    return [f.name for f in model._meta.concrete_fields]
