"""Values that are new each time they are made: times, UUIDs, tokens."""

from __future__ import annotations

import re
from typing import Any

TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?|"
    r"\d{2}:\d{2}:\d{2}(\.\d+)?|[A-Z][a-z]{2}, \d{2}[ -][A-Z][a-z]{2}[ -]\d{4} \d{2}:\d{2}:\d{2} GMT"
)
UUID = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
# A token: long, without a space, letters and digits mixed as in no word or number.
TOKEN = re.compile(r"(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[\w\-+/=.:\"]{16,}")
KINDS = (("time", TIME), ("uuid", UUID), ("token", TOKEN))


def volatile_kind(expected: Any, got: Any) -> str | None:
    """Return what makes two different values volatile, if both are a `time`, a `uuid` or a `token`; otherwise None."""
    if not isinstance(expected, str) or not isinstance(got, str):
        return None
    return next((name for name, form in KINDS if form.fullmatch(expected) and form.fullmatch(got)), None)


def without_volatile(value: Any) -> Any:
    """Return a value with the name of its kind in the place of each volatile string, at any depth."""
    if isinstance(value, str):
        return f"({volatile_kind(value, value)})" if volatile_kind(value, value) else value
    if isinstance(value, dict):
        return {key: without_volatile(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_volatile(each) for each in value]
    return value
