"""A factor that lets query sets fetch missing relations for all of their instances at once: Django 6.1's FETCH_PEERS as default.

It cannot help where instances are alone: reverse keys and many-to-many relations are fetched one by one, an instance from a cache
has lost its peers, and `iterator()` keeps none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from perflab.scenario.factors.base import CellChanges, Context, Factor, Project
from perflab.scenario.source import Problem
from perflab.scenario.subject.modules import django_version

APP = "perflab.worker.switches.fetching.Peers"
SINCE = (6, 1)


class FetchModeFactor(Factor):
    """Switches FETCH_PEERS off and on; off is Django's default, FETCH_ONE."""

    kind: Literal["fetch_mode"] = Field(description="The kind of switch.")

    def describe(self) -> str:
        """Return what the factor switches, in words."""
        return "fetch mode: FETCH_PEERS when on, FETCH_ONE when off"

    def problems(self, project: Project) -> Iterator[Problem]:
        """Yield a problem where the project's Django has no fetch modes."""
        version = django_version()
        if tuple(int(part) for part in version.split(".")[:2]) < SINCE:
            yield Problem(
                ("kind",), f"fetch modes came with Django 6.1, and the project has {version}", "remove the factor"
            )

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return the apps, with the one that changes the default."""
        apps = list(context.settings.get("INSTALLED_APPS", ()))
        return CellChanges({"INSTALLED_APPS": [*apps, APP]}) if on else CellChanges()
