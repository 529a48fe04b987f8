"""The switches. Each kind knows how to apply itself: to a project's settings, or to a database.

A switch is asked for two things: which settings a worker needs at a level, and which indexes a clone must lack. Most
kinds have only one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from perflab.scenario.factors.cache import CacheSwitch
from perflab.scenario.factors.indexes import IndexSwitch
from perflab.scenario.factors.setting import SettingSwitch


class Switch(Protocol):
    """One factor, ready to be applied."""

    @property
    def name(self) -> str: ...

    def settings(self, on: bool, project: Mapping[str, Any], place: CachePlace) -> dict[str, Any]:
        """The settings that a worker needs at this level, given the project's own."""
        ...

    def missing_indexes(self, on: bool) -> Sequence[str]:
        """Names of the indexes that a database lacks at this level."""
        ...


@dataclass(frozen=True, slots=True)
class CachePlace:
    """Where a cell's caches live: the server's URL, and a prefix that no other cell has."""

    url: str
    prefix: str


def switch_of(factor: Any, index_names: Sequence[str]) -> Switch:
    """The switch of one factor of the scenario. `index_names`: what an indexes factor resolved to in this project."""
    match factor.kind:
        case "cache":
            return CacheSwitch(factor.name, tuple(factor.aliases))
        case "indexes":
            return IndexSwitch(factor.name, tuple(index_names))
        case "setting":
            return SettingSwitch(factor.name, factor.setting, factor.when_off, factor.when_on)
    raise ValueError(f"unknown kind of factor: {factor.kind}")
