"""What is wrong with a cache: each class, and what looks like it and is none."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.analysis.caching_findings import of_cache
from perflab.measurement import OPERATION_COLUMNS

SCENARIO: dict[str, Any] = {
    "factors": [{"name": "queries", "kind": "setting"}, {"name": "caching", "kind": "cache"}],
    "traffic": {"endpoints": [{"name": "job", "method": "GET"}]},
}
ROW: dict[str, Any] = {
    "endpoint": "job", "said_cached": False, "requests": 10, "gets": 10, "hits": 5, "sets": 5, "best_rate": 0.6,
}  # fmt: skip


def found(*operations: dict[str, Any], **row: Any) -> list[dict[str, Any]]:
    """`operations` are those of all_on unless they say otherwise; a Step each, all of the same request."""
    usual = {"round": 1, "cell": "all_on", "endpoint": "job", "key": "k", "ttl_s": 60.0, "in_transaction": False}
    noted = [{**usual, "step": n, "hit": None, **operation} for n, operation in enumerate(operations)]
    table = pd.DataFrame(noted, columns=list(OPERATION_COLUMNS)).astype({"hit": "boolean", "in_transaction": "boolean"})
    trace = pd.DataFrame(
        {"round": 1, "step": range(len(noted)), "method": "GET", "path": "/jobs/1", "body": None, "user": "7"}
    )
    return of_cache([{**ROW, **row}], table, trace, SCENARIO)


def classes(*operations: dict[str, Any], **row: Any) -> list[str]:
    return [one["class"] for one in found(*operations, **row)]


def get(hit: bool, **more: Any) -> dict[str, Any]:
    return {"name": "get", "hit": hit, **more}


def put(**more: Any) -> dict[str, Any]:
    return {"name": "set", **more}


def test_a_sound_cache_has_no_finding() -> None:
    assert found(get(False), put(), get(True), {"name": "delete"}, get(False), put()) == []


def test_what_is_said_to_be_cached_and_never_asked_for() -> None:
    (finding,) = found(said_cached=True, gets=0, hits=0, sets=0)
    assert (finding["class"], finding["endpoint"], finding["method"]) == ("cache_never_read", "job", "GET")
    assert finding["factors"] == ["caching"]
    assert finding["sentence"] == "job is said to be cached, and asked the cache in none of 10 requests."
    assert (finding["steps"], finding["example"]) == ([], {}), "it rests on all requests together"


@pytest.mark.parametrize(("best_rate", "expected"), [(0.6, ["cache_never_read"]), (0.2, []), (None, [])])
def test_what_is_kept_and_never_found_though_it_could_be(best_rate: float | None, expected: list[str]) -> None:
    assert classes(hits=0, best_rate=best_rate) == expected


def test_entries_without_a_time_to_live() -> None:
    (finding,) = found(put(ttl_s=None), put(ttl_s=60.0))
    assert finding["class"] == "cache_unbounded" and finding["count"] == 1 and finding["example"]["key"] == "k"
    assert finding["steps"] == [{"round": 1, "step": 0}]
    fresh = put(ttl_s=None, key="a"), put(ttl_s=None, key="b")
    assert classes(*fresh, hits=0) == ["cache_never_read", "cache_unbounded"], "two things, of which neither explains the other"


def test_another_key_each_time() -> None:
    fresh = get(False, key="a"), put(key="a"), get(False, key="b"), put(key="b")
    assert classes(*fresh) == ["cache_unbounded"]
    assert classes(*fresh, hits=0) == ["cache_unbounded"], "that it is never found needs no finding of its own"
    assert classes(get(False), put(), get(False), put()) == [], "the same key, dropped in between"


def test_a_delete_inside_a_transaction() -> None:
    (finding,) = found({"name": "delete", "in_transaction": True, "source": "app/signals.py:9 changed"})
    assert finding["class"] == "invalidation_before_commit"
    assert "(at app/signals.py:9 changed)" in finding["sentence"]
    assert classes({"name": "delete", "in_transaction": False}) == []


def test_a_value_that_is_read_and_written_back() -> None:
    same = {"step": 1, "key": "hits"}
    (finding,) = found(get(False), get(True, **same), put(**same))
    assert finding["class"] == "counter_race" and finding["steps"] == [{"round": 1, "step": 1}]
    assert finding["example"] == {"key": "hits", "source": None}
    assert classes(get(False, **same), put(**same)) == [], "what was missing and is then kept is how caching goes"
    assert classes(get(True, step=1), put(step=2)) == [], "another request"


def test_other_cells_do_not_count() -> None:
    assert found(put(ttl_s=None, cell="caching"), {"name": "delete", "in_transaction": True, "cell": "twin"}) == []
