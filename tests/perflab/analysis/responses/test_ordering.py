"""Rows that change places because the ORDER BY leaves it open."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.analysis.responses.answers import COLUMNS
from perflab.analysis.responses.findings import of_answers
from perflab.analysis.responses.ordering import consequences, with_orders
from perflab.run.records import Finding
from perflab.run.tables import DIFFERENCES, PLANS, UNSORTED

FACTORS = ("indexes", "queries")
SCENARIO: dict[str, Any] = {
    "factors": [{"name": "indexes", "kind": "indexes"}, {"name": "queries", "kind": "setting"}],
    "factor_traits": {"indexes": ["drops_indexes"], "queries": []},
}
TRACE = pd.DataFrame(
    {"round": 1, "step": [1], "endpoint": "breads", "method": "GET", "path": "/breads/", "body": None, "user": None,
     "affected_by": pd.array([None], dtype="Int32")}
)  # fmt: skip
OF_CELLS = {"indexes": ("indexes", "all_on", "twin"), "queries": ("queries", "all_on", "twin")}


def planned(**orders: str | None) -> pd.DataFrame:
    """A plan for each of all_off and all_on."""
    rows = [{"cell": cell, "endpoint": "breads", "open_order": order} for cell, order in orders.items()]
    return pd.DataFrame(rows, columns=list(PLANS.names)).astype(object)


def findings_of(factor: str, kind: str, plans: pd.DataFrame) -> list[Finding]:
    """The findings of responses that one factor changes."""
    answers = pd.DataFrame(
        [[1, 1, cell, "breads", "GET", kind, -1, 0] for cell in OF_CELLS[factor]], columns=list(COLUMNS)
    )
    told = with_orders(answers, plans, SCENARIO, FACTORS)
    return of_answers(told, FACTORS, TRACE, DIFFERENCES.frame([]), has_control=True)


@pytest.mark.parametrize("kind", ["content", "rows", "reordered"])
def test_what_an_index_changes_is_an_order_that_ties_leave_open(kind: str) -> None:
    (finding,) = findings_of("indexes", kind, planned(all_off="day DESC", all_on="day DESC"))
    assert (finding.kind, finding.severity, list(finding.factors)) == ("reordered", "warning", ["indexes"])
    assert finding.sentence == (
        "breads returned rows in a different order, once, with ‘indexes’ on: ORDER BY day DESC leaves open which of several rows "
        "with equal values comes first, and the plan decides."
    )
    assert finding.example["open_order"] == "day DESC"


def test_without_an_order_by_everything_is_open() -> None:
    (finding,) = findings_of("indexes", "content", planned(all_off=UNSORTED))
    assert finding.kind == "reordered"
    assert finding.sentence.endswith(
        "with ‘indexes’ on: a query without ORDER BY leaves their order open, and its plan decides."
    )
    (finding,) = findings_of("queries", "reordered", planned(all_off=UNSORTED, all_on=UNSORTED))
    assert finding.sentence == "breads returned the same rows in a different order, once, with ‘queries’ on."


def test_where_no_order_is_open_an_index_changes_content() -> None:
    for plans in (planned(all_off=None, all_on=None), planned(), PLANS.frame([]), pd.DataFrame({"cell": ["all_on"]})):
        (finding,) = findings_of("indexes", "content", plans)
        assert (finding.kind, finding.severity) == ("content", "error")
        assert finding.sentence == "breads returned different content, once, with ‘indexes’ on."
        assert "open_order" not in finding.example


def test_ties_of_the_code_that_a_switch_brings_are_told_with_the_order_that_differs() -> None:
    (finding,) = findings_of("queries", "reordered", planned(all_on="status"))
    assert (finding.kind, list(finding.factors)) == ("reordered", ["queries"])
    assert "ORDER BY status leaves open" in finding.sentence


@pytest.mark.parametrize("kind", ["content", "rows"])
def test_what_code_changes_besides_the_order_stays_an_error(kind: str) -> None:
    (finding,) = findings_of("queries", kind, planned(all_off="day", all_on="day"))
    assert (finding.kind, finding.severity) == (kind, "error")
    assert finding.sentence.endswith(
        "with ‘queries’ on. ORDER BY day leaves open which of several rows with equal values comes first: that may be the reason."
    )
    for plans in (planned(all_on="day"), planned(all_off="day", all_on=UNSORTED)):
        (finding,) = findings_of("queries", kind, plans)
        assert finding.sentence.endswith("with ‘queries’ on.")


def test_other_kinds_stay_as_they_are() -> None:
    (finding,) = findings_of("indexes", "stale", planned(all_off="day", all_on="day"))
    assert (finding.kind, finding.severity) == ("stale", "error")


def test_ties_of_several_queries_are_all_named() -> None:
    plans = pd.concat([planned(all_off="day"), planned(all_off="a"), planned(all_off=UNSORTED)], ignore_index=True)
    (finding,) = findings_of("indexes", "content", plans)
    assert "ORDER BY a or day leaves open" in finding.sentence


def test_a_table_that_differs_because_of_an_open_order_is_told_as_its_consequence() -> None:
    answers = findings_of("indexes", "content", planned(all_off="day", all_on="day"))
    table = Finding("content", "error", "The table t had different content.", table="t", factors=("indexes",))
    (told,) = consequences([table], answers, SCENARIO)
    assert (told.severity, told.kind) == ("warning", "content")
    assert told.sentence.endswith(
        "An index changes nothing but the order of rows that a query leaves open, as in breads."
    )
    for other in (table, Finding("content", "error", "s", table="t", factors=("queries",))):
        assert consequences([other], [], SCENARIO) == [other]
    by_code = Finding("content", "error", "s", table="t", factors=("queries",))
    assert consequences([by_code], answers, SCENARIO) == [by_code]
