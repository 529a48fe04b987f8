from __future__ import annotations

import json
from typing import Any

import pytest

from perflab.analysis.effects.control import control
from tests.perflab.analysis.tables import flat, samples_of
from tests.perflab.synthetic import Truth, make_samples


def test_a_good_run():
    controls: Any = control(make_samples(Truth(rounds=6, blocks=20, cell_noise=0.002)))

    json.dumps(controls.as_dict(), allow_nan=False)
    assert controls.noise_floor < 0.01
    assert controls.canary.detected is True
    assert controls.canary.effect.low < 1.05 < controls.canary.effect.high
    assert "The run detected the injected slow-down of 5%: it measured " in controls.canary.sentence
    assert len(controls.reference.rounds) == 6


def test_the_noise_floor_is_the_far_end_of_the_aa_controls_interval():
    controls: Any = control(samples_of({"all_on": flat(1.0), "twin": [[1.00], [1.01], [1.02]]}))

    twin = controls.twin
    assert controls.noise_floor == pytest.approx(max(twin.effect.high - 1, 1 - twin.effect.low))


def test_aa_controls_that_differ_materially_say_so():
    controls: Any = control(samples_of({"all_on": flat(1.0), "twin": flat(1.1), "canary": flat(1.05)}))

    assert controls.twin.effect.practically_significant is True
    assert "more than noise should" in controls.twin.sentence


@pytest.mark.parametrize("canary", [flat(1.0), flat(0.9), [[0.9], [1.0], [1.2]]])
def test_a_positive_control_that_is_not_seen_is_reported_as_a_failure(canary):
    controls: Any = control(samples_of({"all_on": flat(1.0), "twin": flat(1.0), "canary": canary}))

    assert controls.canary.detected is False
    assert "did not detect" in controls.canary.sentence


def test_the_reference_says_how_the_pace_changed():
    table = samples_of({"all_on": flat(1.0), "reference": [[1, 3], [2, 2], [3, 3]]}, phase="measured")

    pace: Any = control(table).reference

    assert pace.change == pytest.approx(0.5)
    assert [r.mean for r in pace.rounds] == [2, 2, 3]
    assert pace.n == 6
    assert pace.variation_rounds == pytest.approx(0.2474, abs=1e-4)
    assert "50% slower" in pace.sentence
    assert "mean time per round ranged from 14% below to 29% above the average of the 3 rounds" in pace.sentence


@pytest.mark.parametrize(
    "table",
    [
        samples_of({}),
        samples_of({"all_on": flat(1.0)}),
        samples_of({"all_on": flat(1, 1), "twin": flat(1, 1), "canary": flat(1, 1), "reference": flat(1, 1)}),
        samples_of({c: flat(1.0) for c in ("all_on", "twin", "canary")}, error="500"),
    ],
    ids=["no samples", "no controls", "one round", "all errors"],
)
def test_what_is_unknown_is_null_and_a_sentence(table):
    controls: Any = control(table)

    json.dumps(controls.as_dict(), allow_nan=False)
    assert controls.noise_floor is None
    assert controls.canary.detected is None
    assert controls.twin.sentence.startswith("The noise floor is unknown. ")
    assert controls.canary.sentence.startswith("It is unknown whether the run could detect a slow-down of 5%. ")
    assert "is unknown" in controls.reference.sentence
