"""Deletions that the database makes by itself, of which no receiver of a signal hears: DB_CASCADE of Django 6.1 and later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from perflab.scenario.subject.calls import in_project

SIGNALS = ("pre_delete", "post_delete")


@in_project
def unsent() -> list[dict[str, Any]]:
    """Return each foreign key with DB_CASCADE to whose model receivers of deletions are connected; needs Django, but no database.

    Returns:
        Rows of `model` (whose rows the database deletes), `field`, `parent` (whose deletion it follows) and `receivers`.
    """
    from django.apps import apps
    from django.db import models

    cascade = getattr(models, "DB_CASCADE", None)
    if cascade is None:
        return []
    rows: list[dict[str, Any]] = []
    for model in apps.get_models(include_auto_created=True):
        fields: list[Any] = model._meta.local_fields
        for field in fields:
            if field.remote_field is None or getattr(field.remote_field, "on_delete", None) is not cascade:
                continue
            receivers = list(dict.fromkeys(_receivers(model)))
            if receivers:
                parent = field.remote_field.model._meta.label
                rows.append({"model": model._meta.label, "field": field.name, "parent": parent, "receivers": receivers})
    return rows


def _receivers(model: Any) -> Iterator[str]:
    """Yield the names of what is called when Django deletes a row of a model."""
    from django.db.models import signals

    for name in SIGNALS:
        signal = getattr(signals, name)
        if not signal.has_listeners(model):
            continue
        # Since Django 5.0 these are two lists, the second one of coroutines.
        live = signal._live_receivers(model)
        for receiver in [*live[0], *live[1]] if isinstance(live, tuple) else live:
            module = getattr(receiver, "__module__", "?")
            yield f"{module}.{getattr(receiver, '__qualname__', type(receiver).__name__)}"
