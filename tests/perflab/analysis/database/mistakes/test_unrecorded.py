"""Loops of measured requests that no check went through."""

from __future__ import annotations

from typing import Any

import pandas as pd

from perflab.analysis.database.mistakes.unrecorded import unrecorded
from perflab.run.records import Finding

FACTORS = ("queries", "caching")
SCENARIO = {
    "factors": [{"name": "queries", "kind": "setting"}, {"name": "caching", "kind": "cache"}],
    "traffic": {"endpoints": [{"name": "pay", "method": "POST"}]},
}  # fmt: skip


def samples(**repeats: int) -> pd.DataFrame:
    """Three requests in each cell (`_and_` for `+`): one of them repeats so many of its 14 queries."""
    rows = [
        {"round": 1, "step": step, "cell": cell.replace("_and_", "+"), "phase": "measured", "endpoint": "pay",
         "duplicate_query_count": number if step == 1 else 0, "query_count": 14}
        for cell, number in repeats.items() for step in range(3)
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"duplicate_query_count": "Int32", "query_count": "Int32"})


def findings(table: pd.DataFrame, *recorded: str) -> list[Finding]:
    return [*unrecorded(table, SCENARIO, FACTORS, recorded)]


def test_many_repetitions_are_a_finding_without_the_query() -> None:
    (finding,) = findings(samples(all_off=0, queries=12, all_on=12, twin=12, canary=12))
    assert (finding.kind, finding.endpoint, finding.method, finding.factors) == (
        "repeated_query", "pay", "POST", ["queries"],
    )  # fmt: skip
    assert finding.steps == [{"round": 1, "step": 1}] and finding.count == 12
    assert finding.sentence == (
        "pay repeats queries: up to 12 of the 14 queries of a request have the text of an earlier one, in 1 of 3 measured "
        "requests, with ‘queries’ on; no check request repeats them, so that the query is not known."
    )


def test_few_repetitions_what_is_recorded_and_what_only_all_off_repeats_are_none() -> None:
    assert findings(samples(all_off=9, queries=9, all_on=9)) == []
    assert findings(samples(all_off=12, queries=12, all_on=12), "pay") == []
    assert findings(samples(all_off=12, queries=2, all_on=2)) == []
    assert findings(samples(queries=12, all_on=12).assign(phase="check")) == []


def test_a_run_that_did_not_count_has_none() -> None:
    table: Any = samples(all_on=12).drop(columns="duplicate_query_count")
    assert findings(table) == []
