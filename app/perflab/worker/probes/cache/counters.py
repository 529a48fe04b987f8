"""Whether a value that a request finds in a cache and writes back is counted in: two such requests at once lose a change."""

from __future__ import annotations

import time
from collections import deque
from copy import copy
from decimal import Decimal
from typing import Any

NUMBERS = (int, float, Decimal)
# Changed in place, the value that was found would be the new one.
COLLECTIONS = (list, deque, set, dict)
# What a request adds to a list before it writes it back: a moment, an id, a few of them.
MAX_ADDED = 3
# A number so near to the present is a time, not a count.
DAY_S = 86_400
# Django keeps the names of the headers that a page varies by under such keys, and writes them with each page.
HEADER_LIST = ".cache_header."


def snapshot(value: Any) -> Any:
    """Return a value as it is now, whatever the project does to it."""
    return copy(value) if type(value) in COLLECTIONS else value


def is_counted(key: str, before: Any, after: Any) -> bool:
    """Return whether one value is the other counted on: another number, or a list or set with a few items more or fewer.

    Anything else that is replaced is a new version of an entry, such as a page that was stale: nothing of the old one is in it.

    Args:
        key: The key of both.
        before: What a request found.
        after: What it stored.
    """
    if HEADER_LIST in key:
        return False
    try:
        if _is_number(before) and _is_number(after):
            return bool(before != after) and not _is_time(after)
        if isinstance(before, dict) and isinstance(after, dict):
            return bool(before != after) and _counts(before) and _counts(after) and not before.keys().isdisjoint(after)
        if isinstance(before, set) and isinstance(after, set):
            return before < after or after < before
        if isinstance(before, list | deque) and isinstance(after, list | deque):
            return _is_moved_on(list(before), list(after))
        return False
    except Exception:  # values of the project's that cannot be compared
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, NUMBERS) and not isinstance(value, bool)


def _is_time(number: Any) -> bool:
    return abs(float(number) - time.time()) < DAY_S


def _counts(values: dict[Any, Any]) -> bool:
    return bool(values) and all(map(_is_number, values.values()))


def _is_moved_on(before: list[Any], after: list[Any]) -> bool:
    """Return whether a list has a few new items at one of its ends, or lacks some at the other one."""
    if before == after or not before or not after:
        return False
    for added in range(min(MAX_ADDED, len(after) - 1) + 1):
        kept = len(after) - added
        if kept <= len(before) and (after[added:] == before[:kept] or after[:kept] == before[-kept:]):
            return True
    return False
