from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.claims import claims
from tests.perflab.analysis.claimed import claim, judge
from tests.perflab.analysis.tables import flat, samples_of
from tests.perflab.synthetic import Truth, make_samples, scenario


@pytest.mark.parametrize(("bound", "verdict"), [(0.5, "supported"), (0.9, "inconclusive"), (0.95, "refuted")])
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


@pytest.mark.parametrize("metric", ["capacity_users", "repeated_queries", "stale_responses", "db_cpu_s"])
def test_what_nothing_measures_is_not_measured_and_says_why(metric):
    result = judge(samples_of({"all_off": flat(1), "all_on": flat(1)}), claim(metric))

    assert (result.verdict, result.estimate, result.n, result.ratio) == ("not measured", None, 0, None)
    assert result.reason.startswith("Not measured: ")


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
    of_endpoints = audited.pivot_table("latency_s", "cell", "endpoint")
    weights = pd.Series({k.name: k.weight for k in truth.kinds})[of_endpoints.columns]
    means = of_endpoints.mul(weights).sum(axis=1) / weights.sum()
    assert (results["response-time"].before, results["response-time"].after) == pytest.approx(
        (means["all_off"], means["all_on"])
    )
    verdicts = {name: result.verdict for name, result in results.items()}
    assert verdicts["response-time-target"] == verdicts["database-cpu"] == verdicts["breaking"] == "supported"
    assert verdicts["hit-rate"] == "refuted"  # 70% is true here
    assert verdicts["indexes"] == "supported"
    assert verdicts["capacity"] == verdicts["stale"] == "not measured"


def test_a_claim_is_supported_only_if_its_whole_scope_was_compared():
    endpoints = [{"name": name, "path": "/", "weight": 1, "audited": True} for name in ("a", "b")]
    table = samples_of({"all_off": flat(10, steps=20), "all_on": flat(1, steps=20)}, endpoint="a")

    (result,) = claims(table, {"claims": [claim(bound=0.5)], "traffic": {"endpoints": endpoints}})
    assert (result.verdict, result.reason) == (
        "inconclusive",
        "Not all of its scope was compared: no request to b was.",
    )

    (result,) = claims(table, {"claims": [claim(bound=0.5)], "traffic": {"endpoints": endpoints[:1]}})
    assert result.verdict == "supported"
