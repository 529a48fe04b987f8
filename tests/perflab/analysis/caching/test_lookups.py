"""Lookups in a loop, times to live that are too short, and deletes of keys that nobody stores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from perflab.analysis.caching.ledger import CacheRow
from perflab.analysis.caching.lookups import in_vain, repeated_lookups, short_lived, words_of
from perflab.run.records import Finding
from perflab.run.tables import OPERATIONS
from tests.perflab.analysis.caching.test_findings import ROW

SCENARIO: dict[str, Any] = {
    "traffic": {
        "endpoints": [
            {"name": "job", "method": "GET"},
            {"name": "plain", "method": "GET"},
            {"name": "apply", "method": "POST", "affects": ["job"]},
            {"name": "note", "method": "POST", "affects": ["plain"]},
        ]
    }
}


def table(*operations: dict[str, Any]) -> pd.DataFrame:
    usual = {
        "round": 1,
        "step": 0,
        "cell": "all_on",
        "endpoint": "job",
        "source": "app/views.py:3 show",
        "together": False,
    }
    return OPERATIONS.frame([{**usual, **operation} for operation in operations])


def gets(number: int, **more: Any) -> list[dict[str, Any]]:
    return [{"name": "get", "key": f":1:card:{n}", "hit": True, **more} for n in range(number)]


def test_many_lookups_of_one_line_in_one_request() -> None:
    (finding,) = repeated_lookups(table(*gets(30), *gets(12, step=1)))
    assert (finding.kind, finding.endpoint, finding.count) == ("repeated_lookup", "job", 2)
    assert finding.sentence == (
        "job looks up 30 entries in the cache one by one in a request (at app/views.py:3 show); one get_many would fetch "
        "them together."
    )
    assert finding.steps == [{"round": 1, "step": 0}, {"round": 1, "step": 1}]
    assert finding.example["key"] == ":1:card:0" and finding.example["lookups"] == 30


def test_the_same_entry_again_and_again() -> None:
    (finding,) = repeated_lookups(table(*gets(30, key="k", source=None)))
    assert finding.sentence == "job looks up the same entry 30 times in a request; once would do."
    (finding,) = repeated_lookups(table(*gets(15, source=None), *gets(15, source=None)))
    assert finding.sentence.startswith(
        "job looks up 15 entries 30 times in the cache one by one in a request; one get_many"
    )


@pytest.mark.parametrize(
    "operations",
    [
        gets(9),
        gets(30, together=True),
        gets(30, together=None),
        [*gets(6), *gets(6, source="app/views.py:4 show")],
        [{**get, "step": n} for n, get in enumerate(gets(30))],
        [{"name": "set", "key": f"k{n}"} for n in range(30)],
    ],
)  # fmt: skip
def test_what_is_no_loop_of_lookups(operations: list[dict[str, Any]]) -> None:
    assert [*repeated_lookups(table(*operations))] == []


def test_a_run_of_an_earlier_version_has_no_such_column() -> None:
    assert [*repeated_lookups(table(*gets(30)).drop(columns="together"))] == []


def rows(**changes: Any) -> list[CacheRow]:
    return [replace(ROW, endpoint="ALL", repeats=40, expired=40), replace(ROW, **changes)]


def test_entries_that_expire_before_they_are_requested_again() -> None:
    (finding,) = short_lived(rows(repeats=40, expired=30, ttl_s=[1.0, 2.0]))
    assert (finding.kind, finding.endpoint, finding.count) == ("ttl_short", "job", 30)
    assert finding.sentence == (
        "job stores its responses for 2.00 s, too short for this traffic: 30 of 40 requests that repeat an earlier one, with "
        "the same response, come later than that."
    )
    assert finding.example == {"ttl_s": 2.0, "repeats": 40}


@pytest.mark.parametrize(("repeats", "expired"), [(40, 20), (4, 4), (40, 0)])
def test_a_time_to_live_that_most_requests_meet_or_too_few_to_tell(repeats: int, expired: int) -> None:
    assert [*short_lived(rows(repeats=repeats, expired=expired))] == []


def test_endpoints_that_are_too_rare_to_tell_are_judged_together() -> None:
    job, account = (replace(ROW, endpoint=name, repeats=4, expired=3, ttl_s=[1.0]) for name in ("job", "account"))
    (finding,) = short_lived([job, account])
    assert (finding.endpoint, finding.count) == ("job", 6)
    assert finding.sentence == (
        "job, like other endpoints, stores its responses for 1.00 s, too short for this traffic: 6 of 8 requests that repeat an "
        "earlier one, with the same response, come later than that."
    )
    assert [*short_lived([job, replace(account, expired=1)])] == []
    assert [*short_lived([job, account, replace(ROW, endpoint="me", repeats=40, expired=0)])] == []


def found_in_vain(*operations: dict[str, Any]) -> list[Finding]:
    stored = {"name": "set", "key": ":1:answer:job:job_id=7"}
    return [*in_vain(table(stored, *operations), rows(sets=1), SCENARIO)]


def delete(key: str, endpoint: str = "apply") -> dict[str, Any]:
    return {"name": "delete", "key": key, "endpoint": endpoint, "step": 4}


def test_keys_that_are_deleted_and_never_stored() -> None:
    (finding,) = found_in_vain(delete("user_7_listing"), delete("user_8_listing"))
    assert (finding.kind, finding.endpoint, finding.count) == ("delete_in_vain", "apply", 2)
    assert finding.sentence == (
        "apply deletes 2 keys from the cache that no request ever stores or looks up (user_7_listing and user_8_listing): "
        "nothing is invalidated; the response of job is under :1:answer:job:job_id=7."
    )
    assert finding.steps == [{"round": 1, "step": 4}] and finding.example["key"] == "user_7_listing"


@pytest.mark.parametrize(
    "operations",
    [
        [delete(":1:answer:job:job_id=7")],
        [delete(":1:answer:job:job_id=8")],
        [delete(":1:answer:profile:job_id=8")],
        [delete("user_7_listing"), delete(":1:answer:job:job_id=8")],
        [delete("user_7_listing"), {"name": "get", "key": "user_9_listing", "hit": False}],
        [delete("user_7_listing", endpoint="note")],
        [delete("user_7_listing", endpoint="job")],
        [delete("4711")],
    ],
)  # fmt: skip
def test_deletes_that_may_well_be_right(operations: list[dict[str, Any]]) -> None:
    assert found_in_vain(*operations) == []


def test_numbers_are_no_words_of_a_key() -> None:
    assert words_of(":1:user_5_Payments") == {"user", "payments"}
