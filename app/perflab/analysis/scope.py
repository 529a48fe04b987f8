"""Which endpoints a claim is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab.run.scenario import scenario_endpoints


def names_in_scope(scenario: Mapping[str, Any], scope: str | None) -> list[str] | None:
    """Return the names of the endpoints in a scope: `audited` are those marked so that do not write; else an endpoint's name.

    None stands for all endpoints; an empty list says that the scope names nothing.
    """
    if scope is None or str(scope).lower() == "all":
        return None
    endpoints = scenario_endpoints(scenario)
    if scope == "audited":
        return [endpoint.name for endpoint in endpoints if endpoint.audited and not endpoint.writes]
    return [endpoint.name for endpoint in endpoints if endpoint.name == scope]
