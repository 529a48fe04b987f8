"""Planted bottlenecks, each on a real server under a real load: is what gives out first named?"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perflab.analysis.capacity import bottleneck
from perflab.analysis.capacity.ledger import ledger
from tests.benchmarks.table import Table, say
from tests.cases.replaying import replayed, state_folder


@dataclass(frozen=True)
class Planted:
    """A bottleneck: the endpoint, what is to be named, and how it is served."""

    name: str
    endpoint: str
    expected: str
    served: Mapping[str, Any] = field(default_factory=dict)
    settings: str = "settings"


ALL = (
    Planted("application CPU", "computes", bottleneck.PROCESSORS["app_cpu_s"]),
    Planted("row lock held 20 ms", "locks", bottleneck.LOCKS, {"workers": 4}),
    Planted(
        "pool of one connection", "holds_a_connection", bottleneck.CONNECTIONS, {"workers": 1, "threads": 4}, "pooled"
    ),
    Planted("GIL, four threads", "computes", bottleneck.GIL, {"workers": 1, "threads": 4, "cores": 2}),
    Planted("slow cache", "asks_a_slow_cache", bottleneck.CACHE, {"workers": 2}),
    Planted("database function that burns", "burns_in_the_database", bottleneck.PROCESSORS["db_cpu_s"]),
    Planted("load generator", "trivial", bottleneck.GENERATOR),
)


def scenario_of(planted: Planted, seconds: float) -> dict[str, Any]:
    """The scenario of one bottleneck, as plain data."""
    project = "tests.selftest.planted"
    return {
        "title": planted.name,
        "subject": {"settings": f"{project}.{planted.settings}", "seed": f"{project}.seeding:archetypes"},
        "data": {"as_of": "2025-10-20", "rows": {"users": 20}},
        "traffic": {
            "rate_per_s": 50, "active_users": 5, "zipf": 1.0,
            "endpoints": [{"name": planted.endpoint, "method": "GET", "path": f"/{planted.endpoint}/", "weight": 1}],
        },
        "factors": [{"name": "switch", "kind": "setting", "setting": "SWITCH", "when_off": False, "when_on": True}],
        "capacity": {"cells": ["all_on"], "rounds": 3, "seconds": seconds, **planted.served},
        "profiles": {"smoke": {"scale": 1, "rounds": 1, "block": 20, "replay_s": 2, "warmup_blocks": 1, "warm_s": 0}},
    }  # fmt: skip


def named(planted: Planted, seconds: float) -> dict[str, Any]:
    """The row of the load test of one bottleneck: a run of half a minute."""
    with tempfile.TemporaryDirectory() as folder, state_folder() as home:
        file = Path(folder) / "planted.yaml"
        file.write_text(json.dumps(scenario_of(planted, seconds)))  # JSON is YAML, too
        return ledger(replayed(str(file), Path(folder), home))[0]


def table(seconds: float = 12.0) -> Table:
    result = Table(
        f"Planted bottlenecks, {seconds:g} s under load each",
        ("bottleneck", "named", "right", "requests a second", "cores / CPU", "next"),
    )
    for planted in ALL:
        say(f"bottlenecks: {planted.name}")
        row = named(planted, seconds)
        first, *others = row["resources"]
        result.rows.append([
            planted.name, f"{first['name']} ({first['use']:.0%})", "yes" if first["name"] == planted.expected else "NO",
            _number(row["rate_per_s"]["estimate"]), _number(row["ceiling_per_s"]),
            f"{others[0]['name']} ({others[0]['use']:.0%})" if others else "-",
        ])  # fmt: skip
    return result


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
