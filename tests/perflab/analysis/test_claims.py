from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from perflab.analysis import claims
from perflab.analysis.database.queries import QueryRow
from tests.perflab.analysis.tables import flat, samples_of
from tests.perflab.synthetic import Truth, make_samples, scenario

# The keys of a claim in summary.json; `reason` and `ratio` come on top.
KEYS = [
    "id", "statement", "metric", "unit", "direction", "bound", "scope", "claimed", "before", "after", "estimate", "low",
    "high", "n", "rounds", "verdict",
]  # fmt: skip


def claim(metric="latency_s", direction="at_least", bound=0.5, **more):
    return {
        "id": "it",
        "statement": "It falls",
        "metric": metric,
        "direction": direction,
        "bound": bound,
        **more,
    }


def judge(samples, stated, **more):
    (result,) = claims(samples, {"claims": [stated], "traffic": {"endpoints": ENDPOINTS}}, **more)
    return result


ENDPOINTS = [
    {"name": "read", "method": "GET", "audited": True},
    {"name": "search", "method": "POST", "audited": True, "writes": False},
    {"name": "write", "method": "POST", "audited": True},
    {"name": "other", "method": "GET"},
]


def test_a_reduction_is_one_less_the_ratio_and_its_interval_turns_round():
    table = samples_of({"all_off": [[10], [10], [10]], "all_on": [[1], [2], [4]]})

    result = judge(table, claim())

    low, high = stats.t.interval(0.95, 2, loc=np.log([0.1, 0.2, 0.4]).mean(), scale=stats.sem(np.log([0.1, 0.2, 0.4])))
    assert result.estimate == pytest.approx(0.8)
    assert (result.low, result.high) == pytest.approx((1 - np.exp(high), 1 - np.exp(low)))
    assert (result.before, result.after) == pytest.approx((10, 7 / 3))
    assert (result.n, result.rounds, result.unit) == (3, 3, "s")
    assert [*result.as_dict()] == [*KEYS, "reason", "ratio"]
    assert result.ratio is not None
    assert (result.ratio.estimate, result.ratio.low, result.ratio.high) == pytest.approx(
        (0.2, np.exp(low), np.exp(high))
    )


@pytest.mark.parametrize(("bound", "verdict"), [(0.5, "supported"), (0.9, "supported"), (0.95, "refuted")])
def test_verdicts(bound, verdict):
    assert judge(samples_of({"all_off": flat(10), "all_on": flat(1)}), claim(bound=bound)).verdict == verdict


def test_an_interval_around_the_bound_is_inconclusive():
    table = samples_of({"all_off": flat(10), "all_on": [[4], [5], [6]]}, error=None)

    assert judge(table[table["step"] == 0], claim(bound=0.5)).verdict == "inconclusive"


@pytest.mark.parametrize(("scope", "after"), [("audited", 2.5), ("all", 27.5), (None, 27.5), ("write", 5)])
def test_a_scope_leaves_out_what_it_does_not_name(scope, after):
    table = samples_of({"all_off": [[10, 10, 10, 10]] * 3, "all_on": [[2, 3, 5, 100]] * 3})
    table["endpoint"] = table["step"].map(dict(enumerate(["read", "search", "write", "other"])))

    assert judge(table, claim(scope=scope)).after == after


def test_a_scope_that_names_nothing_is_not_measured():
    table = samples_of({"all_off": flat(1), "all_on": flat(1)}, endpoint="read")

    result = judge(table, claim(scope="nowhere"))

    assert (result.verdict, result.estimate) == ("not measured", None)
    assert result.reason == "Not measured: no endpoint is in the scope 'nowhere'."


def lookups(hits, misses):
    """Samples of all_on, one request per round with so many hits and misses; all_off has no cache."""
    table = samples_of({"all_off": flat(1, steps=1), "all_on": flat(1, steps=1)})
    on = table["cell"] == "all_on"
    table[["cache_hits", "cache_misses"]] = 0
    table.loc[on, "cache_hits"], table.loc[on, "cache_misses"] = hits, misses
    return table


def test_the_hit_rate_is_over_rounds():
    result = judge(lookups([80, 90, 85], [20, 10, 15]), claim("cache_hit_rate", bound=0.6))

    low, high = stats.t.interval(0.95, 2, loc=0.85, scale=stats.sem([0.8, 0.9, 0.85]))
    assert (result.low, result.estimate, result.high) == pytest.approx((low, 0.85, high))
    assert result.ratio is None, "a rate is no reduction"
    assert (result.n, result.before, result.after, result.verdict) == (
        300,
        None,
        result.estimate,
        "supported",
    )


def test_the_hit_rate_stays_between_nothing_and_everything():
    result = judge(lookups([10, 10, 8], [0, 0, 2]), claim("cache_hit_rate", bound=0.8))

    assert result.high == 1
    assert result.verdict == "inconclusive"


def test_a_hit_rate_without_lookups_is_not_measured():
    result = judge(lookups([0, 0, 0], [0, 0, 0]), claim("cache_hit_rate", bound=0.8))

    assert result.verdict == "not measured"
    assert "no request looked anything up" in result.reason


def test_changed_responses_are_counted_exactly_with_the_warm_up():
    table = samples_of({"all_off": flat(1), "all_on": flat(1)}, phase="measured", response_digest="same")
    table.loc[(table["cell"] == "all_on") & (table["round"] == 2), "response_digest"] = "other"
    table.loc[table["round"] == 2, "phase"] = "warmup"

    result = judge(table, claim("changed_responses", "at_most", 0))

    assert (result.estimate, result.low, result.high, result.n) == (2, 2, 2, 6)
    assert result.verdict == "refuted"
    assert judge(table, claim("changed_responses", "at_most", 2)).verdict == "supported"


def test_responses_that_change_by_themselves_refute_nothing_and_the_claim_says_so():
    cells = {"all_off": flat(10), "queries": flat(9), "caching": flat(9), "all_on": flat(1), "twin": flat(1)}
    table = samples_of(cells, phase="measured", endpoint="read")
    table["response_digest"] = [str(row) for row in range(len(table))]  # no two are alike

    gained, same = judge(table, claim()), judge(table, claim("changed_responses", "at_most", 0))
    stale = judge(
        table, claim("stale_responses", "at_most", 0), answers=pd.DataFrame(columns=["cell", "class", "endpoint"])
    )

    assert gained.verdict == "supported"
    assert gained.reason == "Responses of read change by themselves and were not compared."
    assert same.verdict == stale.verdict == "not measured"
    assert same.reason == stale.reason == "Not measured: responses of read change by themselves and were not compared."

    table.loc[table["cell"] == "queries", "response_digest"] = table.loc[
        table["cell"] == "all_off", "response_digest"
    ].to_numpy()
    assert judge(table, claim()).verdict == "refuted", "with queries alone on they are right: a switch is to blame"


@pytest.mark.parametrize(("count", "verdict"), [(22, "supported"), (21, "refuted"), (None, "not measured")])
def test_indexes_are_counted_by_the_run(count, verdict):
    table = samples_of({"all_off": flat(1), "all_on": flat(1)})

    assert judge(table, claim("index_count", "equals", 22), index_count=count).verdict == verdict


@pytest.mark.parametrize("metric", ["capacity_users", "repeated_queries", "stale_responses", "db_cpu_s"])
def test_what_nothing_measures_is_not_measured_and_says_why(metric):
    result = judge(samples_of({"all_off": flat(1), "all_on": flat(1)}), claim(metric))

    assert (result.verdict, result.estimate, result.n, result.ratio) == ("not measured", None, 0, None)
    assert result.reason.startswith("Not measured: ")


def test_repeated_queries_are_not_measured_where_no_check_looked():
    """Checks end with their time: what they did not come to is unknown, and not without a fault."""
    table = samples_of({"all_off": flat(1), "all_on": flat(1)}, endpoint="read")
    row = QueryRow("read", "all_off", "q", "SELECT 1", times=1, most=1, seconds=0.1, rows=1, requests=4, repeated=False)
    stated = claim("repeated_queries", "at_most", 0, scope="read")

    result = judge(table, stated, queries=[row], checked={"read": 4, "write": 9})
    assert (result.verdict, result.before, result.estimate, result.n) == ("supported", 0, 0, 4)
    result = judge(table, stated, queries=[row], checked={"write": 9})
    assert (result.verdict, result.reason) == (
        "not measured",
        "Not measured: no check recorded the queries of read.",
    )


def test_no_verdict_is_drawn_from_a_run_that_did_not_finish():
    result = judge(samples_of({"all_off": flat(10), "all_on": flat(1)}), claim(), complete=False)

    assert (result.verdict, result.estimate) == ("not measured", None)
    assert result.reason == "The run did not finish, so no verdict is drawn from it."


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (samples_of({}), "Not measured: the run has no samples."),
        (samples_of({"all_off": flat(1)}), "Not measured: there are no samples of the cell all_on."),
        (
            samples_of({"all_off": flat(1), "all_on": flat(1)}, error="500"),
            "Not measured: every request of the cell all_off failed.",
        ),
        (
            samples_of({"all_off": flat(1), "all_on": flat(np.nan)}),
            "Not measured: latency_s is unknown in the cell all_on: it could not be measured.",
        ),
    ],
)  # fmt: skip
def test_what_is_missing_is_stated_in_a_sentence(table, reason):
    result = judge(table, claim())

    assert (result.verdict, result.reason) == ("not measured", reason)


def test_two_rounds_are_too_few_for_a_verdict():
    result = judge(samples_of({"all_off": flat(10, 2), "all_on": flat(1, 2)}), claim())

    assert (result.verdict, result.estimate, result.low) == ("inconclusive", 0.9, None)
    assert "3 rounds" in result.reason


def test_the_marketplaces_claims():
    truth = Truth(rounds=4, blocks=8)
    samples = make_samples(truth)

    results = {c.id: c for c in claims(samples, scenario(truth), index_count=22)}

    json.dumps([result.as_dict() for result in results.values()], allow_nan=False)
    audited = samples[
        (samples["phase"] == "measured") & samples["endpoint"].isin([k.name for k in truth.kinds if k.audited])
    ]
    means = audited.groupby("cell")["latency_s"].mean()
    assert (results["response-time"].before, results["response-time"].after) == pytest.approx(
        (means["all_off"], means["all_on"])
    )
    verdicts = {name: result.verdict for name, result in results.items()}
    assert verdicts["response-time-target"] == verdicts["database-cpu"] == verdicts["breaking"] == "supported"
    assert verdicts["hit-rate"] == "refuted"  # 70% is true here
    assert verdicts["indexes"] == "supported"
    assert verdicts["capacity"] == verdicts["stale"] == "not measured"
