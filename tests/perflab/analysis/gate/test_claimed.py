"""Claims from one run to the next: a narrower interval is no change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from perflab.analysis.gate.check import GateCheck
from perflab.analysis.gate.claimed import claimed
from perflab.run.records import ClaimResult

CLAIM = ClaimResult("time", "Time falls", "latency_s", "s", "at_least", 0.75, rounds=3)
WIDE = replace(CLAIM, estimate=0.70, low=0.57, high=0.80, verdict="inconclusive")
NARROW = replace(CLAIM, estimate=0.69, low=0.65, high=0.73, verdict="refuted")
FAR = replace(CLAIM, estimate=0.10, low=0.05, high=0.15, verdict="refuted", rounds=8)
HELD = replace(CLAIM, estimate=0.80, low=0.78, high=0.82, verdict="supported", rounds=8)


def check(claim: ClaimResult, before: ClaimResult | None) -> GateCheck:
    (only,) = claimed([claim], [before] if before else None)
    return only


def test_refuted_only_because_the_interval_is_narrower_is_not_worse():
    judged = check(NARROW, WIDE)

    assert judged.verdict == "fine"
    assert judged.sentence == (
        "Time falls: refuted (in the baseline: inconclusive); the two estimates differ by no more than their intervals explain."
    )


@pytest.mark.parametrize("before", [WIDE, HELD])
def test_refuted_by_another_estimate_is_worse(before):
    judged = check(FAR, replace(before, rounds=8))

    assert judged.verdict == "worse"
    assert f"it changed from {before.estimate:.4g} to 0.1, more than both intervals explain" in judged.sentence


def test_what_held_and_is_open_now_is_worse_only_if_the_estimate_fell():
    less = replace(HELD, estimate=0.74, low=0.72, high=0.76, verdict="inconclusive")

    assert check(less, HELD).verdict == "worse"
    assert check(replace(less, low=0.40, high=0.90), HELD).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("direction", "bound", "old", "new"),
    [("at_most", 0.0, 0.0, 1.0), ("equals", 22.0, 22.0, 21.0), ("at_least", 22.0, 22.0, 21.0)],
)
def test_an_exact_count_that_crosses_its_bound_is_worse(direction, bound, old, new):
    claim = replace(CLAIM, metric="index_count", direction=direction, bound=bound, rounds=0)
    held = replace(claim, estimate=old, low=old, high=old, verdict="supported")
    broken = replace(claim, estimate=new, low=new, high=new, verdict="refuted")

    assert check(broken, held).verdict == "worse"
    assert check(held, broken).verdict == "fine"


def test_a_refuted_claim_without_an_earlier_one_is_worse():
    assert check(NARROW, None).verdict == "worse"
    moved = check(NARROW, replace(WIDE, bound=0.6))
    assert (moved.verdict, "in the baseline: another bound" in moved.sentence) == ("worse", True)


def test_refuted_in_both_runs_is_fine():
    assert check(FAR, NARROW).verdict == "fine"


@pytest.mark.parametrize(("metric", "verdict"), [("latency_s", "inconclusive"), ("changed_responses", "worse")])
def test_what_was_not_measured_before_is_worse_only_if_it_is_a_count(metric, verdict):
    unmeasured: dict[str, Any] = {
        "estimate": None,
        "low": None,
        "high": None,
        "verdict": "not measured",
        "metric": metric,
    }

    judged = check(replace(NARROW, metric=metric), replace(WIDE, **unmeasured))
    assert (judged.verdict, "whether it changed is unknown" in judged.sentence) == (verdict, True)
