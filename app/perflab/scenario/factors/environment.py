"""A factor that changes environment variables of the project's process, which settings read.

It cannot tell what a variable changes where the project is migrated and seeded: there it has the values of subject.env.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from perflab.scenario.factors.base import CellChanges, Context, Factor, Project
from perflab.scenario.source import Problem
from perflab.scenario.strict import Variable
from perflab.scenario.subject.surroundings import LAB_VARIABLES


class EnvironmentFactor(Factor):
    """Changes environment variables of the project."""

    kind: Literal["environment"] = Field(description="The kind of switch.")
    when_off: dict[Variable, str] = Field(default_factory=dict, description="Variables with the switch off.")
    when_on: dict[Variable, str] = Field(default_factory=dict, description="Variables with the switch on.")

    def describe(self) -> str:
        """Return what the factor switches, in words; the values may be secrets."""
        return f"environment: {', '.join(sorted({*self.when_off, *self.when_on}))}"

    def problems(self, project: Project) -> Iterator[Problem]:
        """Yield each variable that perflab sets itself."""
        for level in ("when_off", "when_on"):
            for name in getattr(self, level):
                if LAB_VARIABLES.fullmatch(name):
                    yield Problem((level, name), f"perflab sets {name} itself", "remove it")

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return the variables."""
        return CellChanges(environment=self.when_on if on else self.when_off)
