"""How much of a project the traffic reaches, and who requests it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from perflab import units
from perflab.run.store import Run


def sentence(run: Run) -> str:
    """Return how many of the project's routes the traffic requests, and by whom.

    Args:
        run: The run.
    """
    urls = run.catalogue.get("urls")
    lead = f"The traffic reaches {urls['asked']:,} of the project's {urls['all']:,} routes. " if urls else ""
    callers = Counter(_caller(endpoint, run.scenario) for endpoint in _endpoints(run))
    (first, number), *others = callers.most_common() or [("without a login", 0)]
    parts = [
        f"{units.counted(number, 'endpoint is', 'endpoints are')} requested {first}",
        *(f"{number:,} {caller}" for caller, number in others),
    ]
    return f"{lead}{units.listed(parts)}."


def _endpoints(run: Run) -> list[Mapping[str, Any]]:
    return list((run.scenario.get("traffic") or {}).get("endpoints") or ())


def _caller(endpoint: Mapping[str, Any], scenario: Mapping[str, Any]) -> str:
    """Return who requests an endpoint, in words."""
    if endpoint.get("as") is None:
        return "without a login"
    way = endpoint.get("auth") or (scenario.get("subject") or {}).get("auth")
    return f"as a user ({way or 'no login is named'})"
