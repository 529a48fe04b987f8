"""Hands a description over to the lab: what the project's process sends in place of models, instances and functions.

The counterpart is standins.py.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from django.db import models

from perflab.scenario.subject.calls import in_project
from perflab.scenario.subject.sending import REDUCERS
from perflab.seeding.description.facts import FieldFacts, InstanceFacts, ModelFacts
from perflab.seeding.description.held import hold
from perflab.seeding.description.instances import is_left_to_the_database, link_of
from perflab.seeding.description.standins import DatabaseDefault, Function, OwnColumn, archetype_of, model_of
from perflab.seeding.table import Table

KINDS = (models.AutoField, models.BooleanField, models.DateField, models.DateTimeField, models.UUIDField)


@in_project
def begin() -> list[ModelFacts]:
    """Hand over from now on; return what the lab needs to know of all models of the project."""
    from django.apps import apps

    REDUCERS[:] = [reduced]
    return [_model(model) for model in apps.get_models(include_auto_created=True)]


def _model(model: Any) -> ModelFacts:
    meta = model._meta
    local = tuple(map(_field, meta.local_concrete_fields))
    names = {each.name for each in local}
    return ModelFacts(
        meta.label, model.__name__, meta.db_table, meta.managed, meta.proxy, meta.concrete_model._meta.label,
        _field(meta.pk), local, tuple(_field(each) for each in meta.concrete_fields if each.name not in names),
    )  # fmt: skip


def _field(field: Any) -> FieldFacts:
    links = field.is_relation and field.related_model is not None
    return FieldFacts(
        name=field.name,
        attname=field.attname,
        column=field.column,
        null=field.null,
        unique=field.unique,
        primary_key=field.primary_key,
        is_relation=field.is_relation,
        generated=bool(getattr(field, "generated", False)),
        max_length=field.max_length,
        related=field.related_model._meta.label if links else None,
        target=field.target_field.name if links else None,
        parts=tuple(part.name for part in getattr(field, "fields", ())) if field.column is None else (),
        kinds=frozenset(kind.__name__ for kind in KINDS if isinstance(field, kind)),
    )


def reduced(value: Any) -> Any:
    """Return how the lab makes what stands for a model, an instance or a description; NotImplemented for anything else."""
    if isinstance(value, type) and issubclass(value, models.Model):
        return model_of, (value._meta.label,)
    if isinstance(value, models.Model):
        return archetype_of, (hold(value), _instance(value))
    if isinstance(value, Function):
        return Function, (value.number,)
    if isinstance(value, OwnColumn):
        return OwnColumn, (value.number, value.name)
    if type(value) is Table:
        affinity = value.weighted_by
        return Table, (
            value.model,
            value.rows,
            list(value.archetypes),
            {name: _column(each) for name, each in value.columns.items()},
            {name: _column(each) for name, each in value.links.items()},
            value.archetype_from,
            None if affinity is None else (affinity[0], Function(hold(affinity[1]))),
            value.keep,
            value.child,
        )
    return NotImplemented


def _instance(instance: Any) -> InstanceFacts:
    values, links = {}, {}
    unknown = instance.get_deferred_fields()  # reading them would ask the database
    for field in instance._meta.concrete_fields:
        if field.attname in unknown:
            continue
        value = getattr(instance, field.attname)
        values[field.attname] = DatabaseDefault() if is_left_to_the_database(value) else value
        if field.is_relation:
            linked = link_of(instance, field)
            links[field.name] = None if linked.instance is None else hold(linked.instance), linked.key
    return InstanceFacts(instance._meta.label, instance.pk, values, links)


def _column(column: Any) -> Any:
    """Return a column whose functions are what stands for them, also those of columns in it."""
    if not type(column).__module__.startswith("perflab.seeding.") or not dataclasses.is_dataclass(column):
        return OwnColumn(hold(column), type(column).__name__)
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(column):
        value = getattr(column, field.name)
        if isinstance(value, type):
            continue
        if hasattr(value, "draw"):
            changes[field.name] = _column(value)
        elif callable(value):
            changes[field.name] = Function(hold(value))
    return dataclasses.replace(column, **changes)  # type: ignore[type-var]  # it is an instance
