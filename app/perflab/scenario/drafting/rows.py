"""Whether the database has rows for the params of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perflab.scenario.subject.calls import in_project


@in_project
def drawable(wanted: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> list[bool]:
    """Tell for params and their conditions whether the database, which is connected, has a row for each. A query for each model.

    Args:
        wanted: The params and the conditions of each way to request something.
    """
    from django.apps import apps
    from django.core.exceptions import FieldError, ValidationError
    from django.db import DatabaseError

    there: dict[Any, bool] = {}

    def has_rows(label: str, fields: frozenset[str], where: tuple[tuple[str, Any], ...]) -> bool:
        key = (label, fields, where)
        if key not in there:
            try:
                rows = apps.get_model(label)._default_manager.filter(**dict(where))
                there[key] = rows.filter(**{f"{field}__isnull": False for field in fields}).exists()
            except (DatabaseError, FieldError, LookupError, ValidationError, ValueError, TypeError):
                there[key] = False
        return there[key]

    results = []
    for params, conditions in wanted:
        by_model: dict[str, set[str]] = {}
        for source in params.values():
            if isinstance(source, str):
                label, _, field = source.rpartition(".")
                by_model.setdefault(label, set()).add(field)
        where = {
            label: tuple((k.rpartition(".")[2], v) for k, v in conditions.items() if k.startswith(f"{label}."))
            for label in by_model
        }
        results.append(all(has_rows(label, frozenset(fields), where[label]) for label, fields in by_model.items()))
    return results
