"""The query ledger, and the queries that repeat in a request."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from perflab.analysis.database.queries import is_switched_off, ledger, optimised_cells, patterns, repeated
from perflab.run.records import Finding
from perflab.run.tables import QUERIES

FACTORS = ("indexes", "queries", "caching")
SCENARIO = {
    "factors": [
        {"name": "indexes", "kind": "indexes"}, {"name": "queries", "kind": "setting"}, {"name": "caching", "kind": "cache"},
    ],
    "traffic": {"endpoints": [{"name": "payments", "method": "GET"}, {"name": "jobs", "method": "GET"}]},
}  # fmt: skip
CELLS = ("all_off", "indexes", "queries", "caching", "indexes+queries", "indexes+caching", "queries+caching", "all_on")


def trace(checks: int = 4) -> pd.DataFrame:
    """Two Steps of warm-up, two measured ones, and then checks, all of them payments."""
    phases = ["warmup", "warmup", "measured", "measured", *["check"] * checks]
    return pd.DataFrame({"round": 1, "step": range(len(phases)), "phase": phases, "endpoint": "payments"})


def queries(**times: int) -> pd.DataFrame:
    """One query text in the first check, so many times in each cell (`_` for `+`)."""
    rows = [
        {
            "round": 1, "step": 4, "cell": cell.replace("_and_", "+"), "endpoint": "payments", "fingerprint": "SELECT u",
            "sql": "SELECT u WHERE id = 7", "times": n, "seconds": n * 0.001, "rows": n, "source": "app/cards.py:9 card",
            "relation": "shop.Payment.payer",
        }
        for cell, n in times.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(QUERIES.names))


def findings(**times: int) -> list[Finding]:
    return repeated(ledger(queries(**times), trace()), SCENARIO, FACTORS)


def test_figures_are_per_check_of_the_endpoint_those_without_the_query_too() -> None:
    (row,) = ledger(queries(all_off=8), trace(checks=4))
    json.dumps(row.as_dict(), allow_nan=False)
    assert (row.endpoint, row.cell, row.requests) == ("payments", "all_off", 4)
    assert (row.times, row.most, row.rows) == (2.0, 8, 2.0)
    assert row.seconds == pytest.approx(0.002)
    assert row.repeated and row.repeats_at == {"round": 1, "step": 4} and row.source == "app/cards.py:9 card"


def test_rows_that_are_unknown_stay_unknown_and_the_aa_control_is_left_out() -> None:
    table = pd.concat([queries(all_on=1).assign(rows=None), queries(twin=1)])
    (row,) = ledger(table, trace())
    assert (row.cell, row.rows, row.repeated, row.repeats_at) == ("all_on", None, False, None)


def test_what_only_repeats_with_the_optimisation_off_is_found_with_what_removes_it() -> None:
    (finding,) = findings(all_off=42, caching=42, indexes=40, all_on=1)
    assert (finding.severity, finding.count, finding.factors, is_switched_off(finding)) == ("info", 42, [], True)
    assert finding.sentence.endswith("up to 42 times in one request, with ‘queries’ off.")


def test_what_only_several_factors_together_remove_is_not_put_down_to_one() -> None:
    (finding,) = findings(all_off=9, indexes=9, queries=9, caching=9)
    assert finding.sentence.endswith("up to 9 times in one request, but not with everything on.")


def test_it_is_found_whatever_is_on() -> None:
    """With the joins on it makes fewer of them, and still too many: both figures are told."""
    (finding,) = findings(all_off=42, indexes=42, queries=20, indexes_and_queries=20, all_on=20)
    assert (finding.severity, finding.count, is_switched_off(finding)) == ("warning", 20, False)
    assert finding.sentence.endswith(
        "up to 20 times in one request, whichever factors are on (42 times in the cell all_off)."
    )


def test_those_that_remain_come_before_those_that_a_factor_removes() -> None:
    other = queries(all_on=5).assign(fingerprint="SELECT z", sql="SELECT z")
    rows = ledger(pd.concat([queries(all_off=42), other]), trace())
    assert [(finding.severity, finding.count) for finding in repeated(rows, SCENARIO, FACTORS)] == [
        ("warning", 5),
        ("info", 42),
    ]


def test_where_no_line_of_the_project_makes_it_the_sql_is_told() -> None:
    package = "third-party code: wagtail/models/pages.py:120 get_parent"
    for source, where in ((package, f" (in {package})"), ("shop/page.html:3", " (at shop/page.html:3)"), (None, "")):
        rows = ledger(queries(all_off=9, all_on=9).assign(source=source), trace())
        (finding,) = repeated(rows, SCENARIO, FACTORS)
        assert finding.sentence == (
            f"payments makes the same query for shop.Payment.payer{where} up to 9 times in one request, whichever factors are "
            "on. It is SELECT u."
        )


def test_what_repeats_in_spite_of_everything_is_one_that_no_factor_removes() -> None:
    (finding,) = findings(**dict.fromkeys(["all_off", "all_on"], 10))
    assert (finding.kind, finding.endpoint, finding.method) == ("repeated_query", "payments", "GET")
    assert finding.factors == [] and finding.count == 10 and finding.steps == [{"round": 1, "step": 4}]
    assert finding.sentence == (
        "payments makes the same query for shop.Payment.payer (at app/cards.py:9 card) up to 10 times in one request, "
        "whichever factors are on."
    )


def test_what_a_factor_brings_is_put_down_to_it() -> None:
    (finding,) = findings(queries=5, indexes_and_queries=5, queries_and_caching=5, all_on=5)
    assert finding.factors == ["queries"]
    assert finding.sentence.endswith("with ‘queries’ on.")


def test_a_hit_does_not_hide_what_a_miss_repeats() -> None:
    assert optimised_cells(SCENARIO, FACTORS) == ["all_on", "indexes+queries"]
    (finding,) = findings(indexes_and_queries=5)
    assert finding.factors == ["indexes", "queries"]
    assert finding.sentence.endswith("with ‘indexes’ and ‘queries’ on and ‘caching’ off.")


def test_what_a_cache_takes_away_repeats_with_it_off_alone() -> None:
    (finding,) = findings(all_off=34, indexes=34, indexes_and_queries=34, all_on=1)
    assert finding.factors == [] and finding.sentence.endswith("up to 34 times in one request, with ‘caching’ off.")
    (finding,) = findings(all_off=34, indexes_and_queries=34, all_on=3)
    assert finding.sentence.endswith(
        "up to 34 times in one request, whichever factors are on (3 times with everything on)."
    )


def test_the_source_is_that_of_the_request_with_the_longest_loop() -> None:
    few = queries(all_off=2).assign(step=5, source="app/page.py:1 page")
    (row,) = ledger(pd.concat([few, queries(all_off=9)]), trace())
    assert row.source == "app/cards.py:9 card"


def test_patterns_are_counted_in_the_cells_and_endpoints_requested() -> None:
    rows = ledger(queries(all_off=9, all_on=3), trace())
    assert patterns(rows, ["all_off"], None) == patterns(rows, ["all_off", "all_on"], ["payments"]) == 1
    assert patterns(rows, ["all_off"], ["jobs"]) == patterns(rows, ["queries"], None) == 0


def test_without_checks_there_is_no_ledger() -> None:
    assert ledger(queries(), trace(0)) == [] and findings() == []


def two_rows(cell: str = "all_on") -> pd.DataFrame:
    """Two checks in one cell: a list of two rows and of one, with a query for each of them."""
    loop = pd.concat([queries(**{cell: 2}), queries(**{cell: 1}).assign(step=5)])
    return pd.concat([loop, loop.assign(fingerprint="SELECT p", sql="SELECT p", times=1)], ignore_index=True)


def test_two_passes_are_a_loop_where_they_follow_the_rows_of_a_list() -> None:
    rows = ledger(two_rows(), trace())
    assert [(row.fingerprint, row.repeated, row.per_row) for row in rows] == [
        ("SELECT p", False, None), ("SELECT u", True, 1.0),
    ]  # fmt: skip
    (finding,) = repeated(rows, SCENARIO, FACTORS)
    assert finding.steps == [{"round": 1, "step": 4}] and finding.example["per_row"] == 1.0
    assert "up to 2 times in one request (1 for each row of a list), with" in finding.sentence
    assert findings(all_on=2) == [], "twice is no loop by itself"


def measured(*repeats: int, cell: str = "all_on") -> pd.DataFrame:
    rows = [
        {"phase": "measured", "cell": cell, "endpoint": "payments", "duplicate_query_count": number}
        for number in repeats
    ]
    return pd.DataFrame(rows).astype({"duplicate_query_count": "Int32"})


def test_what_few_requests_repeat_is_told_with_how_many() -> None:
    rows = ledger(queries(all_off=10, all_on=10), trace())
    (finding,) = repeated(rows, SCENARIO, FACTORS, measured(9, *[0] * 9))
    assert finding.sentence.endswith("times in one request, whichever factors are on: 1 of 10 measured requests.")
    assert (finding.example["measured"], finding.example["of"]) == (1, 10)
    (package,) = repeated([replace(rows[0], source=None)], SCENARIO, FACTORS, measured(9, *[0] * 9, cell="all_off"))
    assert package.sentence.endswith("‘caching’ off: 1 of 10 measured requests. It is SELECT u.")
    for samples in (measured(9, 9, 0), measured(0, 0), measured(9, *[0] * 9, cell="all_off"), None):
        (finding,) = repeated(rows, SCENARIO, FACTORS, samples)
        assert finding.sentence.endswith("whichever factors are on.")
