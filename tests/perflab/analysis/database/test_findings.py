"""What is found to be wrong with indexes."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from perflab.analysis.database.findings import CLASSES, of_indexes
from perflab.run.records import Finding
from perflab.run.tables import SUGGESTIONS

SWITCHES = {"indexes": {"count": 1, "names": ["t_a"]}}
ROW = {
    "name": "t_a", "table": "t", "key": ["a"], "candidate": True, "overlap": None, "scans": 5, "endpoints": [],
    "redundant_or_unused": False,
}  # fmt: skip
TRIED = {
    "endpoint": "list", "fingerprint": "q", "source": "app/views.py:3 list", "table": "t", "model": "app.Thing",
    "columns": '["owner", "-created"]', "instead_of": None, "before_s": 0.010, "after_s": 0.0002, "used": True, "bytes": 8192,
}  # fmt: skip


def findings_of(row: dict[str, Any] | None = None, tried: dict[str, Any] | None = None) -> list[Finding]:
    suggestions = pd.DataFrame([{**TRIED, **tried}] if tried is not None else [], columns=list(SUGGESTIONS.names))
    result = of_indexes([{**ROW, **(row or {})}], suggestions, SWITCHES, {"asked": 18, "all": 21})
    json.dumps([finding.as_dict() for finding in result], allow_nan=False)
    assert all(finding.kind in CLASSES for finding in result)
    return result


def test_a_used_index_is_no_finding() -> None:
    assert findings_of() == []


@pytest.mark.parametrize(
    ("how", "word"), [("duplicate", "has the same columns"), ("covered", "begins with the same columns")]
)
def test_one_that_another_stands_in_for(how: str, word: str) -> None:
    (finding,) = findings_of({"overlap": {"how": how, "by": "t_other"}, "scans": 0})
    assert finding.kind == "index_duplicate" and finding.index == "t_a" and finding.factors == ("indexes",)
    assert "t_other" in finding.sentence and word in finding.sentence


def test_one_that_nothing_scanned_says_in_how_much_traffic() -> None:
    (finding,) = findings_of({"scans": 0, "redundant_or_unused": True})
    assert finding.kind == "index_unused" and finding.severity == "info"
    assert finding.sentence == "The index t_a on t (a) is unused by this traffic (18 of 21 URLs)."


def test_one_of_an_installed_package_is_told_last_and_as_no_fault_of_the_projects() -> None:
    own = {**ROW, "overlap": {"how": "duplicate", "by": "t_other"}}
    foreign = {**own, "name": "tag_a", "package": "taggit"}
    first, last = of_indexes([foreign, own], pd.DataFrame([], columns=list(SUGGESTIONS.names)), None, None)
    assert (first.index, first.severity, last.index, last.severity) == ("t_a", "warning", "tag_a", "info")
    assert last.sentence.endswith("serves the same queries. It belongs to the installed package taggit.")
    assert last.example == {"by": "t_other", "package": "taggit"}


@pytest.mark.parametrize(
    "row", [{"scans": None}, {"scans": 0, "endpoints": ["list"]}, {"scans": 0, "candidate": False}]
)
def test_what_the_run_did_not_call_superfluous_is_not_unused(row: dict[str, Any]) -> None:
    assert findings_of(row) == []


def test_a_missing_index_names_the_query_and_what_it_would_gain() -> None:
    (finding,) = findings_of(tried={})
    assert (finding.kind, finding.endpoint, finding.index, finding.factors) == ("index_missing", "list", None, ())
    assert (
        "models.Index(fields=['owner', '-created']) reduces the time of the query from 10.00 to 0.20 ms"
        in finding.sentence
    )
    assert finding.example["source"] == "app/views.py:3 list"


def test_columns_the_wrong_way_round() -> None:
    (finding,) = findings_of(tried={"instead_of": "t_a"})
    assert (finding.kind, finding.index, finding.factors) == ("index_column_order", "t_a", ("indexes",))


def test_a_sort_that_no_index_serves() -> None:
    (finding,) = findings_of(tried={"sorted_rows": 5000.0, "instead_of": "t_a"})
    assert (finding.kind, finding.index, finding.factors) == ("sort_unserved", "t_a", ("indexes",))
    assert finding.sentence.startswith(
        "list sorts 5,000 rows of t to show few of them, because no index has that order, and t_a has another order or "
        "direction: models.Index("
    )
    (finding,) = findings_of(tried={"sorted_rows": 5000.0})
    assert (finding.kind, finding.index) == ("sort_unserved", None) and "direction" not in finding.sentence


@pytest.mark.parametrize(
    "tried",
    [
        {"used": False}, {"used": None}, {"before_s": None}, {"after_s": None}, {"after_s": 0.006},
        {"before_s": 0.00008, "after_s": 0.00004}, {"sorted_rows": 5000.0, "after_s": 0.006},
    ],
)  # fmt: skip
def test_what_did_not_help_is_no_finding(tried: dict[str, Any]) -> None:
    assert findings_of(tried=tried) == []
