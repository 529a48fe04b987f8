"""Queries that wait."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.analysis.database.mistakes.waits import waits
from perflab.run.records import Finding
from tests.perflab.analysis.database.mistakes.plans_of import FACTORS, SCENARIO

ENVIRONMENT = {"postgres": {"private": True}, "pinning": {"measured_cores": [1]}}
CELLS = ("all_off", "queries", "caching", "all_on", "twin", "canary")


def samples(waiting: float = 1.0, cells: tuple[str, ...] = CELLS, **changes: Any) -> pd.DataFrame:
    """Ten requests of two rounds in each cell; this share of each ten waits 3 ms of 4 ms in queries, in these cells."""
    rows = [
        {"round": number, "step": step, "cell": cell, "phase": "measured", "endpoint": "reviews",
         "query_time_s": 0.0040 if cell in cells and step < 10 * waiting else 0.0012, "db_cpu_s": 0.0006,
         "query_app_cpu_s": 0.0004, "app_cpu_s": 0.0060, "role": "treatment", "latency_s": 0.0100, **changes}
        for number in (1, 2) for cell in CELLS for step in range(10)
    ]  # fmt: skip
    calibration = {"round": 1, "step": 0, "cell": "reference", "role": "reference", "phase": "measured",
                   "endpoint": "reference", "latency_s": 0.0020, "app_cpu_s": 0.0019}  # fmt: skip
    return pd.DataFrame([*rows, calibration])


def busy(app_cpu_s: float | None) -> pd.DataFrame:
    """The same on a machine that gives the calibration request so much of its 2 ms."""
    table = samples()
    return table.assign(app_cpu_s=table["app_cpu_s"].where(table["role"] != "reference", app_cpu_s))


def findings(table: pd.DataFrame, environment: dict[str, Any] | None = None) -> list[Finding]:
    return [*waits(table, SCENARIO, FACTORS, ENVIRONMENT if environment is None else environment)]


def test_queries_that_wait_in_every_cell_are_a_finding() -> None:
    (finding,) = findings(samples())
    assert (finding.kind, finding.endpoint, finding.method, finding.factors) == ("waits", "reviews", "GET", [])
    assert finding.count == 20 and finding.steps[0] == {"round": 1, "step": 0} and len(finding.steps) == 20
    assert finding.sentence == (
        "Queries of reviews wait: 3.00 ms of 4.00 ms without CPU, neither here nor in the database, in 20 of 20 requests, "
        "whichever factors are on."
    )


def test_a_switch_that_brings_it_is_blamed_and_a_hit_does_not_hide_it() -> None:
    (finding,) = findings(samples(cells=("queries", "all_on")))
    assert finding.factors == ["queries"]
    (finding,) = findings(samples(cells=("all_off", "queries")))
    assert finding.factors == [] and "with ‘caching’ off" in finding.sentence


def test_requests_of_all_cells_that_wait_count_together() -> None:
    """The requests of a rare endpoint: one of a round in each cell."""
    (finding,) = findings(samples().query("step < 2"))
    assert finding.count == 4 and finding.factors == []
    (finding,) = findings(samples(cells=("queries", "all_on", "twin")).query("step < 2"))
    assert finding.factors == ["queries"]
    assert findings(samples().query("step < 1")) == [], "two requests, however many cells execute them"


def test_the_requests_of_the_warm_up_count_and_those_of_the_checks_do_not() -> None:
    """They are executed one at a time as well, and in a short run a rare endpoint has no others."""
    rare = samples().query("step < 2")
    warm_up, checks = (
        rare.assign(phase=rare["phase"].where(rare["role"] == "reference", phase)) for phase in ("warmup", "check")
    )
    assert [finding.count for finding in findings(warm_up)] == [4]
    assert findings(checks) == [], "those of several cells at once: one waits for another"


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"postgres": {"private": False}, "pinning": {"measured_cores": [1]}},
        {"postgres": {"private": True}, "pinning": {"measured_cores": [0, 1]}},
    ],
)
def test_where_processes_do_not_share_a_core_each_query_waits_to_be_scheduled(environment: dict[str, Any]) -> None:
    assert findings(samples()) and findings(samples(), environment) == []


@pytest.mark.parametrize(
    "table",
    [
        samples(waiting=0.4),
        samples(cells=()),
        samples(cells=("all_off",)),
        samples(query_app_cpu_s=0.0030),
        samples(query_app_cpu_s=None),
        samples(latency_s=0.0070),
        samples(db_cpu_s=0.0030),
        samples(query_time_s=0.0060, db_cpu_s=0.0045, latency_s=0.0150),
        samples(db_cpu_s=None),
        samples(phase="check"),
        samples(query_time_s=0.0019),
        samples(cells=("all_on",)).query("step < 2"),
        samples().assign(query_time_s=lambda table: table["query_time_s"].where(table["round"] == 1, 0.0012)),
        samples().drop(columns="db_cpu_s"),
        busy(0.0015),
        busy(None),
        samples().query("role != 'reference'"),
    ],
    ids=[
        "few requests", "none", "only with everything off", "the application computes", "an older version",
        "threads wait for each other",
        "the database computes", "less than a fifth", "the database's time is unknown", "not in turn",
        "less than a millisecond", "too few to tell", "one round alone",
        "not recorded", "a busy machine", "its load is unknown", "no calibration request",
    ],
)  # fmt: skip
def test_a_sound_endpoint_has_none(table: pd.DataFrame) -> None:
    assert findings(table) == []
