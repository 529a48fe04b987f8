"""The drawn requests of `simulated`, held against the marketplace's traffic as perflab.workload makes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from perflab.analysis.caching.cacheable import cacheable_endpoints
from perflab.workload.build import build
from perflab.workload.steps import Step
from tests.perflab.analysis.caching.simulation import simulated
from tests.perflab.workload.hamlet import hamlet, marketplace, read_back

USERS = 40
WARM_UP = 80
TTL_S = {"payments": 300.0, "reviews": 1800.0, "ratings": 1800.0, "profile": 3600.0, "account": 3600.0, "job": 1800.0}
PERSONAL = ("payments", "account")


def thing(step: Step) -> tuple[Any, ...]:
    """What a read asks for, whatever its page."""
    return step.endpoint, step.path.partition("?")[0], step.user if step.endpoint in PERSONAL else None


def counted(steps: Sequence[Step]) -> tuple[int, int]:
    """Hits and lookups after the warm-up with a cache of dictionaries; a write drops what is read back after it."""
    read_back: dict[int, list[Any]] = {}
    for step in steps:
        if step.affected_by is not None:
            read_back.setdefault(step.affected_by, []).append(thing(step))
    cache: dict[Any, dict[str, float]] = {}
    hits = lookups = 0
    for step in steps:
        for changed in read_back.get(step.step, ()):
            cache.pop(changed, None)
        if step.endpoint in TTL_S:
            pages = cache.setdefault(thing(step), {})
            hit = step.path in pages and step.at_s < pages[step.path] + TTL_S[step.endpoint]
            if not hit:
                pages[step.path] = step.at_s
            hits, lookups = hits + (hit and step.step >= WARM_UP), lookups + (step.step >= WARM_UP)
    return hits, lookups


def test_the_simulation_comes_near_the_traffic_itself() -> None:
    scenario = read_back(marketplace(), "everyone")
    profile = scenario.profiles["smoke"].model_copy(update={"warmup_blocks": 0})
    population = hamlet(scenario, rows=USERS)
    rounds = [build(scenario, profile, 7, number, population).steps(10) for number in range(60)]
    hits, lookups = (sum(column) for column in zip(*(counted(steps) for steps in rounds), strict=True))
    trace = pd.DataFrame([step.as_row() for steps in rounds for step in steps])
    ledger = [
        {"endpoint": name, "gets": 1, "requests": 1, "sets": 1, "ttl_s": [ttl_s], "personal": name in PERSONAL}
        for name, ttl_s in TTL_S.items()
    ]
    endpoints = cacheable_endpoints(scenario.as_dict(), ledger, trace)
    assert simulated(
        endpoints, scenario.traffic.rate_per_s, scenario.traffic.zipf, USERS, WARM_UP, 120
    ) == pytest.approx(hits / lookups, abs=0.02)
