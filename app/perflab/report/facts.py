"""What a report may publish about the place where a run took place: known facts, and no path, host or user among them.

A run made by this version records nothing else. But reports are passed around, and a run may come from another machine or a
later version, so a fact is published because it is listed here, not because it was not excluded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Besides versions of packages, which are recognised by their form: the parts, and what is published of each; None is all.
PARTS: Mapping[str, tuple[str, ...] | None] = {
    "machine": ("system", "architecture", "cpu_model", "cores", "memory_bytes", "calibration"),
    "pinning": ("pinned", "measured_cores", "other_cores", "reason"),
    "postgres": ("version", "source", "private", "settings", "shared_buffers"),
    "sqlite": ("version", "source", "settings"),
    "cache": ("version", "source", "private", "settings", "holds_all"),
    "clocks": ("db", "cache"),
    "warm": ("seconds", "why", "requests"),
    "lanes": ("number", "why", "slowdown"),
    "rows": None,
    "indexes": None,
}
NUMBERS = ("database_bytes",)
# Sentences about the project's own settings, and about its data.
REMARKS = ("databases", "data")
_VERSION = re.compile(r"\d+(\.\d+)+[\w.+-]*")
_REVISION = re.compile(r"[0-9a-f]{7,40}\+?")
_PLACE = re.compile(r"[/\\]|\S@\S")  # a path, an address of any kind


def published(environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a run's environment that may be published; what is unknown stays null."""
    return {
        name: kept for name, value in environment.items() if (kept := _part(name, value)) is not None or value is None
    }


def _part(name: str, value: Any) -> Any:
    if isinstance(value, str):
        pattern = _REVISION if name == "git_revision" else _VERSION
        return value if pattern.fullmatch(value) else None
    if name in NUMBERS:
        return value if isinstance(value, int | float) else None
    if name in REMARKS and isinstance(value, list):
        return [text for text in value if isinstance(text, str) and not _names_a_place(text)]
    if name == "versions" and isinstance(value, Mapping):
        return {package: of for package, of in value.items() if of is None or _VERSION.fullmatch(str(of))}
    if name in PARTS and isinstance(value, Mapping):
        names = PARTS[name]
        return _without_places({key: of for key, of in value.items() if names is None or key in names})
    return None


def _without_places(value: Any) -> Any:
    """A value without texts that name a place."""
    if isinstance(value, Mapping):
        return {key: _without_places(of) for key, of in value.items() if not _names_a_place(of)}
    if isinstance(value, list | tuple):
        return [_without_places(item) for item in value if not _names_a_place(item)]
    return value


def _names_a_place(value: Any) -> bool:
    return isinstance(value, str) and _PLACE.search(value) is not None
