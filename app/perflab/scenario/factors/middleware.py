"""A factor that takes some of the project's middleware away, which shows what each request pays for it.

Responses may differ without it, as headers and sessions do: the comparison says so. It cannot tell what middleware costs that
others need.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from perflab.errors import did_you_mean
from perflab.scenario.factors.base import CellChanges, Context, Factor, Project
from perflab.scenario.source import Problem
from perflab.scenario.strict import Dotted


class MiddlewareFactor(Factor):
    """Switches middleware off and on; off leaves it out of MIDDLEWARE."""

    kind: Literal["middleware"] = Field(description="The kind of switch.")
    which: list[Dotted] = Field(min_length=1, description="Entries of the MIDDLEWARE setting.")

    def describe(self) -> str:
        """Return what the factor switches, in words."""
        return f"middleware: {', '.join(self.which)}"

    def problems(self, project: Project) -> Iterator[Problem]:
        """Yield each entry that the project lacks."""
        for i, name in enumerate(self.which):
            if name not in project.settings.MIDDLEWARE:
                hint = did_you_mean(name, project.settings.MIDDLEWARE)
                yield Problem(("which", i), f"the project has no middleware {name!r}", hint)

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return MIDDLEWARE without these entries."""
        kept = [name for name in context.settings.get("MIDDLEWARE", ()) if on or name not in self.which]
        return CellChanges({"MIDDLEWARE": kept})
