"""A prediction and what happened: agrees, disagrees, cannot tell, inconclusive."""

from __future__ import annotations

import math

import pytest

from perflab.analysis.confirm.agreement import UNCONTROLLED, Verdict, agreements, overall, p_value, prediction
from perflab.analysis.confirm.days import Estimate
from tests.perflab.summaries import effect

PREDICTED = Estimate(math.log(0.62), 0.02, 7.0)


def of(ratio: float, error: float | None, freedom: float = 12.0) -> Estimate:
    return Estimate(math.log(ratio), error, None if error is None else freedom, (7, 7))


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (of(0.67, 0.05), "agrees"),
        (of(0.85, 0.05), "disagrees"),
        (of(0.40, 0.05), "disagrees"),
        (of(0.67, 0.15), "cannot tell"),
        (of(0.62, None), "inconclusive"),
    ],
)
def test_the_rule(seen: Estimate, verdict: str) -> None:
    made = agreements({"list": (PREDICTED, seen)})["list"]
    assert made.verdict == verdict
    assert (made.reason is None) == (verdict in ("agrees", "disagrees"))


def test_too_few_days_are_the_reason() -> None:
    made = agreements({"list": (PREDICTED, Estimate(0.0, None, None, (2, 7)))})["list"]
    assert made.reason == "an interval needs 3 days on either side, and there are 2 and 7"


def test_without_controls_a_difference_is_nobodys_fault() -> None:
    made = agreements({"list": (PREDICTED, of(0.85, 0.05))}, controlled=False)["list"]
    assert (made.verdict, made.reason) == ("cannot tell", UNCONTROLLED)


def test_both_errors_count() -> None:
    alone, with_error = p_value(Estimate(0.0, 0.0, 7.0), of(1.1, 0.04)), p_value(Estimate(0.0, 0.1, 7.0), of(1.1, 0.04))
    assert alone is not None and with_error is not None and alone < 0.05 < with_error


def test_many_endpoints_are_a_family() -> None:
    near = of(0.70, 0.045)
    assert agreements({"one": (PREDICTED, near)})["one"].verdict == "disagrees"
    family = agreements({"one": (PREDICTED, near), **{str(k): (PREDICTED, of(0.62, 0.05)) for k in range(9)}})
    assert (
        family["one"].verdict == "agrees"
        and family["one"].p_value == agreements({"one": (PREDICTED, near)})["one"].p_value
    )


def test_an_effect_is_a_prediction_where_it_has_an_error() -> None:
    made = prediction(effect(ratio=0.5, rounds=6, standard_error=0.03, scale="log"))
    assert made is not None and (made.ratio, made.error, made.freedom) == (0.5, 0.03, 5.0)
    linear = prediction(effect(ratio=0.5, rounds=6, standard_error=0.03, scale="linear"))
    assert linear is not None and linear.error == pytest.approx(0.06)
    assert prediction(effect(ratio=None, rounds=6, standard_error=0.03)) is None
    assert prediction(effect(ratio=0.0, rounds=6, standard_error=0.03)) is None
    assert prediction(effect(ratio=0.5, rounds=2, standard_error=0.03)) is None
    assert prediction(effect(ratio=0.5, rounds=6)) is None


def test_the_worst_that_was_decided_is_the_whole() -> None:
    mixed: dict[str, Verdict] = {"a": "agrees", "b": "cannot tell", "c": "inconclusive"}
    assert overall(mixed) == "agrees"
    assert overall({**mixed, "d": "disagrees"}) == "disagrees"
    assert overall({}) == "inconclusive"
