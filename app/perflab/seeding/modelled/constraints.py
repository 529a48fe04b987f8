"""Whether an instance satisfies a check constraint, without a database: comparisons of its own fields with constants."""

from __future__ import annotations

import operator
from collections.abc import Callable, Set
from typing import Any

from django.db import models

LOOKUPS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq, "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le,
    "in": lambda value, options: value in list(options), "range": lambda value, ends: ends[0] <= value <= ends[1],
    "isnull": lambda value, is_null: (value is None) == is_null,
}  # fmt: skip


def holds(constraint: Any, instance: Any, names: Set[str]) -> bool:
    """Tell whether a check constraint holds, as far as that can be told: what is not understood is taken for satisfied.

    Args:
        constraint: A constraint of the model, of any kind.
        instance: The instance.
        names: The fields whose values are its own, and not drawn for each row.
    """
    if not isinstance(constraint, models.CheckConstraint):
        return True
    condition = getattr(constraint, "condition", None) or getattr(constraint, "check", None)
    return _of_q(condition, instance, names) is not False


def _of_q(q: Any, instance: Any, names: Set[str]) -> bool | None:
    """Return whether a condition holds; None where that cannot be told."""
    if isinstance(q, tuple):
        return _of_comparison(q[0], q[1], instance, names)
    if not isinstance(q, models.Q):
        return None
    results = [_of_q(child, instance, names) for child in q.children]
    if q.connector == models.Q.AND:
        result = False if False in results else None if None in results else True
    elif q.connector == models.Q.OR:
        result = True if True in results else None if None in results else False
    else:
        return None
    return result if result is None or not q.negated else not result


def _of_comparison(path: str, value: Any, instance: Any, names: Set[str]) -> bool | None:
    name, _, lookup = path.partition("__")
    if name not in names or (lookup or "exact") not in LOOKUPS:
        return None
    if isinstance(value, models.F):
        other = str(getattr(value, "name", ""))
        if other not in names:
            return None
        value = getattr(instance, other)
    own = getattr(instance, name)
    if own is None and lookup != "isnull":
        return True  # SQL's unknown satisfies a check
    try:
        return LOOKUPS[lookup or "exact"](own, value)
    except TypeError:
        return None
