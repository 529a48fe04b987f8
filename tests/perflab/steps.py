"""Steps for tests, benchmarks and the self-test: one request, with everything that does not matter filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab.workload.steps import Phase, Step


def step_of(
    path: str = "/",
    number: int = 0,
    *,
    at_s: float = 0.0,
    phase: Phase = "measured",
    endpoint: str = "",
    method: str = "GET",
    body: str | None = None,
    user: Any = None,
    block: int = 0,
    writes: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Step:
    """Return a Step of round 1."""
    return Step(1, number, block, at_s, phase, endpoint, method, path, body, user, None, writes, dict(headers or {}))
