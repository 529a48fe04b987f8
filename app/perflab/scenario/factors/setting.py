"""A factor that changes the value of one of the project's settings."""

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
    setting: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")] = Field(description="Name of the setting.")
    when_off: Any = Field(description="Its value with the switch off.")
    when_on: Any = Field(description="Its value with the switch on.")

    def describe(self) -> str:
        """Return what the factor switches, in words."""
        return f"{self.setting}: {self.when_off!r} when off, {self.when_on!r} when on"

    def problems(self, project: Project) -> Iterator[Problem]:
        """Yield a problem where the project lacks the setting, or perflab sets it."""
        names = [name for name in dir(project.settings) if name.isupper()]
        if self.setting in LAB_SETTINGS:
            yield Problem(("setting",), f"perflab sets {self.setting} itself", "switch another setting")
        elif self.setting not in names:
            hint = nearest(self.setting, names) or "give it its usual value in the settings"
            yield Problem(("setting",), f"the project has no setting {self.setting}", hint)

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return the value of the setting."""
        return CellChanges({self.setting: self.when_on if on else self.when_off})
