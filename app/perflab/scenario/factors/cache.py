"""A factor that switches Django caches off and on.

Off is Django's DummyCache: the project's caching code still runs, and finds nothing. What another backend offers beside entries
(django-redis: locks, sets, raw connections) is not a matter of caching and works as before. On is the project's own backend and
options.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from perflab.errors import did_you_mean
from perflab.scenario.factors.base import CellChanges, Context, Factor, Project
from perflab.scenario.project import BEHIND, DUMMY_BACKEND, SWITCHED_OFF_BACKEND
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
        off = {} if on else {alias: switched_off(caches.get(alias) or {}) for alias in self.aliases}
        return CellChanges({"CACHES": caches | off})


def switched_off(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of CACHES that keeps nothing, and offers all else that the entry's backend does."""
    backend = str(entry.get("BACKEND", ""))
    if not backend or backend.startswith(("django.core.cache.backends.", SWITCHED_OFF_BACKEND)):
        return {"BACKEND": DUMMY_BACKEND}
    return {"BACKEND": SWITCHED_OFF_BACKEND, BEHIND: dict(entry)}
