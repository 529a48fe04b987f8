"""A prediction for the mix that production has."""

from __future__ import annotations

import pytest

from perflab.analysis.confirm.mix import of_mix, of_time
from perflab.run.records import Effect
from tests.perflab import summaries


def effect(before: float, after: float, **more: object) -> Effect:
    ratio = after / before if before else None
    values = {"before": before, "after": after, "ratio": ratio, "rounds": 5, "standard_error": 0.1, "scale": "log"}
    return summaries.effect(**{**values, **more})


def test_levels_are_weighted_by_productions_shares() -> None:
    effects = {"list": effect(10, 2), "detail": effect(1, 1), "rare": effect(7, 7)}
    made = of_mix(effects, {"list": 1, "detail": 3, "rare": 0, "unknown": 0})
    assert made is not None and made.ratio == pytest.approx(5 / 13)
    assert made.error == pytest.approx(0.1 * (0.4**2 + 0.6**2) ** 0.5) and made.freedom == 4


def test_a_part_without_queries_adds_none() -> None:
    made = of_mix({"list": effect(10, 5), "static": effect(0, 0, standard_error=None)}, {"list": 1, "static": 9})
    assert made is not None and made.ratio == pytest.approx(0.5)


def test_an_unknown_part_makes_all_unknown() -> None:
    assert of_mix({"list": effect(10, 5)}, {"list": 1, "other": 1}) is None
    assert of_mix({"list": effect(10, 5, standard_error=None)}, {"list": 1}) is None
    assert of_mix({"list": effect(0, 0)}, {"list": 1}) is None
    assert of_mix({}, {}) is None


def test_ratios_are_weighted_by_the_time_that_production_spent() -> None:
    effects = {"list": effect(10, 5), "detail": effect(1, 1, rounds=4), "rare": effect(7, 7)}
    made = of_time(effects, {"list": 30.0, "detail": 10.0})
    assert made is not None and (made.endpoint, made.rounds) == ("ALL", 4)
    assert made.ratio == pytest.approx(0.75 * 0.5 + 0.25)
    assert made.standard_error == pytest.approx(0.1 * (0.375**2 + 0.25**2) ** 0.5 / 0.625)
    assert made.low is not None and made.high is not None and made.low < 0.625 < made.high
    assert of_time(effects, {"list": 1.0, "other": 1.0}) is None and of_time(effects, {}) is None
    assert of_time({"list": effect(10, 5, standard_error=None)}, {"list": 1.0}) is None
