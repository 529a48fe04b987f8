"""What the project's process keeps of a description while the lab has what stands for it: instances and functions, by number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perflab.scenario.subject.calls import in_project

_held: list[Any] = []
_numbers: dict[int, int] = {}


def hold(value: Any) -> int:
    """Keep a value, and return the number under which `held` has it; the same value has the same number."""
    number = _numbers.setdefault(id(value), len(_held))
    if number == len(_held):
        _held.append(value)
    return number


def held(number: int) -> Any:
    """Return the value with this number."""
    return _held[number]


def real_model(label: str) -> Any:
    """Return the model with this label."""
    from django.apps import apps

    return apps.get_model(label)


def real_connection(alias: str) -> Any:
    """Return Django's connection to the database with this alias."""
    from django.db import connections

    return connections[alias]


@in_project
def called(number: int, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Call one of the project's functions once for each of these arguments, and return its results."""
    return [held(number)(*each) for each in arguments]


@in_project
def prepared(model: Any, name: str, value: Any, connection: Any = None) -> Any:
    """Return a value as a field prepares it for its column.

    Args:
        model: The model.
        name: The field's name.
        value: The value.
        connection: Django's, for a value as it is bound; None for one as it is compared.
    """
    column = model._meta.get_field(name)
    return column.get_prep_value(value) if connection is None else column.get_db_prep_save(value, connection)


@in_project
def shown(value: Any) -> str:
    """Return what a value of the project's looks like."""
    return repr(value)
