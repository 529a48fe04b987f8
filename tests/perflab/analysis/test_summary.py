from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import t

from perflab.analysis.summary import index_count, summarise, why_no_capacity
from perflab.run.phases import LOAD
from tests.perflab.analysis.capacity.loaded import Server, load_test
from tests.perflab.synthetic import Truth, make_run, make_samples, scenario

KEYS = [
    "schema", "scenario", "run_id", "verdict", "claims", "effects", "attribution", "equivalence", "findings", "cache", "flush",
    "indexes", "queries", "capacity", "control", "environment",
]  # fmt: skip
EFFECT_KEYS = {
    "endpoint", "metric", "statistic", "contrast", "before", "after", "ratio", "difference", "low", "high", "n", "rounds",
    "verdict",
}  # fmt: skip
SMALL = Truth(rounds=3, blocks=3)


def test_a_summary_has_the_contracts_keys_and_is_json():
    summary = summarise(make_run(SMALL)).as_dict()

    json.dumps(summary, allow_nan=False)
    assert [*summary] == KEYS
    assert set(summary["effects"][0]) >= EFFECT_KEYS
    assert summary["verdict"] is None, "the report writes it"
    assert (summary["scenario"], summary["run_id"]) == ("marketplace", "20261123-101500")


def test_the_whole_has_its_median_and_95th_percentile():
    rows = [
        e
        for e in summarise(make_run(SMALL)).as_dict()["effects"]
        if e["endpoint"] == "ALL" and e["metric"] == "latency_s"
    ]

    whole = {e["statistic"]: e for e in rows if e["contrast"] == "all_on / all_off"}
    assert set(whole) == {"mean", "p50", "p95", "p99", "geomean"}
    assert whole["p50"]["before"] < whole["p95"]["before"]
    assert whole["p99"]["before"] is None
    assert "30 lie beyond it" in whole["p99"]["note"]


def test_the_same_run_gives_the_same_summary():
    assert json.dumps(summarise(make_run(SMALL)).as_dict()) == json.dumps(summarise(make_run(SMALL)).as_dict())


@pytest.mark.parametrize(
    ("status", "words"),
    [("failed", "The run failed"), ("interrupted", "was interrupted"), ("running", "has not finished")],
)
def test_no_verdict_is_drawn_from_an_unfinished_run(status, words):
    summary = summarise(make_run(SMALL, status=status)).as_dict()

    assert words in summary["effects"][0]["note"]
    assert {c["verdict"] for c in summary["claims"]} == {"not measured"}
    assert {e["verdict"] for e in summary["effects"]} == {"inconclusive"}
    assert {e["statistically_significant"] for e in summary["effects"]} == {None}
    assert summary["effects"][0]["before"] > 0  # what was measured is kept


def spoiled(how):
    samples = make_samples(SMALL)
    if how == "no samples":
        return samples.iloc[:0]
    if how == "all errors":
        return samples.assign(error="500", response_digest=None)
    if how == "nan":
        return samples.assign(latency_s=float("nan"))
    if how == "a missing cell":
        return samples[samples["cell"] != "all_on"]
    return samples[samples["round"] == 1]


@pytest.mark.parametrize("how", ["no samples", "all errors", "nan", "a missing cell", "one round"])
def test_a_spoiled_run_gets_sentences_instead_of_a_traceback(how):
    summary = summarise(make_run(SMALL, samples=spoiled(how))).as_dict()

    json.dumps(summary, allow_nan=False)
    response_time = summary["claims"][0]
    assert response_time["verdict"] in ("not measured", "inconclusive")
    assert response_time["reason"].endswith(".")
    whole = next(e for e in summary["effects"] if e["metric"] == "latency_s")
    assert (whole["verdict"], whole["low"]) == ("inconclusive", None)
    assert whole["note"].endswith(".")


@pytest.mark.parametrize(
    ("kept", "count"),
    [
        (22, 22),
        (["a", "b"], 2),
        ({"indexes": ["a", "b"], "more": 3}, 5),
        ({"indexes": {"count": 22, "names": ["a", "b"]}}, 22),
        ({"indexes": None}, None),
        (None, None),
        ("declared", None),
        (True, None),
    ],
)
def test_indexes_are_counted_from_what_the_environment_says(kept, count):
    assert index_count(kept) == count


def of(summary, endpoint, metric="latency_s", contrast="all_on / all_off"):
    return next(
        e for e in summary["effects"] if (e["endpoint"], e["metric"], e["contrast"]) == (endpoint, metric, contrast)
    )


def test_aa_controls_that_differ_withhold_every_verdict_on_times_and_none_on_counts():
    truth = Truth(rounds=5, blocks=4)
    samples = make_samples(truth)
    samples.loc[samples["cell"] == "twin", "latency_s"] *= 1.2

    summary = summarise(make_run(truth, samples=samples)).as_dict()

    verdicts = {claim["id"]: (claim["verdict"], claim["reason"] or "") for claim in summary["claims"]}
    for timed in ("response-time", "database-cpu"):
        assert verdicts[timed][0] == "inconclusive"
        assert verdicts[timed][1].startswith("Withheld: two identical cells (all_on and twin) differed by +2")
    assert verdicts["breaking"][0] == "supported"
    assert of(summary, "ALL")["verdict"] == "inconclusive"
    assert of(summary, "ALL")["ratio"] < 0.2, "the figures stay"
    assert of(summary, "ALL", "query_count")["verdict"] == "better"


def test_the_mix_is_taken_apart():
    summary = summarise(make_run(Truth(rounds=5, blocks=6))).as_dict()

    hits, misses = of(summary, "HITS"), of(summary, "MISSES")
    assert hits["ratio"] < misses["ratio"]
    assert hits["n"] + misses["n"] < of(summary, "READS")["n"] < of(summary, "ALL")["n"]
    assert of(summary, "WRITES")["n"] == of(summary, "ALL")["n"] - of(summary, "READS")["n"]
    assert of(summary, "GEOMEAN")["n"] <= 13
    assert (of(summary, "WARM")["n"], of(summary, "COLD")["n"]) == (0, of(summary, "ALL")["n"]), (
        "six blocks are no minute"
    )


def test_a_price_makes_processor_time_a_cost():
    run = make_run(SMALL)
    run.meta["scenario"]["prices"] = {"cpu_hour": 0.036, "currency": "EUR"}

    summary = summarise(run).as_dict()

    cpu, cost = of(summary, "ALL", "cpu_s"), of(summary, "ALL", "cost_per_million")
    assert cost["before"] == pytest.approx(cpu["before"] * 10)
    assert (cost["ratio"], cost["low"], cost["currency"]) == (cpu["ratio"], cpu["low"], "EUR")
    assert not [e for e in summarise(make_run(SMALL)).as_dict()["effects"] if e["metric"] == "cost_per_million"]


def test_processor_time_is_unknown_where_a_part_of_it_is():
    row = of(summarise(make_run(Truth(rounds=3, blocks=3, db_clock=False))).as_dict(), "ALL", "cpu_s")
    assert (row["before"], row["n"]) == (None, 0)
    assert "could not be measured" in row["note"]


def test_a_run_that_stopped_early_has_all_its_intervals_at_97_percent():
    run = make_run(Truth(rounds=5, blocks=4))
    usual = summarise(run).as_dict()
    run.meta["stopped_after"] = 5
    early = summarise(run).as_dict()
    wider = t.ppf(0.985, 4) / t.ppf(0.975, 4)

    def reach(summary):
        claim = next(claim for claim in summary["claims"] if claim["id"] == "response-time")
        shapley = summary["attribution"][0]["shapley"]
        return [
            np.log(of(summary, "ALL")["high"] / of(summary, "ALL")["low"]),
            np.log(of(summary, "READS")["high"] / of(summary, "READS")["low"]),
            np.log((1 - claim["low"]) / (1 - claim["high"])),
            np.log(shapley["high"] / shapley["low"]),
            np.log(summary["control"]["twin"]["high"] / summary["control"]["twin"]["low"]),
        ]

    assert np.divide(reach(early), reach(usual)) == pytest.approx([wider] * 5, rel=0.005)  # skewness widens both alike


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "this requires a load test: the scenario has no `capacity`."),
        (
            {"scenario": scenario(capacity={"seconds": 60})},
            "the profile skips the load test; `perflab capacity` runs it.",
        ),
        ({"failed_passes": {LOAD: "a server does not start"}}, "the load test failed: a server does not start"),
        ({"load": {"workers": 1}}, "this requires a load test: the scenario has no `capacity`."),
    ],
    ids=["none", "skipped", "failed", "ended before a round"],
)
def test_without_a_load_test_the_claim_on_capacity_says_why(changes, reason):
    run = make_run(SMALL, **changes)

    assert why_no_capacity(run) == reason
    if not changes:
        (claim,) = (row for row in summarise(run).claims if row.metric == "capacity_users")
        assert (claim.verdict, claim.reason) == ("not measured", f"Not measured: {reason}")


def test_a_run_with_a_load_test_has_its_ledger_and_judges_by_it():
    windows, requests = load_test(
        {"all_off": Server(), "all_on": Server(0.0025, rates=(260.0,))}, rounds=3, seconds=2.0
    )
    run = make_run(
        SMALL,
        load={"server": "gunicorn", "workers": 4, "threads": 1, "cores": 1},
        scenario=scenario(
            SMALL, capacity={"objective": {"percentile": 95, "within_s": 0.1, "errors": 0.01}, "think_s": 1}
        ),
    )
    run.__dict__.update(capacity_windows=windows, capacity_requests=requests)
    assert why_no_capacity(run) is None

    summary = summarise(run)

    assert [row.get("cell") or row["contrast"] for row in summary.capacity] == ["all_off", "all_on", "all_on / all_off"]
    (claim,) = (row for row in summary.claims if row.metric == "capacity_users")
    assert (claim.estimate, claim.rounds) == (summary.capacity[2]["users_ratio"]["estimate"], 3)
    json.dumps(summary.as_dict(), allow_nan=False)
