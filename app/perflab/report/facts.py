"""What a report may tell of the place where a run took place: known facts, and no path, host or user among them.

A run that perflab made knows no other. But a report is passed around, and its run may come from elsewhere or from a later
version, so that a fact is told because it is known, and not because nobody thought of leaving it out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Besides the versions of packages, which are told for what they look like: the parts, and what is told of each; None is all.
PARTS: Mapping[str, tuple[str, ...] | None] = {
    "machine": ("system", "architecture", "cpu_model", "cores", "memory_bytes", "calibration"),
    "pinning": ("pinned", "measured_cores", "other_cores", "reason"),
    "postgres": ("version", "source", "private", "settings", "shared_buffers"),
    "sqlite": ("version", "source", "settings"),
    "cache": ("version", "source", "private", "settings", "holds_all"),
    "clocks": ("db", "cache"),
    "rows": None,
    "indexes": None,
}
NUMBERS = ("database_bytes",)
_VERSION = re.compile(r"\d+(\.\d+)+[\w.+-]*")
_REVISION = re.compile(r"[0-9a-f]{7,40}\+?")
_PLACE = re.compile(r"[/\\]|\S@\S")  # a path, an address of any kind


def told(environment: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a run's environment that may be told, as it is there; what is unknown stays null."""
    return {
        name: kept for name, value in environment.items() if (kept := _part(name, value)) is not None or value is None
    }


def _part(name: str, value: Any) -> Any:
    if isinstance(value, str):
        known = _REVISION if name == "git_revision" else _VERSION
        return value if known.fullmatch(value) else None
    if name in NUMBERS:
        return value if isinstance(value, int | float) else None
    if name == "versions" and isinstance(value, Mapping):
        return {package: of for package, of in value.items() if of is None or _VERSION.fullmatch(str(of))}
    if name in PARTS and isinstance(value, Mapping):
        names = PARTS[name]
        return _without_places({key: of for key, of in value.items() if names is None or key in names})
    return None


def _without_places(value: Any) -> Any:
    """The same without texts that name a place."""
    if isinstance(value, Mapping):
        return {key: _without_places(of) for key, of in value.items() if not _names_a_place(of)}
    if isinstance(value, list | tuple):
        return [_without_places(one) for one in value if not _names_a_place(one)]
    return value


def _names_a_place(value: Any) -> bool:
    return isinstance(value, str) and _PLACE.search(value) is not None
