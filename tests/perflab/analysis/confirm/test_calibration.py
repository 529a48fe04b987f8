"""How earlier predictions came out: counts, the share inside, the mean deviation, by deployment."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.analysis.confirm.calibration import calibration


def row(seen: float, verdict: str = "agrees", **more: Any) -> dict[str, Any]:
    return {
        "predicted": 0.5, "predicted_low": 0.45, "predicted_high": 0.55, "seen": seen, "verdict": verdict, **more
    }  # fmt: skip


def test_deployments_are_the_unit() -> None:
    records = [{"rows": [row(0.5), row(0.52)]}, {"rows": [row(0.6, "disagrees")]}, {"rows": [row(0.54)]}]
    made = calibration(records)
    assert (made.predictions, made.deployments, made.verdicts) == (4, 3, {"agrees": 3, "disagrees": 1})
    assert made.inside is not None and made.inside.estimate == 0.75 and made.inside.n == 4
    assert (
        made.inside.low is not None
        and made.inside.high is not None
        and made.inside.low < 0.2
        and made.inside.high > 0.99
    )
    assert made.deviation == pytest.approx((((1.0 * 1.04) ** 0.5) * 1.2 * 1.08) ** (1 / 3))
    assert made.low is not None and made.high is not None and made.deviation is not None
    assert made.low < made.deviation < made.high


def test_few_deployments_have_no_interval() -> None:
    made = calibration([{"rows": [row(0.5), row(0.6, "disagrees")]}])
    assert made.inside is not None and made.inside.low is None and made.low is None and made.deviation is not None


def test_deployments_that_do_not_differ_have_no_interval_of_no_width() -> None:
    made = calibration([{"rows": [row(0.52)]}] * 4)
    assert made.deviation == pytest.approx(1.04) and made.low is None and made.high is None


def test_what_had_too_few_days_is_counted_and_not_averaged() -> None:
    made = calibration([{"rows": [row(5.0, "inconclusive")]}])
    assert made.verdicts == {"inconclusive": 1} and made.inside is None and made.deviation is None


@pytest.mark.parametrize("rows", [None, [5], [row(0.5, predicted="x")], [row(-1.0)], [{"verdict": None}]])
def test_a_line_of_another_shape_ends_nothing(rows: Any) -> None:
    assert calibration([{"rows": rows}]).deviation is None
    assert calibration([]).predictions == 0
