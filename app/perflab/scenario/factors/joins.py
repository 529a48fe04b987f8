"""A factor that takes the project's select_related and prefetch_related away, which shows what they buy and what they cost.

It cannot tell what a join costs where the project's own SQL, an annotation or a filter makes it. A Prefetch with a query set of
its own or with to_attr stays, because code reads what it names.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from perflab.scenario.factors.base import CellChanges, Context, Factor

APP = "perflab.worker.switches.joins.WithoutJoins"


class JoinsFactor(Factor):
    """Switches select_related and prefetch_related off and on; off ignores them."""

    kind: Literal["joins"] = Field(description="The kind of switch.")

    def describe(self) -> str:
        """Return what the factor switches, in words."""
        return "joins: the project's select_related and prefetch_related"

    def changes(self, on: bool, context: Context) -> CellChanges:
        """Return the apps: the project's own, or with the one that takes joins away."""
        if on:
            return CellChanges()
        return CellChanges({"INSTALLED_APPS": [*context.settings.get("INSTALLED_APPS", ()), APP]})
