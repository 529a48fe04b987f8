"""What came of asking at once."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.analysis.caching.concurrency import counters, serialised, stampedes
from perflab.run.tables import CONCURRENCY

STAMPEDE = {
    "kind": "stampede", "endpoint": "job", "worker_count": 4, "spread_s": 0.001, "computed_count": 4,
    "query_count_at_once": 12, "query_count_alone": 3,
}  # fmt: skip
COUNTER = {
    "kind": "counter", "endpoint": "job", "worker_count": 4, "key": "job:hits", "count_due": 200, "count_made": 163,
}  # fmt: skip

SERIAL = {
    "kind": "serial", "endpoint": "job", "method": "GET", "path": "/jobs/2", "user": "5", "worker_count": 2,
    "key": "/jobs/1", "held_s": 0.6, "alone_s": 0.008, "waited_s": 0.3,
}  # fmt: skip


def table(*rows: dict[str, Any]) -> Any:
    return CONCURRENCY.frame(rows)


def test_a_row_for_each_endpoint_with_means() -> None:
    single = {**STAMPEDE, "computed_count": 1, "query_count_at_once": 3}
    rows = stampedes(table(STAMPEDE, single, {**STAMPEDE, "endpoint": "account"}, COUNTER))
    assert [row["endpoint"] for row in rows] == ["account", "job"]
    assert rows[1] == {
        "endpoint": "job", "asked": 2, "workers": 4, "computed": 2.5, "queries": 7.5, "queries_alone": 3.0,
        "spread_s": pytest.approx(0.001),
    }  # fmt: skip


def test_a_counter_says_how_many_counts_it_lost() -> None:
    rows = counters(table(STAMPEDE, COUNTER, {**COUNTER, "key": "misses", "count_made": 201}))
    assert [(row["key"], row["lost"]) for row in rows] == [("job:hits", 37), ("misses", 0)]
    assert rows[0]["workers"] == 4


def test_nothing_comes_of_nothing() -> None:
    assert stampedes(table()) == counters(table()) == []
    assert [*serialised(table(), [])] == []


def test_a_response_that_waits_for_another_one_is_computed_after_it() -> None:
    (finding,) = serialised(table(STAMPEDE, SERIAL, COUNTER), ["caching"])
    assert (finding.kind, finding.endpoint, finding.method, finding.factors) == (
        "serialised",
        "job",
        "GET",
        ["caching"],
    )
    assert finding.sentence == (
        "job computes one response at a time, whatever it is of: /jobs/2 takes 8.00 ms by itself, and 308 ms while another "
        "worker is held up with /jobs/1."
    )
    assert finding.example["waited_s"] == 0.3


@pytest.mark.parametrize("waited_s", [0.0, 0.14])
def test_a_response_that_hardly_waits_is_not(waited_s: float) -> None:
    assert [*serialised(table({**SERIAL, "waited_s": waited_s}), ["caching"])] == []
