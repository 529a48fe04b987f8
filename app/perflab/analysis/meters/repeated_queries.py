"""Queries that repeat within one request."""

from __future__ import annotations

from collections.abc import Sequence

from perflab.analysis.database.queries import optimised_cells, patterns
from perflab.analysis.meters.base import Evidence, Measurement, counted
from perflab.run.cells import BASELINE
from perflab.run.scenario import scenario_endpoints


def measure(evidence: Evidence, endpoints: Sequence[str] | None) -> Measurement:
    """Count the queries that repeat within one request, before and after; without the caches, which hide them."""
    if not evidence.queries:
        return Measurement.missing("the run did not record the queries of any request one by one.")
    factors = [factor["name"] for factor in evidence.scenario.get("factors") or []]
    before = patterns(evidence.queries, [BASELINE], endpoints)
    after = patterns(evidence.queries, optimised_cells(evidence.scenario, factors), endpoints)
    every = [endpoint.name for endpoint in scenario_endpoints(evidence.scenario)]
    named = every if endpoints is None else endpoints
    unchecked = [name for name in named if evidence.checked and name not in evidence.checked]
    if unchecked and not after:
        return Measurement.missing(f"no check recorded the queries of {', '.join(unchecked)}.")
    checks = evidence.checked or {row.endpoint: row.requests for row in evidence.queries}
    n = sum(requests for endpoint, requests in checks.items() if endpoints is None or endpoint in endpoints)
    return counted(before, after, n, 0, None)
