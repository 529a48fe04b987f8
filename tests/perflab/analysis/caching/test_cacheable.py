"""What makes a cache hit or miss, read off a scenario, its ledger and a trace."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.analysis.caching.cacheable import UNLIMITED_S, Invalidation, cacheable_endpoints

ENDPOINTS: list[dict[str, Any]] = [
    {"name": "payments", "method": "GET", "path": "/users/{user}/payments?page={page}", "weight": 6, "as": "user",
     "params": {"user": "shop.User.pk", "page": [1, 1, 1, 2]}},
    {"name": "reviews", "method": "GET", "path": "/reviews/{reviewed}", "weight": 2, "as": "viewer",
     "params": {"reviewed": "shop.User.pk", "viewer": "shop.User.pk"}},
    {"name": "account", "method": "GET", "path": "/account", "weight": 1, "as": "user", "params": {"user": "shop.User.pk"}},
    {"name": "pay", "method": "POST", "path": "/payments/", "weight": 0.5, "params": {"payer": "shop.Job.client"},
     "affects": ["payments"]},
    {"name": "rename", "method": "PATCH", "path": "/me", "weight": 0.5, "params": {"user": "shop.User.pk"},
     "affects": ["payments", "account"]},
]  # fmt: skip
SCENARIO = {"traffic": {"endpoints": ENDPOINTS}}


def row(endpoint: str, **changes: Any) -> dict[str, Any]:
    return {
        "endpoint": endpoint, "gets": 10, "requests": 10, "sets": 5, "ttl_s": [300.0], "personal": False, **changes,
    }  # fmt: skip


ROWS = [row("ALL"), row("payments", personal=True), row("reviews"), row("account", personal=True), row("pay", gets=0)]


def trace(*steps: tuple[Any, ...]) -> pd.DataFrame:
    """Steps as (endpoint, path, user, affected_by)."""
    table = pd.DataFrame(steps, columns=["endpoint", "path", "user", "affected_by"])
    table = table.assign(round=1, step=range(len(table)), method="GET", body=None)
    return table.astype({"affected_by": "Int32", "step": "int32", "round": "int32", "endpoint": "string"})


NO_WRITES = trace(("payments", "/users/1/payments?page=1", "1", None))
WRITES = trace(
    ("pay", "/payments/", "1", None), ("payments", "/users/1/payments?page=1", "1", 0), ("payments", "/users/2/payments", "2", 0),
    ("pay", "/payments/", "1", None), ("payments", "/users/1/payments?page=1", "1", 3), ("payments", "/users/3/payments", "3", 3),
    ("rename", "/me", "1", None), ("payments", "/users/1/payments?page=1", "1", 6), ("account", "/account", "1", 6),
    ("account", "/account", "1", 6),
)  # fmt: skip


def test_known_by_hand() -> None:
    payments, reviews, account = cacheable_endpoints(SCENARIO, ROWS, WRITES)
    assert (payments.endpoint, payments.lookups, payments.ttl_s, payments.rows) == ("payments", 1.0, 300.0, 1)
    assert payments.shares == (0.75, 0.25)
    assert payments.invalidations == (Invalidation(0.05, 2.0, 2.0, False), Invalidation(0.05, 1.0, 1.0, True))
    assert payments.free == pytest.approx(0.6 - 0.05 * 2 - 0.05)
    assert (reviews.rows, reviews.shares, reviews.invalidations, reviews.free) == (1, (1.0,), (), 0.2), (
        "viewers share an answer"
    )
    assert account.rows == 1, "the path is everybody's, the answer is not"
    assert account.invalidations == (Invalidation(0.05, 1.0, 2.0, True),), "one thing, read twice"


def test_callers_with_responses_of_their_own_make_things_of_two_rows() -> None:
    (reviews,) = cacheable_endpoints(SCENARIO, [row("reviews", personal=True)], NO_WRITES)
    assert reviews.rows == 2


def test_params_of_one_model_come_from_one_row() -> None:
    endpoint = {"name": "job", "method": "GET", "path": "/jobs/{id}/{client}", "weight": 1,
                "params": {"id": "shop.Job.pk", "client": "shop.Job.client"}}  # fmt: skip
    (job,) = cacheable_endpoints({"traffic": {"endpoints": [endpoint]}}, [row("job")], NO_WRITES)
    assert job.rows == 1


def test_a_write_that_the_trace_does_not_have_is_taken_to_be_read_back_once() -> None:
    payments = cacheable_endpoints(SCENARIO, ROWS, NO_WRITES)[0]
    assert [(change.things, change.reads) for change in payments.invalidations] == [(1.0, 1.0), (1.0, 1.0)]


def test_more_reads_after_writes_than_the_weights_have_leave_none_free() -> None:
    endpoints = [{**ENDPOINTS[0], "weight": 0.1}, {**ENDPOINTS[3], "weight": 1}]
    assert cacheable_endpoints({"traffic": {"endpoints": endpoints}}, [row("payments")], WRITES)[0].free == 0.0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"ttl_s": [60.0, 300.0]}, 60.0), ({"ttl_s": ["for ever"]}, UNLIMITED_S), ({"sets": 0, "ttl_s": []}, 0.0)],
)
def test_times_to_live(changes: dict[str, Any], expected: float) -> None:
    assert cacheable_endpoints(SCENARIO, [row("reviews", **changes)], NO_WRITES)[0].ttl_s == expected


def test_the_scope_is_kept_and_writes_are_left_out() -> None:
    assert [endpoint.endpoint for endpoint in cacheable_endpoints(SCENARIO, ROWS, WRITES, ["reviews", "pay"])] == [
        "reviews"
    ]
    assert cacheable_endpoints(SCENARIO, [row("pay"), row("nowhere")], WRITES) == []


def test_where_a_time_to_live_or_the_weights_are_not_known_nothing_is_stated() -> None:
    assert cacheable_endpoints(SCENARIO, [row("reviews"), row("payments", ttl_s=[])], WRITES) == []
    assert cacheable_endpoints({}, ROWS, WRITES) == []
    weightless = [{**endpoint, "weight": 0} for endpoint in ENDPOINTS]
    assert cacheable_endpoints({"traffic": {"endpoints": weightless}}, ROWS, WRITES) == []
