"""What is found to be wrong with indexes."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from perflab.analysis.database.findings import CLASSES, of_indexes
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


def found(row: dict[str, Any] | None = None, tried: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    suggestions = pd.DataFrame([{**TRIED, **tried}] if tried is not None else [], columns=list(SUGGESTIONS.names))
    result = of_indexes([{**ROW, **(row or {})}], suggestions, SWITCHES, {"asked": 18, "all": 21})
    json.dumps(result, allow_nan=False)
    assert all(one["class"] in CLASSES for one in result)
    return result


def test_a_used_index_is_no_finding() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("how", "word"), [("duplicate", "has the same columns"), ("covered", "begins with the same columns")]
)
def test_one_that_another_stands_in_for(how: str, word: str) -> None:
    (one,) = found({"overlap": {"how": how, "by": "t_other"}, "scans": 0})
    assert one["class"] == "index_duplicate" and one["index"] == "t_a" and one["factors"] == ["indexes"]
    assert "t_other" in one["sentence"] and word in one["sentence"]


def test_one_that_nothing_scanned_says_in_how_much_traffic() -> None:
    (one,) = found({"scans": 0, "redundant_or_unused": True})
    assert one["class"] == "index_unused" and one["severity"] == "info"
    assert one["sentence"] == "The index t_a on t (a) is unused by this traffic (18 of 21 URLs)."


@pytest.mark.parametrize(
    "row", [{"scans": None}, {"scans": 0, "endpoints": ["list"]}, {"scans": 0, "candidate": False}]
)
def test_what_the_run_did_not_call_superfluous_is_not_unused(row: dict[str, Any]) -> None:
    assert found(row) == []


def test_a_missing_index_names_the_query_and_what_it_would_gain() -> None:
    (one,) = found(tried={})
    assert (one["class"], one["endpoint"], one["index"], one["factors"]) == ("index_missing", "list", None, [])
    assert "models.Index(fields=['owner', '-created']) reduces its query from 10.00 to 0.20 ms" in one["sentence"]
    assert one["example"]["source"] == "app/views.py:3 list"


def test_columns_the_wrong_way_round() -> None:
    (one,) = found(tried={"instead_of": "t_a"})
    assert (one["class"], one["index"], one["factors"]) == ("index_column_order", "t_a", ["indexes"])


@pytest.mark.parametrize(
    "tried",
    [
        {"used": False}, {"used": None}, {"before_s": None}, {"after_s": None}, {"after_s": 0.006},
        {"before_s": 0.00008, "after_s": 0.00004},
    ],
)  # fmt: skip
def test_what_did_not_help_is_no_finding(tried: dict[str, Any]) -> None:
    assert found(tried=tried) == []
