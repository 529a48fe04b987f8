"""A prediction for the mix that production has."""

from __future__ import annotations

import pytest

from perflab.analysis.confirm.mix import of_mix
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
