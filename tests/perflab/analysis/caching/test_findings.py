"""What is wrong with a cache: each class, and what looks like it and is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from perflab.analysis.caching.findings import of_cache
from perflab.analysis.caching.ledger import CacheRow, HitRate
from perflab.run.records import Finding
from perflab.run.tables import OPERATIONS

SCENARIO: dict[str, Any] = {
    "factors": [{"name": "queries", "kind": "setting"}, {"name": "caching", "kind": "cache"}],
    "traffic": {"endpoints": [{"name": "job", "method": "GET"}]},
}
ROW = CacheRow(
    "job", declared_cached=False, requests=10, gets=10, hits=5, misses=5, sets=5, deletes=0, hit_rate=HitRate(0.5),
    after_write_rate=None, cold_rate=None, warm_rate=None, repeats=6, expired=0, best_rate=0.6, saved_s=None, miss_cost=None,
    deletes_per_request=0.0, entry_bytes=None, raw_bytes=None, ttl_s=[60.0], personal=False, could_expire=None, stale=0,
    cross_user_leak=0,
)  # fmt: skip


def findings_of(*operations: dict[str, Any], counted: Any = (), **row: Any) -> list[Finding]:
    """`operations` are those of all_on unless they say otherwise; a Step each, all of the same request."""
    usual = {"round": 1, "cell": "all_on", "endpoint": "job", "key": "k", "ttl_s": 60.0, "in_transaction": False}
    operation_rows = [{**usual, "step": n, "hit": None, **operation} for n, operation in enumerate(operations)]
    table = pd.DataFrame(operation_rows, columns=list(OPERATIONS.names)).astype(
        {"hit": "boolean", "in_transaction": "boolean", "counts": "boolean"}
    )
    trace = pd.DataFrame(
        {"round": 1, "step": range(len(operation_rows)), "method": "GET", "path": "/jobs/1", "body": None, "user": "7"}
    )
    return of_cache([replace(ROW, **row)], table, trace, SCENARIO, counted)


def classes(*operations: dict[str, Any], **row: Any) -> list[str]:
    return [finding.kind for finding in findings_of(*operations, **row)]


def get(hit: bool, **more: Any) -> dict[str, Any]:
    return {"name": "get", "hit": hit, **more}


def put(**more: Any) -> dict[str, Any]:
    return {"name": "set", **more}


def test_a_sound_cache_has_no_finding() -> None:
    assert findings_of(get(False), put(), get(True), {"name": "delete"}, get(False), put()) == []


def test_what_is_stated_to_be_cached_and_never_requested() -> None:
    (finding,) = findings_of(declared_cached=True, gets=0, hits=0, sets=0)
    assert (finding.kind, finding.endpoint, finding.method) == ("cache_never_read", "job", "GET")
    assert finding.factors == ["caching"]
    assert finding.sentence == "job is declared as cached, but none of its 10 requests looked anything up in the cache."
    assert (finding.steps, finding.example) == ([], {}), "it rests on all requests together"


@pytest.mark.parametrize(("best_rate", "expected"), [(0.6, ["cache_never_read"]), (0.2, []), (None, [])])
def test_what_is_kept_and_never_found_though_it_could_be(best_rate: float | None, expected: list[str]) -> None:
    assert classes(hits=0, best_rate=best_rate) == expected


def test_entries_without_a_time_to_live() -> None:
    (finding,) = findings_of(put(ttl_s=None), put(ttl_s=60.0))
    assert finding.kind == "cache_unbounded" and finding.count == 1 and finding.example["key"] == "k"
    assert finding.steps == [{"round": 1, "step": 0}]
    fresh = put(ttl_s=None, key="a"), put(ttl_s=None, key="b")
    assert classes(*fresh, hits=0) == ["cache_never_read", "cache_unbounded"], (
        "two things, of which neither explains the other"
    )


def test_another_key_each_time() -> None:
    fresh = get(False, key="a"), put(key="a"), get(False, key="b"), put(key="b")
    assert classes(*fresh) == ["cache_unbounded"]
    assert classes(*fresh, hits=0) == ["cache_unbounded"], "that it is never found needs no finding of its own"
    assert classes(get(False), put(), get(False), put()) == [], "the same key, dropped in between"


def test_a_delete_inside_a_transaction() -> None:
    (finding,) = findings_of({"name": "delete", "in_transaction": True, "source": "app/signals.py:9 changed"})
    assert finding.kind == "invalidation_before_commit"
    assert "(at app/signals.py:9 changed)" in finding.sentence
    assert classes({"name": "delete", "in_transaction": False}) == []


def test_a_value_that_is_read_and_counted_on() -> None:
    same = {"step": 1, "key": "hits"}
    (finding,) = findings_of(get(False), get(True, **same), put(**same, counts=True))
    assert finding.kind == "counter_race" and finding.steps == [{"round": 1, "step": 1}]
    assert finding.example == {"key": "hits", "source": None, "cell": "all_on"}
    assert classes(get(True, **same), put(**same, counts=False)) == [], "a page that was stale, and is kept anew"
    assert classes(get(True, **same), put(**same)) == [], "a run of an earlier version does not tell"


def test_a_counter_is_no_response_that_expires_too_early_or_is_never_read() -> None:
    late = {"repeats": 40, "expired": 40}
    count = (get(True, step=1), put(step=1, counts=True))
    assert classes(*count, hits=0) == ["counter_race"]
    assert classes(*count, hits=0, gets=0, declared_cached=True) == ["cache_never_read", "counter_race"]
    assert classes(get(False), put(step=0), **late) == ["ttl_short"]
    assert classes(get(False), put(step=0), *count, **late) == ["counter_race"]


def counter(lost: int, **more: Any) -> dict[str, Any]:
    return {"endpoint": "job", "key": "hits", "workers": 4, "due": 400, "lost": lost, **more}


def test_counts_that_were_lost_at_once() -> None:
    assert findings_of(counted=[counter(0)]) == []
    (finding,) = findings_of(counted=[counter(37), counter(0, key="others")])
    assert (finding.kind, finding.endpoint, finding.count) == ("counter_race", "job", 37)
    assert finding.factors == ["caching"]
    assert finding.sentence == "job counts in hits: 37 of 400 increments were lost with four concurrent workers."


def test_a_race_that_was_seen_both_ways_is_one_finding() -> None:
    same = {"step": 1, "key": "hits", "source": "app/views.py:3 count"}
    (finding,) = findings_of(get(True, **same), put(**same, counts=True), counted=[counter(37)])
    assert finding.sentence == (
        "job reads hits from the cache and writes the new value back, so concurrent changes can be lost. "
        "37 of 400 increments were lost with four concurrent workers."
    )
    assert (finding.count, finding.example["source"]) == (1, "app/views.py:3 count")


def test_other_cells_do_not_count() -> None:
    assert (
        findings_of(put(ttl_s=None, cell="caching"), {"name": "delete", "in_transaction": True, "cell": "twin"}) == []
    )


def test_the_row_of_all_endpoints_is_no_endpoint() -> None:
    assert findings_of(endpoint="ALL", declared_cached=True, gets=0, hits=0, sets=0) == []


def packed(raw: int, stored: int, pack_s: float = 1e-6, unpack_s: float = 1e-6, **more: Any) -> dict[str, Any]:
    return put(bytes=stored, raw_bytes=raw, pack_s=pack_s, unpack_s=unpack_s, **more)


@pytest.mark.parametrize(("stored", "expected"), [(1100, True), (1000, True), (901, True), (900, False), (300, False)])
def test_entries_that_are_hardly_smaller_for_being_compressed(stored: int, expected: bool) -> None:
    assert classes(packed(1000, stored)) == ["compression_loss"] * expected


def test_what_compression_loses_is_reported_of_the_median_entry() -> None:
    (finding,) = findings_of(
        packed(100, 110), packed(300, 310, 2e-6, 2e-6), packed(9000, 1000, source="app/views.py:9 show")
    )
    assert finding.sentence == (
        "job compresses its entries but gains little: the median entry has 310 B instead of 300 B and takes 2.00 µs to compress "
        "and decompress."
    )
    assert (finding.count, finding.factors) == (3, ["caching"])


def test_compressing_that_takes_longer_than_the_bytes_would_travel() -> None:
    """2000 bytes less are 320 µs on a slow network, there and back."""
    assert classes(packed(3000, 1000, 200e-6, 119e-6)) == []
    (finding,) = findings_of(packed(3000, 1000, 200e-6, 121e-6))
    assert finding.sentence == (
        "job compresses its entries but loses time: the median entry takes 321 µs to compress and decompress; sending the "
        "1.95 KiB saved to the server and back at 100 Mbit/s would take 320 µs."
    )


def test_what_small_entries_lose_large_ones_may_gain_for_the_cache_as_a_whole() -> None:
    small, large = packed(300, 200, 50e-6), packed(9000, 1000, 100e-6, endpoint="list")
    assert classes(small, large) == []
    assert [finding.endpoint for finding in findings_of(small, {**large, "pack_s": 5e-3})] == ["job", "list"]


def test_entries_that_are_not_compressed_or_of_an_earlier_version_have_no_loss() -> None:
    assert classes(put(bytes=10), put(bytes=10, raw_bytes=10)) == []
    old = pd.DataFrame({"cell": ["all_on"], "name": ["set"], "endpoint": ["job"], "ttl_s": [60.0], "round": [1], "step": [0],
                        "key": ["k"], "in_transaction": [False], "hit": [None]}).astype({"hit": "boolean"})  # fmt: skip
    trace = pd.DataFrame({"round": [1], "step": [0], "method": "GET", "path": "/", "body": None, "user": None})
    assert of_cache([ROW], old, trace, SCENARIO) == []
