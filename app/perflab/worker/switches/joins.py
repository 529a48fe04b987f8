"""An app that takes the project's select_related and prefetch_related away.

What a query set means stays: a Prefetch with a query set of its own, or with to_attr, is kept, because code reads what it filters
or names; and so are the joins that a select_for_update(of=...) locks.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models import Prefetch, QuerySet


def install(query_set: Any = QuerySet) -> None:
    """Change Django's query sets, and those of the project that inherit from them, for the rest of the process.

    Args:
        query_set: The class.
    """
    joined, prefetched, locked = query_set.select_related, query_set.prefetch_related, query_set.select_for_update

    def select_related(self: Any, *fields: Any) -> Any:
        is_reset = fields == (None,)
        return joined(self, *fields) if is_reset or self.query.select_for_update_of else self._chain()

    def prefetch_related(self: Any, *lookups: Any) -> Any:
        kept = [each for each in lookups if each is None or is_meant(each)]
        return prefetched(self, *kept) if kept else self._chain()

    def select_for_update(self: Any, *arguments: Any, **options: Any) -> Any:
        others = [name for name in options.get("of", ()) if name != "self"]
        return locked(joined(self, *others) if others else self, *arguments, **options)

    for function in (select_related, prefetch_related, select_for_update):
        setattr(query_set, function.__name__, function)


def is_meant(lookup: object) -> bool:
    """Tell whether code reads something else than the plain relation from what a prefetch brings."""
    return isinstance(lookup, Prefetch) and (
        lookup.queryset is not None or bool(lookup.to_attr) or hasattr(lookup, "querysets")
    )


class WithoutJoins(AppConfig):
    """Takes them away once all models are loaded."""

    name = "perflab.worker.switches.joins"
    label = "perflab_without_joins"

    def ready(self) -> None:
        """Change query sets."""
        install()
