"""The plans of the slowest queries, as the page shows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from perflab.report.sections.plans import build, outline
from perflab.run.store import Run
from perflab.run.tables import PLANS
from tests.perflab import saved_run
from tests.perflab.summaries import summary_of

SCAN = {
    "Node Type": "Seq Scan", "Relation Name": "jobs", "Filter": "(client_id = 7)", "Actual Rows": 3.0,
    "Rows Removed by Filter": 997, "Actual Loops": 2,
}  # fmt: skip
PLAN = {"Node Type": "Sort", "Sort Key": ["a", "b DESC"], "Actual Rows": 3.0, "Plans": [SCAN]}
FACTORS = [{"name": n, "kind": k} for n, k in (("indexes", "indexes"), ("queries", "setting"), ("caching", "cache"))]


def run_of(*rows: tuple[str, str, float | None, dict[str, Any]]) -> Run:
    names = [factor["name"] for factor in FACTORS]
    saved = saved_run.without_samples()
    run = Run(Path("nowhere"), {**saved.meta, "scenario": {**saved.scenario, "factors": FACTORS}, "factors": names})
    planned = [
        (cell, endpoint, "q", f"SELECT {endpoint}", seconds, json.dumps(plan), None)
        for cell, endpoint, seconds, plan in rows
    ]
    table = pd.DataFrame(planned, columns=list(PLANS.names)).astype({"seconds": "float64"})
    run.__dict__["plans"] = table
    return run


def test_a_plan_is_printed_line_by_line() -> None:
    assert list(outline(PLAN)) == [
        "Sort (3 rows)",
        "    Sort Key: a, b DESC",
        "  Seq Scan on jobs (3 rows, 997 discarded, 2 loops)",
        "      Filter: (client_id = 7)",
    ]
    assert list(outline({"Node Type": "Index Scan", "Index Name": "i", "Relation Name": "t"})) == [
        "Index Scan using i on t"
    ]


def test_sqlites_plans_are_lines_already() -> None:
    assert list(outline(["SCAN t", "USE TEMP B-TREE FOR ORDER BY"])) == ["SCAN t", "USE TEMP B-TREE FOR ORDER BY"]


def test_each_endpoint_has_its_slowest_before_and_after() -> None:
    run = run_of(
        ("all_off", "jobs", 0.002, PLAN), ("all_off", "jobs", 0.004, SCAN), ("indexes+queries", "jobs", 0.0001, PLAN),
        ("all_on", "jobs", 0.5, PLAN), ("all_off", "people", None, PLAN),
    )  # fmt: skip
    times = (("all_off", 20.5), ("all_off", 1), ("indexes+queries", 2))
    queries = [{"endpoint": "jobs", "cell": cell, "times": n} for cell, n in times]
    part = build(summary_of(queries=queries), run)
    assert (
        "jobs, before: 21.5 queries, the slowest read query 4.00 ms; after: 2 queries, the slowest read query 100 µs"
        in part.text
    )
    assert "997 discarded" in part.markup and "<details>" in part.markup


def test_without_a_cache_nothing_is_said_of_one() -> None:
    run = run_of(("all_off", "jobs", 0.004, SCAN), ("all_on", "jobs", 0.5, PLAN))
    factors = FACTORS[:2]
    meta = {**run.meta, "scenario": {**run.scenario, "factors": factors}, "factors": [each["name"] for each in factors]}
    bare = Run(Path("nowhere"), meta)
    bare.__dict__["plans"] = run.plans
    markup = build(summary_of(), bare).markup
    assert "After: everything on, " in markup and "cache" not in markup
    assert "After: everything on except the caches" in build(summary_of(), run).markup


def test_what_one_side_lacks_is_unknown_and_a_run_without_plans_says_so() -> None:
    alone = build(summary_of(), run_of(("all_off", "jobs", 0.004, SCAN)))
    assert "the slowest read query 4.00 ms; after: – queries, the slowest read query –" in alone.text
    assert "No query plan was recorded" in build(summary_of(), run_of()).text


def test_hostile_text_is_escaped() -> None:
    markup = build(summary_of(), run_of(("all_off", "<script>", 0.004, {**SCAN, "Filter": "<b>"}))).markup
    assert "<script>" not in markup and "<b>" not in markup
