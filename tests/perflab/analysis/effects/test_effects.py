from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from perflab.analysis.effects.effects import compare, effects
from perflab.analysis.effects.table import EFFECT_COLUMNS
from perflab.errors import InputError
from tests.perflab.analysis.tables import flat, samples_of
from tests.perflab.synthetic import FACTORS, Truth, make_samples


def only(table: pd.DataFrame) -> pd.Series:
    assert len(table) == 1
    return table.iloc[0]


def test_known_by_hand():
    # Sums of 32 and 20 requests' seconds in three rounds of 20; without a round 28/18, 24/16, 28/16... as the levels say.
    table = samples_of(
        {"all_off": [[1, 3] * 10, [4, 4] * 10, [2, 2] * 10], "all_on": [[1, 1] * 10, [2, 2] * 10, [2, 2] * 10]}
    )

    row = only(compare(table, "latency_s", "all_off", "all_on"))

    without = np.log(
        [(2 + 2) / (4 + 2), (1 + 2) / (2 + 2), (1 + 2) / (2 + 4)]
    )  # a round's means: 2 and 1, 4 and 2, 2 and 2
    error = math.sqrt(2 / 3 * ((without - without.mean()) ** 2).sum())
    assert row["ratio"] == pytest.approx(5 / 8) == row["after"] / row["before"]
    assert row["standard_error"] == pytest.approx(error)
    reach = stats.t.ppf(0.975, 2) * error
    assert row["high"] == pytest.approx(5 / 8 * math.exp(reach)), "the few very long requests are the baseline's"
    assert row["low"] <= 5 / 8 * math.exp(-reach)
    assert (row["before"], row["after"]) == pytest.approx((16 / 6, 10 / 6))
    assert row["difference"] == pytest.approx(-1)
    assert (row["n"], row["rounds"], row["left_out"]) == (60, 3, 0)
    assert (row["endpoint"], row["contrast"], row["scale"]) == ("ALL", "all_on / all_off", "log")
    assert row["verdict"] == "inconclusive"
    assert row["note"] is None


def test_columns_are_those_of_the_design():
    assert tuple(compare(samples_of({"a": flat(1), "b": flat(1)}), "latency_s", "a", "b").columns) == EFFECT_COLUMNS


def test_only_pairs_count():
    """The heavy Step failed on one side: it must not weigh on the other."""
    table = samples_of({"a": [[1, 1, 100]] * 3, "b": [[2, 2, None]] * 3})

    row = only(compare(table, "latency_s", "a", "b"))

    assert row["before"] == 1
    assert row["ratio"] == pytest.approx(2)
    assert (row["n"], row["left_out"]) == (6, 3)


def test_errors_are_left_out_on_both_sides():
    table = samples_of({"a": [[1, 50]] * 3, "b": [[2, 2]] * 3})
    table["error"] = None
    table.loc[(table["cell"] == "b") & (table["step"] == 1), "error"] = "500 server error"

    row = only(compare(table, "latency_s", "a", "b"))

    assert (row["ratio"], row["n"], row["left_out"]) == (pytest.approx(2), 3, 3)


def test_a_group_has_a_row_of_its_own():
    table = samples_of({"a": [[1, 10] * 20] * 3, "b": [[2, 10] * 20] * 3})
    table["endpoint"] = np.where(table["step"] % 2 == 0, "jobs", "reviews")

    rows = compare(table, "latency_s", "a", "b", by="endpoint").set_index("endpoint")

    assert rows["ratio"].to_dict() == pytest.approx({"ALL": 12 / 11, "jobs": 2, "reviews": 1})
    assert rows["verdict"].to_dict() == {"ALL": "worse", "jobs": "worse", "reviews": "equivalent"}


def test_other_groups_have_a_column():
    table = samples_of({"a": [[1, 10]] * 3, "b": [[2, 10]] * 3})
    table["method"] = np.where(table["step"] == 0, "GET", "POST")

    rows = compare(table, "latency_s", "a", "b", by=["method"])

    assert rows["method"].tolist() == ["ALL", "GET", "POST"]


@pytest.mark.parametrize(("statistic", "ratio"), [("mean", 5), ("p50", 1), ("geomean", 13 ** (1 / 3)), ("p95", 13)])
def test_statistics(statistic, ratio):
    table = samples_of({"a": [[1, 1, 1]] * 3, "b": [[1, 1, 13]] * 3})

    assert only(compare(table, "latency_s", "a", "b", statistic=statistic))["ratio"] == pytest.approx(ratio)


def test_a_zero_makes_the_scale_linear():
    table = samples_of({"a": flat(4), "b": flat(0)}, metric="query_count")

    row = only(compare(table, "query_count", "a", "b"))

    assert (row["scale"], row["ratio"], row["low"], row["verdict"]) == ("linear", 0, 0, "better")
    assert row["high"] == pytest.approx(1 - 0.025 ** (1 / 6)), (
        "so many of six requests may make four queries all the same"
    )


def test_what_rises_from_nothing_is_worse_and_says_that_there_is_no_ratio():
    table = samples_of({"a": flat(0), "b": flat(4)}, metric="query_count")

    row = only(compare(table, "query_count", "a", "b"))

    assert math.isnan(row["ratio"])
    assert (row["difference"], row["difference_low"], row["verdict"]) == (4, 4, "worse")
    assert "no ratio" in row["note"]


def test_one_round_has_an_estimate_and_no_interval():
    row = only(compare(samples_of({"a": flat(2, rounds=1), "b": flat(1, rounds=1)}), "latency_s", "a", "b"))

    assert row["ratio"] == 0.5
    assert math.isnan(row["low"])
    assert (row["verdict"], row["statistically_significant"], row["practically_significant"]) == (
        "inconclusive",
        None,
        None,
    )
    assert row["note"] == "An interval needs 3 rounds, and there is 1."


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (samples_of({}), "There are no samples: nothing was measured."),
        (samples_of({"a": flat(1)}), "There are no samples of the cell b."),
        (samples_of({"a": flat(1), "b": flat(1)}, error="500"), "Every request of the cell a failed."),
        (
            samples_of({"a": flat(1), "b": flat(math.nan)}),
            "latency_s is unknown in the cell b: it could not be measured.",
        ),
        (
            samples_of({"a": [[1, None]] * 3, "b": [[None, 1]] * 3}),
            "There is no request to which both a and b responded.",
        ),
    ],
)
def test_what_is_missing_is_stated_in_a_sentence(table, sentence):
    row = only(compare(table, "latency_s", "a", "b"))

    assert row["note"] == sentence
    assert (row["n"], row["verdict"]) == (0, "inconclusive")
    assert row[["before", "after", "ratio", "difference", "low", "high"]].isna().all()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"statistic": "median"}, "no statistic 'median'"),
        ({"confidence": 95}, "confidence of 95"),
        ({"margin": -1}, "margin of -1"),
        ({"by": "endpoint"}, "no column 'endpoint'"),
    ],
)
def test_a_wrong_question_is_refused(wrong, words):
    with pytest.raises(InputError, match=words):
        compare(samples_of({"a": flat(1), "b": flat(1)}), "latency_s", "a", "b", **wrong)


def test_a_wider_confidence_is_wider():
    table = samples_of({"a": [[1], [2], [3]], "b": [[2], [3], [4]]})
    at = {c: only(compare(table, "latency_s", "a", "b", confidence=c)) for c in (0.8, 0.99)}

    assert at[0.99]["low"] < at[0.8]["low"] < at[0.8]["high"] < at[0.99]["high"]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3)), min_size=1, max_size=5),
        min_size=3,
        max_size=6,
    ),
    st.floats(0.01, 100),
)
def test_turning_a_comparison_round_inverts_it_and_units_do_not_matter(rounds, unit):
    table = samples_of({"a": [[x for x, _ in r] for r in rounds], "b": [[y for _, y in r] for r in rounds]})
    there, back = (only(compare(table, "latency_s", *cells)) for cells in (("a", "b"), ("b", "a")))
    other = only(compare(table.assign(latency_s=table["latency_s"] * unit), "latency_s", "a", "b"))

    assert there["ratio"] * back["ratio"] == pytest.approx(1)
    assert there["low"] * back["high"] == pytest.approx(1)
    assert there["low"] <= there["ratio"] <= there["high"]
    assert other[["ratio", "low", "high"]].tolist() == pytest.approx(there[["ratio", "low", "high"]].tolist(), rel=1e-6)


def test_intervals_cover_the_truth():
    """300 runs of 5 rounds, true ratio 0.9: 95% intervals cover it in 90% to 99% of them."""
    rng = np.random.default_rng(20)
    covered = 0
    for _ in range(300):
        pace = rng.normal(0, 0.1, 5)
        cells = {
            name: [list(ratio * np.exp(p + rng.normal(0, 0.02) + rng.normal(0, 0.3, 20))) for p in pace]
            for name, ratio in (("a", 1.0), ("b", 0.9))
        }
        row = only(compare(samples_of(cells), "latency_s", "a", "b"))
        covered += row["low"] <= 0.9 <= row["high"]

    assert 270 <= covered <= 297


def test_all_contrasts_of_a_run():
    truth = Truth(rounds=4, blocks=3)
    rows = effects(make_samples(truth), FACTORS, ["latency_s", "query_count"])

    of_all = rows[(rows["endpoint"] == "ALL") & (rows["metric"] == "latency_s")]
    assert of_all["contrast"].tolist() == [
        "all_on / all_off",
        "indexes from baseline", "queries from baseline", "caching from baseline",
        "indexes leave-one-out", "queries leave-one-out", "caching leave-one-out",
        "twin / all_on", "canary / all_on",
    ]  # fmt: skip
    assert set(rows["endpoint"]) == {"ALL", *(k.name for k in truth.kinds)}
    assert not rows.duplicated(["endpoint", "metric", "contrast"]).any()


def test_true_effects_are_found():
    truth = Truth(rounds=8, blocks=20, effects={"indexes": 0.8}, cell_noise=0.002)
    table = effects(make_samples(truth), FACTORS, ["latency_s"], by=())
    rows: Any = table.set_index("contrast")

    # The factor itself, and 10% less per query, on all that is not a hit.
    assert 0.72 < rows.loc["indexes from baseline", "ratio"] < 0.8
    assert rows.loc["canary / all_on", "low"] < 1.05 < rows.loc["canary / all_on", "high"]
    assert rows.loc["twin / all_on", "verdict"] == "equivalent"
    assert rows.loc["all_on / all_off", "verdict"] == "better"


def test_all_is_the_mean_over_the_steps_as_they_came():
    samples = make_samples(Truth(rounds=3, blocks=3))
    row = effects(samples, FACTORS, ["latency_s"]).iloc[0]
    measured = samples[samples["phase"] == "measured"].groupby("cell")["latency_s"].mean()

    assert (row["before"], row["after"]) == pytest.approx((measured["all_off"], measured["all_on"]))


def test_a_scope_is_all_of_its_endpoints():
    samples = make_samples(Truth(rounds=3, blocks=3))
    rows = effects(samples, FACTORS, ["latency_s"], scope=["job", "payments"])

    assert set(rows["endpoint"]) == {"ALL", "job", "payments"}
    assert rows["n"].max() < 180


def test_a_missing_cell_leaves_the_other_contrasts_alone():
    samples = make_samples(Truth(rounds=3, blocks=2))
    rows = effects(samples[samples["cell"] != "queries"], FACTORS, ["latency_s"], by=()).set_index("contrast")

    assert rows.loc["queries from baseline", "note"] == "There are no samples of the cell queries."
    assert {type(note) for note in rows.drop(index="queries from baseline")["note"]} == {type(None)}


def test_no_samples_at_all():
    empty = make_samples(Truth(rounds=1, blocks=1)).iloc[:0]

    rows = effects(empty, FACTORS)

    assert set(rows["note"]) == {"There are no samples: nothing was measured."}
    assert (rows["n"] == 0).all()


def test_with_one_factor_alone_and_last_are_the_whole():
    samples = make_samples(Truth(factors=("queries",), rounds=3, blocks=2))
    rows: Any = effects(samples, ["queries"], ["latency_s"], by=()).set_index("contrast")

    assert (
        rows.loc["queries from baseline", "ratio"]
        == rows.loc["queries leave-one-out", "ratio"]
        == rows.loc["all_on / all_off", "ratio"]
    )


def family(shifts, rounds=6, steps=20, seed=3):
    """A table in which each endpoint's ratio is 1 + its shift, with noise between rounds."""
    rng = np.random.default_rng(seed)
    parts: list[pd.DataFrame] = []
    for name, shift in shifts.items():
        noise = rng.normal(0, 0.01, rounds)
        part = samples_of(
            {"a": flat(1.0, rounds, steps), "b": [[(1 + shift) * np.exp(e)] * steps for e in noise]}, endpoint=name
        )
        part["step"] += len(parts) * steps
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def test_a_familys_intervals_are_bonferronis_and_its_verdicts_holms():
    table = family({f"e{n}": 0.02 * n for n in range(10)})

    rows: Any = compare(table, "latency_s", "a", "b", by="endpoint").set_index("endpoint")
    alone = compare(table[table["endpoint"] == "e5"], "latency_s", "a", "b").iloc[0]

    assert rows["family"].to_dict() == {"ALL": 1, **{f"e{n}": 10 for n in range(10)}}
    reach = stats.t.ppf(1 - 0.05 / 20, 5) / stats.t.ppf(0.975, 5)
    wide, narrow = (
        max(math.log(row["high"] / row["ratio"]), -math.log(row["low"] / row["ratio"]))
        for row in (rows.loc["e5"], alone)
    )
    assert wide == pytest.approx(narrow * reach, rel=0.1), "what single requests add does not grow with the family"
    assert rows.loc["e5", "p_value"] == pytest.approx(alone["p_value"])
    assert (rows["statistically_significant"] == (rows["p_adjusted"] <= 0.05)).all()
    assert (rows["p_adjusted"] >= rows["p_value"]).all()


def test_holm_sees_what_its_wider_interval_does_not_exclude_and_says_so():
    """With all others certain, the last one is tested at 5%, and drawn at 5% over ten."""
    table = family({**{f"e{n}": 1.0 for n in range(9)}, "last": 0.009}, seed=8)

    row = compare(table, "latency_s", "a", "b", by="endpoint", margin=0.001).set_index("endpoint").loc["last"]

    assert row["p_value"] <= 0.05 and row["low"] < 1 < row["high"]
    assert (row["statistically_significant"], row["verdict"]) == (True, "worse")
    assert "simultaneous interval" in row["note"]


def test_every_row_says_what_it_could_have_detected():
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(300):
        noise = rng.normal(0, 0.02, 8)
        table = samples_of({"a": flat(1.0, 8), "b": [[np.exp(e)] * 2 for e in noise]})
        mde = compare(table, "latency_s", "a", "b").iloc[0]["mde"]
        slower = table.assign(latency_s=table["latency_s"].where(table["cell"] == "a", table["latency_s"] * (1 + mde)))
        hits += compare(slower, "latency_s", "a", "b").iloc[0]["statistically_significant"]
    assert 0.7 < hits / 300 < 0.95, "a change of that size is seen in four runs of five"


def test_p99_needs_thirty_requests_beyond_it():
    few, enough = (samples_of({"a": [list(np.arange(1.0, n + 1))] * 3, "b": [list(np.arange(2.0, n + 2))] * 3})
                   for n in (2999, 3000))  # fmt: skip

    row = only(compare(few, "latency_s", "a", "b", statistic="p99"))
    assert math.isnan(row["before"]) and math.isnan(row["ratio"])
    assert row["verdict"] == "inconclusive"
    assert row["note"] == (
        "p99 needs 3,000 requests in a round, so that 30 lie beyond it; no round has that many "
        "(8,997 in all rounds together)."
    )
    row = only(compare(enough, "latency_s", "a", "b", statistic="p99"))
    assert row["before"] == pytest.approx(np.quantile(np.arange(1, 3001), 0.99), rel=1e-3)
    assert row["rounds"] == 3


def test_the_paired_median_is_a_ratio_without_levels() -> None:
    table = make_samples(Truth(factors=("change",), rounds=4, effects={"change": 1.1}, cell_noise=0.001))
    whole, *endpoints = compare(
        table, "latency_s", "all_off", "all_on", by="endpoint", statistic="paired_median"
    ).to_dict("records")
    assert whole["low"] < 1.1 < whole["high"] and whole["verdict"] == "worse" and whole["note"] is None
    assert np.isnan([whole["before"], whole["after"], whole["difference"]]).all()
    assert {row["family"] for row in endpoints} == {len(endpoints)} and sum(row["n"] for row in endpoints) == whole["n"]
