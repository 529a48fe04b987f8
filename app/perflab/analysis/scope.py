"""Which endpoints a claim is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab.run.scenario import READING_METHODS


def is_write(endpoint: Mapping[str, Any]) -> bool:
    """Whether an endpoint writes: as it says itself, else by its method."""
    said = endpoint.get("writes")
    return bool(said) if said is not None else str(endpoint.get("method", "GET")).upper() not in READING_METHODS


def endpoints_of(scenario: Mapping[str, Any], scope: str | None) -> list[str] | None:
    """The endpoints of a scope: `audited` are those marked so, without writes; an endpoint's name is that one.

    None is all there are; an empty list says that the scope names nothing.
    """
    endpoints = list((scenario.get("traffic") or {}).get("endpoints") or [])
    if scope is None or str(scope).lower() == "all":
        return None
    if scope == "audited":
        return [str(e["name"]) for e in endpoints if e.get("audited") and not is_write(e)]
    return [str(e["name"]) for e in endpoints if e["name"] == scope]


def claim_about(summary: Mapping[str, Any], *metrics: str) -> Mapping[str, Any] | None:
    """The first claim about one of these; a scenario states first what matters most."""
    return next((claim for claim in summary.get("claims") or [] if claim["metric"] in metrics), None)
