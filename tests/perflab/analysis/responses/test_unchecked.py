"""Checks that could not have failed, and why."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.analysis.responses.unchecked import Unchecked, of_scope, unchecked
from perflab.analysis.stats.pairs import Pairs

SCENARIO = {
    "traffic": {
        "endpoints": [
            {"name": "stock", "method": "GET", "path": "/stock/1", "cached": True, "weight": 2},
            {"name": "other", "method": "GET", "path": "/other", "weight": 0},
            {"name": "see", "method": "POST", "path": "/see", "affects": ["stock"], "weight": 1},
        ]
    },
    "factors": [{"name": "cache", "kind": "cache"}],
    "factor_traits": {"cache": ["caches"]},
}
SAME = "its response before and after the writes that affect it is the same with everything off"


def reasons(
    *responses: tuple[str, int | None, str], hits: int = 1, sets: int = 1, control: bool = True, meta: Any = None
) -> dict[tuple[str, str], str]:
    """The reasons of a run of these Steps: endpoint, the write that it reads back, and the baseline's digest."""
    cells = ["all_off", "all_on", *(["twin_off"] if control else [])]
    samples = pd.DataFrame(
        [
            {"round": 1, "step": step, "cell": cell, "endpoint": endpoint, "phase": "check", "response_digest": digest,
             "cache_hits": hits, "cache_sets": sets}
            for step, (endpoint, _, digest) in enumerate(responses) for cell in cells
        ]
    )  # fmt: skip
    trace = pd.DataFrame(
        [
            {"round": 1, "step": step, "endpoint": endpoint, "method": "GET", "path": f"/{endpoint}", "body": None, "user": None,
             "affected_by": written}
            for step, (endpoint, written, _) in enumerate(responses)
        ]
    ).astype({"affected_by": "Int32"})  # fmt: skip
    pairs = Pairs.of(samples, measured_only=False)
    return {(row.endpoint, row.check): row.reason for row in unchecked(pairs, trace, SCENARIO, meta or {})}


READ_BACK = (("stock", None, "v1"), ("see", None, "ok"), ("stock", 1, "v2"))


def test_a_response_that_a_write_changes_is_checked() -> None:
    assert reasons(*READ_BACK) == {}


@pytest.mark.parametrize(
    ("responses", "reason"),
    [
        ((("stock", None, "v1"), ("see", None, "ok"), ("stock", 1, "v1")), SAME),
        (
            (("see", None, "ok"), ("stock", 0, "v2")),
            "no request was made both before and after a write that affects it",
        ),
        ((("stock", None, "v1"), ("see", None, "ok"), ("stock", None, "v2")), "no request read it back after a write"),
    ],
)
def test_a_response_that_no_write_changes_is_not(responses: Any, reason: str) -> None:
    assert reasons(*responses) == {("stock", "stale"): reason}


def test_an_endpoint_that_was_never_requested_was_not_compared() -> None:
    assert reasons(READ_BACK[0]) == {
        ("see", "comparison"): "it was not requested",
        ("stock", "stale"): "no request read it back after a write",
    }


def test_a_cache_that_kept_nothing_serves_nothing_old() -> None:
    assert reasons(*READ_BACK, hits=0, sets=0) == {("stock", "stale"): "no entry of it was ever kept in a cache"}
    assert reasons(*READ_BACK, hits=0) == {("stock", "stale"): "none of its entries was found in the cache again"}


def test_what_the_workers_noted_is_told() -> None:
    notes = {"later_pages": {"other": {"requested": 2, "empty": 2}, "stock": {"requested": 2, "empty": 1}}}
    rows = reasons(
        *READ_BACK, ("other", None, "x"), meta={"response_notes": notes | {"not_compared": {"other": "it is long"}}}
    )
    assert rows == {
        ("other", "comparison"): "it is long",
        ("other", "pages"): "every later page among the check requests is empty",
    }


def test_a_run_without_an_aa_control_of_the_baseline_says_nothing() -> None:
    assert reasons(("stock", None, "v1"), ("see", None, "ok"), ("stock", 1, "v1"), control=False) == {}


def test_a_sentence_names_what_counts_for_a_claim() -> None:
    rows = [Unchecked("stock", "stale", "it is new"), Unchecked("other", "pages", "it is empty")]
    assert of_scope(rows, ("stale",), None) == "stock was not checked, because it is new."
    assert of_scope(rows, ("stale", "pages"), ["other"]) == "other was not checked, because it is empty."
    assert of_scope(rows, ("comparison",), None) is None
