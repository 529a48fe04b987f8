"""What a mask needs to know of the project's fields: facts by name and type, read where the project is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from perflab.scenario.subject.calls import in_project
from perflab.scenario.subject.tables import bare


@dataclass(frozen=True)
class Field:
    """A field of a model, and its column.

    Attributes:
        label: Its name, such as auth.User.email.
        table: The table; without its schema.
        schema: The table's schema; None for the default one.
        column: The column.
        kind: Django's name of its type, such as EmailField.
        is_unique: Whether no two rows have the same value.
        has_choices: Whether it takes its values from a list.
        target: For a relation, the label of the field whose values it has.
    """

    label: str
    table: str
    schema: str | None
    column: str
    kind: str
    is_unique: bool = False
    has_choices: bool = False
    target: str | None = None


@in_project
def fields_of_models() -> list[Field]:
    """Return the fields of all models of the project, those of tables that it does not manage among them."""
    from django.apps import apps

    models: list[Any] = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    return [_field(model, field) for model in models for field in model._meta.local_concrete_fields if field.column]


def _field(model: Any, field: Any) -> Field:
    schema, table = bare(model._meta.db_table)
    links = field.is_relation and field.related_model is not None
    to = field.target_field if links else None
    return Field(
        label=f"{model._meta.label}.{field.name}",
        table=table,
        schema=schema,
        column=field.column,
        kind=type(field).__name__ if links or _is_django(field) else _known_kind(field),
        is_unique=field.unique or field.name in _unique_alone(model),
        has_choices=bool(field.flatchoices),
        target=f"{to.model._meta.label}.{to.name}" if to is not None else None,
    )


def _is_django(field: Any) -> bool:
    return type(field).__module__.startswith(("django.db.models", "django.contrib.postgres"))


def _known_kind(field: Any) -> str:
    """Return the name of the class of Django's that a field of somebody else's is built on."""
    own = [kind for kind in type(field).__mro__ if kind.__module__.startswith("django.db.models.fields")]
    return own[0].__name__ if own else str(field.get_internal_type())


def _unique_alone(model: Any) -> set[str]:
    """Return the fields that a constraint of their own makes unique, also by an expression such as Lower("email")."""
    names: set[str] = set()
    for constraint in model._meta.constraints:
        if type(constraint).__name__ == "UniqueConstraint" and constraint.condition is None:
            parts = {*constraint.fields}
            for expression in getattr(constraint, "expressions", ()):
                parts |= _named(expression)
            names |= parts if len(parts) == 1 else set()
    return names


def _named(expression: Any) -> set[str]:
    names = {expression.name} if hasattr(expression, "name") else set()
    for inner in expression.get_source_expressions() if hasattr(expression, "get_source_expressions") else ():
        names |= _named(inner) if inner is not None else set()
    return names
