"""The cache ledger over small runs in which every lookup is written down."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from scipy import stats

from perflab.analysis.caching.ledger import COUNTS, ledger
from perflab.analysis.stats.pairs import Pairs
from perflab.run.tables import OPERATIONS

FACTORS = ("queries", "caching")
SCENARIO: dict[str, Any] = {
    "factors": [{"name": "queries", "kind": "setting"}, {"name": "caching", "kind": "cache"}],
    "traffic": {"endpoints": [{"name": "job", "method": "GET", "cached": True}, {"name": "me", "method": "GET"}]},
}
NO_OPERATIONS = pd.DataFrame(columns=list(OPERATIONS.names))
NO_ANSWERS = pd.DataFrame(columns=["endpoint", "cell", "class"])


def run(rounds: int = 3, **changes: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A round: job 1 four times, hit but for the first, and once after a write; 10 ms without a cache, 1 ms a hit, 12 a miss."""
    requests = [
        ("job", None, 0),
        ("job", None, 1),
        ("job", None, 1),
        ("job", None, 1),
        ("write", None, 0),
        ("job", 4, 0),
    ]
    samples, trace = [], []
    for number in range(1, rounds + 1):
        for step, (endpoint, affected_by, hit) in enumerate(requests):
            place = {"round": number, "step": step, "endpoint": endpoint, "phase": "measured"}
            digest = "v2" if step > 4 else "v1"
            looks = endpoint == "job"
            samples += [
                {**place, "cell": "queries", "latency_s": 0.010, "response_digest": digest, "cache_hits": 0, "cache_misses": 0,
                 "cache_sets": 0, "cache_deletes": 0},
                {**place, "cell": "all_on", "latency_s": 0.001 if hit else 0.012, "response_digest": digest,
                 "cache_hits": int(looks and hit), "cache_misses": int(looks and not hit),
                 "cache_sets": int(looks and not hit), "cache_deletes": int(not looks)},
            ]  # fmt: skip
            trace.append({**place, "method": "GET" if looks else "POST", "path": "/jobs/1", "body": None, "user": "7",
                          "affected_by": affected_by, "at_s": step * 20.0})  # fmt: skip
    return pd.DataFrame(samples), pd.DataFrame(trace).astype({"affected_by": "Int32"}).assign(**changes)


def rows(
    operations: list[dict[str, Any]] | None = None, answers: pd.DataFrame = NO_ANSWERS, **changes: Any
) -> list[Any]:
    samples, trace = run()
    operation_rows = pd.DataFrame(operations or [], columns=list(OPERATIONS.names))
    scenario = {**SCENARIO, **changes}
    whole, *single = ledger(Pairs.of(samples, measured_only=False), trace, operation_rows, answers, scenario, FACTORS)
    assert whole.endpoint == "ALL"
    return single


def test_requests_that_the_cache_served_are_counted_beside_lookups() -> None:
    """A page that takes two lookups is one request; one that hits, and makes a query all the same, was not served."""
    samples, trace = run()
    on = (samples["cell"] == "all_on") & (samples["endpoint"] == "job")
    samples.loc[on & (samples["cache_hits"] > 0), "cache_hits"] = 2
    samples["query_count"] = 1
    samples.loc[on & samples["step"].isin([1, 2]), "query_count"] = 0
    whole, job, _ = ledger(Pairs.of(samples, measured_only=False), trace, NO_OPERATIONS, NO_ANSWERS, SCENARIO, FACTORS)
    assert job.hit_rate.estimate == pytest.approx(18 / 24)
    assert job.served.estimate == pytest.approx(6 / 15) and whole.served.estimate == pytest.approx(6 / 15)


def test_a_declared_cache_that_is_never_asked_has_a_rate_of_0_by_requests() -> None:
    samples, trace = run()
    samples[["cache_hits", "cache_misses"]] = 0
    whole, job, *_ = ledger(Pairs.of(samples, measured_only=False), trace, NO_OPERATIONS, NO_ANSWERS, SCENARIO, FACTORS)
    for row in (whole, job):
        assert (row.gets, row.requests, row.hit_rate.estimate, row.hit_rate.low) == (0, 15, 0.0, 0.0)
        assert row.hit_rate.high == pytest.approx(stats.binomtest(0, 15).proportion_ci(0.95, "exact").high)


def test_a_cache_that_is_switched_and_not_used_at_all_is_never_asked() -> None:
    samples, trace = run()
    samples[list(COUNTS.values())] = 0
    scenario = {**SCENARIO, "traffic": {"endpoints": [{"name": "job", "method": "GET"}]}}
    pairs = Pairs.of(samples, measured_only=False)
    (whole,) = ledger(pairs, trace, NO_OPERATIONS, NO_ANSWERS, scenario, FACTORS)
    assert (whole.endpoint, whole.gets, whole.requests, whole.hit_rate.estimate) == ("ALL", 0, 0, None)
    assert (
        ledger(pairs, trace, NO_OPERATIONS, NO_ANSWERS, {**scenario, "factors": SCENARIO["factors"][:1]}, FACTORS) == []
    )


def test_keys_whose_hits_do_not_count_are_named() -> None:
    usual = {"round": 1, "step": 1, "cell": "all_on", "endpoint": "job", "name": "set", "taken_back": True}
    operations = [
        {**usual, "key": ":1:views:7"},
        {**usual, "key": ":1:views:9"},
        {**usual, "key": "x", "taken_back": False},
    ]
    job, write = rows(operations)
    assert (job.not_counted, write.not_counted) == (("views:#",), ())


def test_known_by_hand() -> None:
    job, write = rows()
    json.dumps([job.as_dict(), write.as_dict()], allow_nan=False)
    assert (job.endpoint, job.requests, job.gets, job.hits, job.misses, job.sets) == (
        "job",
        15,
        15,
        9,
        6,
        6,
    )
    exact = stats.binomtest(9, 15).proportion_ci(0.95, "exact")  # rounds that agree are no certainty
    assert job.hit_rate is not None
    assert (job.hit_rate.estimate, job.hit_rate.rounds) == (0.6, 3)
    assert (job.hit_rate.low, job.hit_rate.high) == pytest.approx((exact.low, exact.high))
    assert job.best_rate == pytest.approx(9 / 15), "the first of a round and the one after the write cannot be hits"
    assert (job.after_write_rate, job.cold_rate, job.warm_rate) == (0.0, pytest.approx(2 / 3), 0.5)
    saved_s = job.saved_s
    assert (saved_s.estimate, saved_s.low, saved_s.high, saved_s.n) == pytest.approx((0.009, 0.009, 0.009, 9))
    assert job.miss_cost.estimate == pytest.approx(1.2) and job.miss_cost.n == 6
    assert (write.endpoint, write.gets, write.deletes_per_request) == ("write", 0, 1.0)
    assert write.hit_rate.estimate is None and write.saved_s is None


def test_all_endpoints_are_those_that_ask_the_cache() -> None:
    samples, trace = run()
    operation_rows = pd.DataFrame(columns=list(OPERATIONS.names))
    whole, job, _ = ledger(Pairs.of(samples, measured_only=False), trace, operation_rows, NO_ANSWERS, SCENARIO, FACTORS)
    same = ("requests", "gets", "hits", "misses", "sets", "deletes", "hit_rate", "best_rate", "cold_rate", "warm_rate")
    assert [getattr(whole, name) for name in same] == [getattr(job, name) for name in same]
    assert whole.saved_s is not None and whole.saved_s.estimate == pytest.approx(0.009)


def test_a_write_that_drops_nothing_has_a_row_where_something_cached_reads_what_it_writes() -> None:
    samples, trace = run()
    samples["cache_deletes"] = 0
    operation_rows = pd.DataFrame(columns=list(OPERATIONS.names))
    for affects, expected in ((["job"], ["ALL", "job", "write"]), (["me"], ["ALL", "job"])):
        endpoints = [*SCENARIO["traffic"]["endpoints"], {"name": "write", "method": "POST", "affects": affects}]
        scenario = {**SCENARIO, "traffic": {"endpoints": endpoints}}
        cache_rows = ledger(
            Pairs.of(samples, measured_only=False), trace, operation_rows, NO_ANSWERS, scenario, FACTORS
        )
        assert [row.endpoint for row in cache_rows] == expected


@pytest.mark.parametrize(
    ("ttl_s", "expected"),
    [([60.0], True), ([100.0], True), ([101.0], False), ([None], False), ([None, 99.0], True), ([], None)],
)
def test_an_entry_can_expire_where_a_rounds_traffic_is_as_long_as_its_time_to_live(
    ttl_s: list[float | None], expected: bool | None
) -> None:
    operation_rows = [{"cell": "all_on", "name": "set", "endpoint": "job", "ttl_s": ttl} for ttl in ttl_s]
    assert rows(operation_rows)[0].could_expire is expected, "a round is 100 s long"


def test_whether_callers_get_responses_of_their_own_is_stated() -> None:
    assert rows()[0].personal is False
    endpoints = [{"name": "job", "method": "GET", "path": "/jobs/{user}", "as": "user", "cached": True}]
    assert rows(traffic={"endpoints": endpoints})[0].personal is True


def test_sizes_and_times_to_live_come_from_the_checks() -> None:
    operation_rows = [
        {
            "cell": "all_on",
            "name": "set",
            "endpoint": "job",
            "bytes": size,
            "ttl_s": ttl,
            "raw_bytes": size and 5 * size,
        }
        for size, ttl in ((100, 60.0), (300, 60.0), (None, None))
    ]
    job = rows([*operation_rows, {"cell": "caching", "name": "set", "endpoint": "job", "bytes": 9999, "ttl_s": 1.0}])[0]
    assert job.entry_bytes == 200 and job.raw_bytes == 1000 and job.ttl_s == [60.0, "for ever"]
    assert rows()[0].entry_bytes is None and rows()[0].raw_bytes is None and rows()[0].ttl_s == []


def test_a_run_of_an_earlier_version_has_no_sizes_before_compression() -> None:
    samples, trace = run()
    operation_rows = pd.DataFrame(
        {"cell": ["all_on"], "name": ["set"], "endpoint": ["job"], "bytes": [9], "ttl_s": [60.0]}
    )
    _, job, _ = ledger(Pairs.of(samples, measured_only=False), trace, operation_rows, NO_ANSWERS, SCENARIO, FACTORS)
    assert (job.entry_bytes, job.raw_bytes) == (9, None)


def test_wrong_responses_stand_beside_the_hits() -> None:
    answers = pd.DataFrame(
        {"endpoint": "job", "cell": ["all_on", "all_on", "caching"], "class": ["stale", "cross_user_leak", "stale"]}
    )
    job = rows(answers=answers)[0]
    assert (job.stale, job.cross_user_leak) == (1, 1)


def test_what_is_stated_to_be_cached_has_a_row_though_it_asks_nothing() -> None:
    traffic = {"endpoints": [{"name": "write", "method": "POST"}, {"name": "job", "method": "GET", "cached": True}]}
    samples, trace = run()
    samples[["cache_hits", "cache_misses", "cache_sets", "cache_deletes"]] = 0
    scenario = {**SCENARIO, "traffic": traffic}
    operation_rows = pd.DataFrame(columns=list(OPERATIONS.names))
    _, job = ledger(Pairs.of(samples, measured_only=False), trace, operation_rows, NO_ANSWERS, scenario, FACTORS)
    assert (job.endpoint, job.gets, job.declared_cached, job.saved_s) == ("job", 0, True, None)


def test_without_a_cell_that_lacks_only_the_cache_nothing_is_saved_or_lost() -> None:
    job = rows(factors=[{"name": "queries", "kind": "setting"}, {"name": "caching", "kind": "setting"}])[0]
    assert (job.saved_s, job.miss_cost) == (None, None)


def test_without_lookups_or_samples_there_is_no_ledger() -> None:
    samples, trace = run()
    operation_rows = pd.DataFrame(columns=list(OPERATIONS.names))
    for spoiled in (samples.iloc[:0], samples.drop(columns="cache_hits"), samples[samples["cell"] == "queries"]):
        assert (
            ledger(Pairs.of(spoiled, measured_only=False), trace, operation_rows, NO_ANSWERS, SCENARIO, FACTORS) == []
        )


@pytest.mark.parametrize(
    ("ttl_s", "expected"), [([60.0], 0), ([19.0], 9), ([19.0, 21.0], 0), ([19.0, None], 0), ([], 0)]
)
def test_requests_that_come_later_than_the_time_to_live_are_counted(ttl_s: list[float | None], expected: int) -> None:
    operation_rows = [{"cell": "all_on", "name": "set", "endpoint": "job", "ttl_s": ttl} for ttl in ttl_s]
    job = rows(operation_rows)[0]
    assert (job.repeats, job.expired) == (9, expected), "one each 20 s; what a write changed in between does not repeat"


def test_what_is_the_best_of_a_cache_of_responses_is_not_said_of_a_cache_of_objects() -> None:
    samples, trace = run()
    trace["path"] = [f"/jobs/{number}" for number in range(len(trace))]  # never the same request twice, and yet hits
    operation_rows = pd.DataFrame(columns=list(OPERATIONS.names))
    whole, job, _ = ledger(Pairs.of(samples, measured_only=False), trace, operation_rows, NO_ANSWERS, SCENARIO, FACTORS)
    assert whole.best_rate is None and job.best_rate is None
    leaked = pd.DataFrame({"endpoint": ["job"], "cell": ["all_on"], "class": ["cross_user_leak"]})
    _, job, _ = ledger(Pairs.of(samples, measured_only=False), trace, operation_rows, leaked, SCENARIO, FACTORS)
    assert job.best_rate == 0.0, "somebody else's response was computed, for another request"
