"""A factor that is one of the project's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perflab.scenario.factors import CachePlace


@dataclass(frozen=True, slots=True)
class SettingSwitch:
    """Gives a setting one value when off and another when on."""

    name: str
    setting: str
    when_off: Any
    when_on: Any

    def settings(self, on: bool, project: Mapping[str, Any], place: CachePlace) -> dict[str, Any]:
        return {self.setting: self.when_on if on else self.when_off}

    def missing_indexes(self, on: bool) -> tuple[str, ...]:
        return ()
