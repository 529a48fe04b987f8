from __future__ import annotations

import json

import pytest

from perflab.analysis import summarise
from perflab.analysis.summary import index_count, verdict
from tests.perflab.synthetic import Truth, make_run, make_samples

KEYS = [
    "schema", "scenario", "run_id", "verdict", "claims", "effects", "attribution", "equivalence", "findings", "cache",
    "indexes", "queries", "capacity", "control", "environment",
]  # fmt: skip
EFFECT_KEYS = {
    "endpoint", "metric", "statistic", "contrast", "before", "after", "ratio", "difference", "low", "high", "n", "rounds",
    "verdict",
}  # fmt: skip
SMALL = Truth(rounds=3, blocks=3)


def test_a_summary_has_the_contracts_keys_and_is_json():
    found = summarise(make_run(SMALL))

    json.dumps(found, allow_nan=False)
    assert [*found] == KEYS
    assert set(found["effects"][0]) >= EFFECT_KEYS
    assert found["verdict"].startswith("Of 10 claims: ")
    assert (found["scenario"], found["run_id"]) == ("marketplace", "20261123-101500")


def test_the_whole_has_its_median_and_95th_percentile():
    rows = [
        e
        for e in summarise(make_run(SMALL))["effects"]
        if e["endpoint"] == "ALL" and e["metric"] == "latency_s"
    ]

    whole = {e["statistic"]: e for e in rows if e["contrast"] == "all_on / all_off"}
    assert set(whole) == {"mean", "p50", "p95"}
    assert whole["p50"]["before"] < whole["p95"]["before"]


def test_the_same_run_gives_the_same_summary():
    assert json.dumps(summarise(make_run(SMALL))) == json.dumps(summarise(make_run(SMALL)))


@pytest.mark.parametrize(
    ("status", "words"),
    [("failed", "The run failed"), ("interrupted", "was interrupted"), ("running", "has not finished")],
)
def test_no_verdict_is_drawn_from_an_unfinished_run(status, words):
    found = summarise(make_run(SMALL, status=status))

    assert words in found["verdict"]
    assert {c["verdict"] for c in found["claims"]} == {"not measured"}
    assert {e["verdict"] for e in found["effects"]} == {"inconclusive"}
    assert {e["seen"] for e in found["effects"]} == {None}
    assert found["effects"][0]["before"] > 0  # what was measured is kept


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
    found = summarise(make_run(SMALL, samples=spoiled(how)))

    json.dumps(found, allow_nan=False)
    response_time = found["claims"][0]
    assert response_time["verdict"] in ("not measured", "inconclusive")
    assert response_time["reason"].endswith(".")
    whole = next(e for e in found["effects"] if e["metric"] == "latency_s")
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


def test_a_scenario_without_claims_says_so():
    assert verdict([]) == "The scenario makes no claim."
    assert verdict([{"verdict": "supported"}]) == "Of 1 claim: 1 supported."
