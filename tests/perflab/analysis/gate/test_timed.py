"""Budgets that are times, over synthetic runs whose truth is known: what must be called worse, and what must not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from perflab.analysis.gate.gate import gate, outcome
from tests.perflab import alone
from tests.perflab.analysis.gated import FACTS, OPTIMISED, TRUTH, again, calibrated, of, slower
from tests.perflab.synthetic import make_run, make_samples


def covers(check: Any, ratio: float) -> bool:
    """Whether the ratio lies inside the interval of a check."""
    return bool(check.low < ratio < check.high)


def whole(checks: Any) -> Any:
    """The checks of times over all endpoints."""
    return {name: b for name, b in of(checks, "timed").items() if "relative to" in name}


@pytest.mark.parametrize("noise", range(11, 14))
def test_the_same_measured_again_is_never_worse(baseline, noise):
    run = make_run(TRUTH, again(noise), environment=FACTS)

    checks = [b for b in gate(run, baseline) if b.kind != "claim"]
    assert {b.verdict for b in checks} <= {"fine", "inconclusive"}
    assert {b.verdict for b in checks if b.kind == "exact"} == {"fine"}
    assert {b.verdict for b in whole(checks).values()} == {"fine"}


def test_the_very_same_run_is_fine_with_every_ratio_1(baseline):
    timed = of(gate(baseline, baseline), "timed").values()

    assert {b.verdict for b in timed} == {"fine"}
    assert all(b.estimate == pytest.approx(1) for b in timed)
    assert outcome(gate(baseline, baseline)) == "fine"  # refuted claims were refuted before


def test_a_slower_all_on_is_worse_relative_to_all_off(baseline):
    run = make_run(TRUTH, slower(again(11), 1.3, OPTIMISED), environment=FACTS)

    contrast = of(gate(run, baseline), "timed", "relative to all_off")
    assert {b.verdict for b in contrast.values()} == {"worse"}
    assert all(covers(b, 1.3) for b in contrast.values())
    assert all(b.n > 10_000 and b.rounds == 6 for b in contrast.values())


def test_eleven_percent_in_all_cells_are_worse_and_five_would_be_seen():
    """The calibration request as often as a run of the default profile has it."""
    truth = replace(TRUTH, rounds=8)
    before = make_run(truth, calibrated(truth, make_samples(truth)), environment=FACTS)
    run = make_run(truth, slower(calibrated(replace(truth, seed=11), again(11, truth)), 1.11), environment=FACTS)
    checks = gate(run, before)

    reference = of(checks, "timed", "calibration request")
    assert {b.verdict for b in reference.values()} == {"worse"}
    for check in reference.values():
        assert covers(check, 1.11)
        assert "; worse means above +2.0%)" in check.sentence
        assert check.mde is not None
        assert f"Minimum detectable effect: {check.mde * 100:.1f}% slower." in check.sentence


def test_times_that_vary_so_much_that_a_doubling_is_missed_are_inconclusive():
    wild = replace(TRUTH, rounds=3, cell_noise=0.6)

    checks = gate(make_run(wild, again(11, wild), environment=FACTS), make_run(wild, environment=FACTS))
    check = of(checks, "timed")["service time of all cells, relative to the calibration request"]
    assert check.verdict == "inconclusive"
    assert "a doubling could be missed: run a longer profile" in check.sentence


def test_a_faster_all_on_is_fine(baseline):
    run = make_run(TRUTH, slower(again(11), 0.7, OPTIMISED), environment=FACTS)

    assert {b.verdict for b in whole(gate(run, baseline)).values()} == {"fine"}


def test_a_faster_all_off_is_fine_where_the_reference_distinguishes_it_from_a_slower_all_on(baseline):
    faster = slower(
        slower(again(11), 0.7, ["all_off", "twin_off"]), 0.9, OPTIMISED
    )  # so far down that noise cannot matter

    checks = gate(make_run(TRUTH, faster, environment=FACTS), baseline)
    reference, contrast = of(checks, "timed", "calibration request"), of(checks, "timed", "relative to all_off")
    assert {b.verdict for b in reference.values()} == {b.verdict for b in contrast.values()} == {"fine"}
    assert all(
        b.low is not None and b.low > 1.02 and b.sentence.endswith("all_off became faster.") for b in contrast.values()
    )


def test_what_is_slower_in_all_cells_is_seen_against_the_reference_and_cancels_in_the_contrast(baseline):
    run = make_run(TRUTH, slower(again(11), 1.3), environment=FACTS)

    checks = gate(run, baseline)
    reference, contrast = of(checks, "timed", "calibration request"), of(checks, "timed", "relative to all_off")
    assert {b.verdict for b in reference.values()} == {"worse"}
    assert "worse" not in {b.verdict for b in contrast.values()}
    assert all(covers(b, 1) for b in contrast.values())
    assert all("A change common to all cells cancels out" in b.sentence for b in contrast.values())


def test_a_slower_machine_is_no_slower_project(baseline):
    samples = slower(again(11), 1.3)
    samples.loc[samples["cell"] == "reference", ["latency_s", "app_cpu_s"]] *= 1.3
    run = make_run(TRUTH, samples, environment=FACTS)

    assert "worse" not in {b.verdict for b in of(gate(run, baseline), "timed").values()}


def test_one_round_has_no_interval_and_is_inconclusive():
    single = replace(TRUTH, rounds=1)
    timed = whole(gate(make_run(single), make_run(single, again(11, single))))

    assert {b.verdict for b in timed.values()} == {"inconclusive"}
    assert all("an interval needs 3 matched rounds, and there is 1" in b.sentence for b in timed.values())
    assert all(b.low is None and b.estimate is not None for b in timed.values())


def test_an_unknown_clock_is_inconclusive_and_never_0():
    dark = replace(TRUTH, db_clock=False)
    timed = of(gate(make_run(dark), make_run(dark)), "timed", "database CPU")

    assert {b.verdict for b in timed.values()} == {"inconclusive"}
    assert all("database CPU is unknown in one of the runs" in b.sentence for b in timed.values())


def test_a_run_without_a_reference_is_still_judged_by_the_contrast(baseline):
    samples = make_samples(TRUTH)
    run = make_run(TRUTH, samples[samples["cell"] != "reference"], environment=FACTS)

    checks = gate(run, baseline)
    assert {b.verdict for b in of(checks, "timed", "calibration request").values()} == {"inconclusive"}
    assert {b.verdict for b in of(checks, "timed", "all_off").values()} == {"fine"}


def test_aa_controls_that_differ_forbid_a_verdict_on_times(baseline):
    run = make_run(TRUTH, slower(make_samples(TRUTH), 1.5, ["twin"]), environment=FACTS)

    timed = of(gate(run, baseline), "timed")
    assert {b.verdict for b in timed.values()} == {"inconclusive"}
    assert all("in the run, two identical cells (all_on and twin) differed" in b.sentence for b in timed.values())


def test_a_run_without_factors_is_held_against_the_calibration_request_alone(tmp_path):
    run = alone.save(tmp_path)
    assert outcome(gate(run)) == "fine"
    checks = gate(run, run)
    assert (
        set(whole(checks)) == {name for name in whole(checks) if "relative to the calibration request" in name} != set()
    )
    assert outcome(checks) == "fine"
