"""A factor that switches Django caches off and on.

Off is Django's DummyCache: the project's caching code still runs, and finds nothing. On is the project's own backend and
options.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from perflab.errors import did_you_mean
from perflab.scenario.factors.base import CellChanges, Context, Factor, Project
from perflab.scenario.project import DUMMY_BACKEND
from perflab.scenario.source import Problem
from perflab.scenario.strict import Text


class CacheFactor(Factor):
    """Switches Django caches off and on."""

    caches: ClassVar[bool] = True

    kind: Literal["cache"] = Field(description="The kind of switch.")
    aliases: list[Text] = Field(min_length=1, description="Keys of the CACHES setting.")

    def describe(self) -> str:
        """Return what the factor switches, in words."""
        return f"caches: {', '.join(self.aliases)}"

    def problems(self, project: Project) -> Iterator[Problem]:
        """Yield each alias that the project lacks."""
        for i, alias in enumerate(self.aliases):
            if alias not in project.settings.CACHES:
                hint = did_you_mean(alias, project.settings.CACHES)
                yield Problem(("aliases", i), f"the project has no cache {alias!r}", hint)

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return the CACHES setting: the project's own, or with DummyCache for the aliases."""
        caches = dict(context.settings.get("CACHES") or {})
        return CellChanges({"CACHES": caches if on else caches | {a: {"BACKEND": DUMMY_BACKEND} for a in self.aliases}})
