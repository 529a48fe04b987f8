"""Suggestions: what somebody probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

SHOWN = 12


def suggestion(word: object, known: Iterable[str]) -> str | None:
    """A hint for a word that is not among those known: the nearest one, else the list of them, else None."""
    candidates = list(dict.fromkeys(known))
    by_lower = {c.lower(): c for c in reversed(candidates)}
    near = difflib.get_close_matches(str(word).lower(), by_lower, n=1, cutoff=0.6)
    if near:
        return f"did you mean {by_lower[near[0]]!r}?"
    if not candidates:
        return None
    more = f" and {len(candidates) - SHOWN} more" if len(candidates) > SHOWN else ""
    return f"use one of {', '.join(candidates[:SHOWN])}{more}"
