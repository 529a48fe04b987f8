"""What requests take in one cell, by endpoint, with its interval."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from perflab.analysis.levels import levels, parts_of
from perflab.analysis.stats.pairs import Pairs
from perflab.run.store import load
from perflab.run.writer import RunWriter
from tests.perflab import alone
from tests.perflab.synthetic import make_samples, weighted_mean

WEIGHTS = {kind.name: float(kind.weight) for kind in alone.TRUTH.kinds}


def arranged(rounds: int = 4) -> Pairs:
    return Pairs.of(make_samples(replace(alone.TRUTH, rounds=rounds)), weights=WEIGHTS)


def test_a_mean_is_that_of_the_endpoints_by_their_weights() -> None:
    rows = {(row["endpoint"], row["metric"], row["statistic"]): row for row in levels(arranged(), "all_off")}
    whole = rows["ALL", "latency_s", "mean"]
    samples = make_samples(alone.TRUTH)
    measured = samples[(samples["cell"] == "all_off") & (samples["phase"] == "measured")]
    assert whole["estimate"] == pytest.approx(weighted_mean(measured, "latency_s", alone.TRUTH))
    assert 0 < whole["low"] < whole["estimate"] < whole["high"]
    assert (whole["n"], whole["rounds"]) == (len(measured), 4)
    assert rows["ALL", "latency_s", "p50"]["estimate"] == pytest.approx(measured["latency_s"].median())
    assert ("payments", "query_count", "mean") in rows


def test_shares_are_of_the_time_of_all_requests_and_add_up() -> None:
    rows = [row for row in levels(arranged(), "all_off") if "share" in row]
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    payments = next(row for row in rows if row["endpoint"] == "payments")
    assert payments["share"] > 0.1, "it has 62 queries"


def test_two_rounds_have_no_interval_and_what_is_unknown_no_row() -> None:
    rows = levels(arranged(rounds=2), "all_off")
    assert rows and all(row["low"] is None and row["high"] is None for row in rows)
    assert levels(arranged(), "all_on") == [], "there is no such cell"
    assert levels(Pairs.of(make_samples(alone.TRUTH).iloc[:0]), "all_off") == []


def test_what_is_zero_stays_zero() -> None:
    samples = make_samples(alone.TRUTH).assign(query_count=0)
    whole = next(row for row in levels(Pairs.of(samples), "all_off") if row["metric"] == "query_count")
    assert (whole["estimate"], whole["low"], whole["high"]) == (0, 0, 0)


def test_parts_are_those_of_the_profile(tmp_path: Path) -> None:
    run = alone.save(tmp_path)
    assert parts_of(run) == {}
    RunWriter(run.directory, dict(run.meta)).save_once("profile", alone.profile())
    shares = parts_of(load(run.directory))
    assert shares["database"] == pytest.approx(0.5) and shares["templates"] == pytest.approx(0.1)
