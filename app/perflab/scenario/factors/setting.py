"""A factor that gives one of the project's settings another value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from perflab.errors import nearest
from perflab.scenario.factors.base import CellChanges, Context, Factor, Project
from perflab.scenario.project import LAB_SETTINGS
from perflab.scenario.source import Problem


class SettingFactor(Factor):
    """Changes one of the project's settings."""

    kind: Literal["setting"] = Field(description="The kind of switch.")
    setting: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")] = Field(description="The setting's name.")
    when_off: Any = Field(description="Its value at the baseline; anything.")
    when_on: Any = Field(description="Its value with the switch on; anything.")

    def describe(self) -> str:
        return f"{self.setting}: {self.when_off!r} when off, {self.when_on!r} when on"

    def problems(self, project: Project) -> Iterator[Problem]:
        known = [name for name in dir(project.settings) if name.isupper()]
        if self.setting in LAB_SETTINGS:
            yield Problem(("setting",), f"the lab sets {self.setting} itself", "switch another setting")
        elif self.setting not in known:
            hint = nearest(self.setting, known) or "give it its usual value in the settings"
            yield Problem(("setting",), f"the project has no setting {self.setting}", hint)

    def changes(self, on: bool, context: Context) -> CellChanges:
        return CellChanges({self.setting: self.when_on if on else self.when_off})
