"""The records of summary.json: their rows, and those of schema 1."""

from __future__ import annotations

import json

from perflab.run.records import Attribution, ClaimResult, Effect, Estimate, Finding

EFFECT = Effect(
    "ALL", "latency_s", "mean", "all_on / all_off", 0.02, 0.01, 0.5, -0.01, 0.4, 0.6, 900, 5, "better", True, True, 0.03
)


def test_an_effect_is_a_row_and_back() -> None:
    row = EFFECT.as_dict()
    assert list(row)[:4] == ["endpoint", "metric", "statistic", "contrast"] and "currency" not in row
    assert (row["statistically_significant"], row["practically_significant"], row["mde"]) == (True, True, 0.03)
    assert Effect.of(json.loads(json.dumps(row))) == EFFECT


def test_only_a_cost_has_a_currency() -> None:
    assert Effect.of({**EFFECT.as_dict(), "currency": "EUR"}).as_dict()["currency"] == "EUR"


def test_an_effect_of_schema_1_is_read_by_the_keys_of_then() -> None:
    row = EFFECT.as_dict()
    for name, old in (
        ("statistically_significant", "seen"),
        ("practically_significant", "material"),
        ("mde", "blind_to"),
    ):
        row[old] = row.pop(name)
    assert Effect.of(row) == EFFECT


def test_what_a_row_does_not_say_is_unknown() -> None:
    effect = Effect.of({"endpoint": "ALL", "metric": "latency_s", "statistic": "mean", "contrast": "x", "more": 1})
    assert (effect.ratio, effect.verdict, effect.n) == (None, "inconclusive", 0)


def test_a_claims_result_is_a_row_and_back() -> None:
    result = ClaimResult(
        "c1", "Half the time", "latency_s", "s", "at_least", 0.5, claimed={"value": "50%"}, verdict="supported"
    )
    row = result.as_dict()
    assert (row["id"], row["claimed"], row["verdict"], row["reason"]) == ("c1", {"value": "50%"}, "supported", None)
    assert ClaimResult.of(row) == result


def test_a_finding_is_a_row_with_every_key_and_back() -> None:
    finding = Finding("index_unused", "info", "Unused.", table="t", index="t_idx", factors=["indexes"])
    row = finding.as_dict()
    assert list(row) == [
        "class", "severity", "sentence", "endpoint", "method", "table", "index", "factors", "count", "steps", "example",
    ]  # fmt: skip
    assert Finding.of(json.loads(json.dumps(row))).as_dict() == row


def test_a_leak_of_schema_1_has_its_name_of_today() -> None:
    row = {"class": "leaked", "severity": "error", "sentence": "Leaked.", "endpoint": "account"}
    assert Finding.of(row).kind == "cross_user_leak" and row["class"] == "leaked", "the row itself is left alone"


def test_an_attribution_has_the_keys_of_its_kind() -> None:
    part = Estimate(0.5, 0.4, 0.6)
    factor = Attribution("ALL", "latency_s", "log", 9, 3, "factor", "caching", part, part, part, part, 0.7)
    row = factor.as_dict()
    assert row["shapley"] == {"estimate": 0.5, "low": 0.4, "high": 0.6} and "together" not in row
    assert Attribution.of(row) == factor
    old = {**row, "alone": row["from_baseline"], "last": row["leave_one_out"], "share": 0.7}
    for name in ("from_baseline", "leave_one_out", "shapley_share"):
        del old[name]
    assert Attribution.of(old) == factor
    both = Attribution("ALL", "latency_s", "log", 9, 3, "interaction", "a x b", together=part)
    assert set(both.as_dict()) == {"endpoint", "metric", "scale", "n", "rounds", "kind", "factor", "together"}
    assert Attribution.of(both.as_dict()) == both
