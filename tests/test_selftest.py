"""A small self-test: on synthetic rounds the lab's intervals hold the truth about as often as they say.

Bounds are wide, for the runs are few; their seeds are fixed, so that a test that passes keeps passing.
`make selftest` measures the same with thousands of runs.
"""

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from perflab.analysis.effects.effects import compare
from perflab.analysis.effects.stopping import FixedWidth, log_ratios
from perflab.analysis.stats.pairs import Pairs
from perflab.run import store
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.run.tables import SAMPLES, TRACE
from perflab.scenario import loading
from tests.perflab.synthetic import FACTORS, make_run, make_samples, make_trace
from tests.selftest import (
    bottlenecks,
    controls,
    coverage,
    estimates,
    families,
    gate,
    history,
    large,
    load,
    mix,
    power,
    printed,
    real,
    revisions,
    runs,
    sidebyside,
    speed,
    stopping,
)
from tests.selftest import noise as noise_module
from tests.selftest.model import (
    METRIC,
    QUIET,
    ROUGH,
    STATISTICS,
    UNEVEN,
    Truth,
    draw,
    samples_of,
    statistic_of,
    truth,
)
from tests.selftest.noise import METRICS, Noise
from tests.selftest.parallel import Processes
from tests.selftest.shares import Share

PROJECT = Path(__file__).parents[1]
HERE = Processes(1)


def covered(model, rounds: int, statistics: tuple[str, ...], number: int = 200) -> dict[str, coverage.Covered]:
    true_values = truth(model, 8_000)
    task = partial(coverage.intervals, model=model, rounds=rounds, statistics=statistics)
    ends_of_runs = HERE.each(task, number)
    return {
        name: coverage.Covered.of([ends[name] for ends in ends_of_runs], true_values[name], rounds)
        for name in statistics
    }


# -- what the lab says of itself -------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [QUIET, ROUGH, UNEVEN], ids=lambda model: model.name)
def test_intervals_hold_the_truth(model) -> None:
    for name, intervals in covered(model, 5, ("mean", "geomean", "p50")).items():
        assert intervals.share.value is not None and 0.90 <= intervals.share.value <= 0.99, name
        assert intervals.width <= 1.6, name


def test_requests_taken_as_independent_would_hold_it_far_less_often() -> None:
    """Whoever forgets that requests of a round hang together gets narrow intervals, and wrong ones."""
    true, held = truth(ROUGH, 8_000)["geomean"], 0
    for number in range(200):
        logs = np.log(draw(ROUGH, 5, np.random.default_rng([1, number]))[0])
        of_requests = (logs[:, 1] - logs[:, 0]).ravel()
        reach = stats.t.ppf(0.975, len(of_requests) - 1) * of_requests.std(ddof=1) / math.sqrt(len(of_requests))
        held += abs(of_requests.mean() - true.log_ratio) <= reach
    assert held / 200 < 0.8


def test_a_run_that_stops_early_holds_it_too() -> None:
    true = truth(QUIET, 8_000)["mean"]
    withins = [math.expm1(multiple * true.deviation) for multiple in (2.0, 1.0, 0.4)]
    by_rule = list(zip(*stopping.stops(range(200), QUIET, 10, withins), strict=True))
    for ended in by_rule:
        assert sum(outcome.low <= true.log_ratio <= outcome.high for outcome in ended) / len(ended) >= 0.90
    early = [sum(outcome.early for outcome in ended) for ended in by_rule]
    assert early[0] > 190 > 50 > early[2], "the rules are to stop early, and late"


def test_the_rule_is_applied_as_the_experiment_applies_it() -> None:
    """Of a table of all samples so far, or of their log ratios: the same answers."""
    samples = samples_of(ROUGH, 3, 8)
    by_samples, by_ratios = FixedWidth(METRIC, 0.02), FixedWidth(METRIC, 0.02)
    pairs = Pairs.of(samples)
    for number in range(1, 9):
        so_far = samples[samples["round"] <= number]
        ratios = log_ratios(pairs.where(pairs.round_of < number), METRIC)
        assert by_samples.is_met(so_far) == by_ratios.is_met_by(ratios)


def test_a_family_without_a_difference_seldom_shows_one() -> None:
    outcomes = families.seen(range(200), families.MODELS[1], 5)
    assert sum(run.verdict for run in outcomes) / len(outcomes) <= 0.10
    assert sum(run.seen for run in outcomes) / len(outcomes) <= 0.10
    assert sum(run.unadjusted for run in outcomes) / len(outcomes) >= 0.15, "without Holm it would be more"


def test_a_slow_down_of_5_percent_is_seen_and_one_within_the_margin_is_not_called_better() -> None:
    slow = power.verdicts(range(60), replace(QUIET, effects=(1.05,)), 8)
    assert sum(verdict == "worse" for verdict, _ in slow) >= 55
    slight = power.verdicts(range(60), replace(QUIET, effects=(1.005,)), 8)
    assert sum(verdict == "equivalent" for verdict, _ in slight) >= 40
    assert not any(verdict == "better" for verdict, _ in slight)


def test_the_former_method_stands_beside_todays() -> None:
    few = [case for case in estimates.CASES if case.requests == 3]
    measured = [estimates.table(HERE, 60, few), printed.table(HERE, 40), mix.table(HERE, 20)]
    rows = {row[0]: row[1:] for row in sidebyside.table(measured).rows}

    biased = rows["bias: candidate hits 80%, 8 x 3"]
    assert float(biased[0].split("%")[0]) < -30 and abs(float(biased[1].split("%")[0])) < 15
    other = rows["printed change is not that of the levels: candidate hits 80%, 8 x 15"]
    assert not other[0].startswith("0.00%") and other[1].startswith("0.00%")
    former, now = (float(text.strip("%")) for text in rows["ALL: error of a run's ratio (root mean square)"][:2])
    assert now < former / 2
    writes = next(row for name, row in rows.items() if name.startswith("ALL: writes"))
    assert writes[1] == "9.18% to 9.18%" != writes[0]


def test_a_fault_of_carry_over_is_caught_as_often_as_before() -> None:
    sound = controls.withheld(range(100), 3, 0.06, controls.NOTHING, 0.0)
    at_fault = controls.withheld(range(40), 3, 0.02, "carry-over", 0.1)

    assert sum(now for _, now in sound) <= 5
    assert sum(now for _, now in at_fault) >= sum(before for before, _ in at_fault)


# -- the yardstick itself --------------------------------------------------------------------------------------------


def test_the_truth_is_what_can_be_worked_out() -> None:
    uneven = truth(UNEVEN, 8_000)
    alike = truth(replace(UNEVEN, steadier=1.0), 8_000)
    assert alike["geomean"].log_ratio == pytest.approx(UNEVEN.log_effects.mean(), abs=5e-4), "noise cancels out"
    assert len({round(statistic.log_ratio, 3) for statistic in uneven.values()}) == len(STATISTICS), (
        "five different questions"
    )
    slower = replace(ROUGH, effects=(1.05,))
    assert [statistic.log_ratio for statistic in truth(slower, 400).values()] == pytest.approx([math.log(1.05)] * 5)


def test_swapping_cells_leaves_nothing_but_the_effect() -> None:
    """What the exact truth rests on: a large simulation agrees."""
    latency, _ = draw(replace(ROUGH, effects=(1.05,)), 8_000, np.random.default_rng(5))
    for name in ("mean", "p50", "p95"):
        figure = statistic_of(name, latency)
        logs = np.log(figure[:, 1] / figure[:, 0])
        assert abs(logs.mean() - math.log(1.05)) < 4 * logs.std() / math.sqrt(len(logs))


def test_the_lab_and_numpy_find_the_same_figures() -> None:
    latency, _ = draw(ROUGH, 3, np.random.default_rng([20261124, 7]))
    pairs = Pairs.of(samples_of(ROUGH, 7, 3))
    for name in ("mean", "geomean", "p50", "p95"):
        row = compare(pairs, METRIC, BASELINE, OPTIMISED, statistic=name).iloc[0]
        before, after = statistic_of(name, latency.swapaxes(0, 1).reshape(2, -1))
        assert (row["before"], row["after"]) == pytest.approx((before, after))
        assert row["ratio"] == pytest.approx(after / before)


def test_a_run_is_the_same_in_any_process() -> None:
    pd.testing.assert_frame_equal(samples_of(ROUGH, 11, 3), samples_of(ROUGH, 11, 3))
    task = partial(coverage.intervals, model=QUIET, rounds=3, statistics=("mean",))
    with Processes(2) as two:
        assert two.each(task, 6, chunk=2) == HERE.each(task, 6)


def test_the_oracle_is_narrower_by_what_not_knowing_costs() -> None:
    assert coverage.oracle_width(Truth(0.0, 0.01), 4) == pytest.approx(2 * 1.959964 * 0.005)
    assert [round(coverage.expected_width(rounds), 2) for rounds in (5, 8, 10)] == [1.30, 1.15, 1.11]


def test_a_share_has_its_exact_interval() -> None:
    assert Share(0, 200).interval() == pytest.approx((0.0, 1 - 0.025 ** (1 / 200)))
    assert Share(0, 0).verdict(0.9) == "not measured"
    assert Share(1900, 2000).verdict(0.94, 0.965) == "met, but open"
    assert Share(19_000, 20_000).verdict(0.94, 0.965) == "met"
    assert Share(1840, 2000).verdict(0.94, 0.965) == "not met"
    assert Share(9, 10).result("seen", 0.9, at_most=False).verdict == "met, but open"


def test_other_methods_say_what_they_find() -> None:
    rng = np.random.default_rng(1)
    a = rng.normal(1.0, 0.1, 500)
    assert real.welch(a, a + 0.05)[0] and real.paired(a, a + 0.05 + rng.normal(0, 0.01, 500))[0]
    different, estimate, reach = real.welch(a, rng.normal(1.0, 0.1, 500))
    assert not different and abs(estimate) < 0.03 and 0.005 < reach < 0.02


# -- a large run -----------------------------------------------------------------------------------------------------


def test_a_large_run_has_the_columns_and_types_of_a_real_one(tmp_path: Path) -> None:
    large.build(tmp_path / "run", 8_000, 3)
    run = store.load(tmp_path / "run")
    real_ones = SAMPLES.with_factors(FACTORS).frame([]).dtypes.to_dict()
    assert run.samples.dtypes.to_dict() == {c: "category" if t == "string" else t for c, t in real_ones.items()}
    assert {str(run.trace[c].dtype) for c in ("round", "affected_by")} == {
        TRACE.dtypes["round"],
        TRACE.dtypes["affected_by"],
    }
    assert 7_000 < len(run.samples) < 9_000
    assert run.samples.groupby("cell").size().nunique() == 2, (
        "ten cells have the same Steps, the reference has one a block"
    )
    assert Pairs.of(run.samples).rounds == 3


def test_speed_prints_its_targets() -> None:
    table = speed.table(8_000)
    targets = [(result.name, result.bound) for result in table.results]
    assert targets == [("all of it", 60.0), ("peak memory", 3.0)]
    assert [row[0] for row in table.rows] == ["import", "read the files", "summarise"]


# -- two revisions -----------------------------------------------------------------------------------------------------


def test_a_slower_revision_is_worse_and_identical_code_is_not() -> None:
    assert [each.stopped.red for each in revisions.duels_of(range(3), revisions.SAME, 2)] == [False] * 3
    (judged,) = revisions.duels_of([0], "+5% in all requests", 10)
    assert judged.stopped == judged.everything == (True, "slower") and judged.rounds <= revisions.ROUNDS[10]


def test_duels_stand_beside_their_targets() -> None:
    table = next(iter(revisions.tables(1, 1, processes=1)))
    assert [row[:2] for row in table.rows] == [[change, "1"] for change in revisions.CHANGES]
    assert [result.bound for result in table.results] == [0.005, 0.02, 0.95, 0.95, 0.95]


# -- many nights -------------------------------------------------------------------------------------------------------


def test_a_series_of_nights_is_quiet_until_it_changes() -> None:
    outcomes = history.false_alarms(range(150), history.Kind(0.02, 0.3, against_releases=True))
    assert sum(ours for ours, _ in outcomes) <= 12, "5% of 150 are 7.5"
    assert sum(gate for _, gate in outcomes) > 100, "a gate between successive nights is not"
    assert sum(ours for ours, _ in history.in_time(range(60), history.Kind(0.01, 0.3), 0.1)) >= 54
    assert sum(ours for ours, _ in history.in_time(range(60), history.Kind(0.02, 0.3), 0.1)) >= 48
    table, others = history.tables(2, processes=1)
    assert len(table.rows) == 12 and [result.bound for result in table.results[:2]] == [0.05, 0.9]
    assert len(others.rows) == 10 and others.headings[2] == "perflab: false"


# -- the command -----------------------------------------------------------------------------------------------------


def selftest(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.selftest", *arguments],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT / "app"), *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_names_the_parts() -> None:
    shown = "".join(selftest("--help").stdout.split())
    assert "simulated|gate|revisions|history|real|speed" in shown


@pytest.mark.slow
@pytest.mark.servers
def test_duels_of_real_workers(tmp_path: Path, perflab_home: Path) -> None:
    file = tmp_path / "tables.json"
    few = ["--duels=1", "--rounds=2", "--slow-duels=1", "--slow-rounds=2", "--seconds=0.4", "--no-lock"]
    done = selftest("real", *few, f"--json={file}")
    assert done.returncode == 0, done.stderr
    without, slow = json.loads(file.read_text())
    assert [row[1].endswith(" of 1") for row in without["rows"]] == [True] * 6
    assert [len(row) for row in slow["rows"]] == [len(slow["headings"])] * 3
    assert [row[1:3] for row in slow["rows"]] == [["all", "5"], ["all", "1"], ["cached", "1"]]
    assert [result["bound"] for result in slow["results"]] == [0.9] * 3


def test_a_row_of_a_whole_run_reads_its_controls() -> None:
    side = {"ratio": 1.001, "low": 0.99, "high": 1.01, "seen": False}
    control = {
        "twin": side,
        "canary": {**side, "ratio": 1.049, "detected": True},
        "withheld": [],
        "carry_over": {"ratio": None},
    }
    assert runs._row(control) == ["+4.90%", "yes", "+0.10%", "-1.00% to +1.00%", "yes", "-", "no"]


def test_the_gate_passes_the_same_code_and_finds_what_changed() -> None:
    assert gate.pairs_of([0], profile="default") == [("fine", ())]
    for change, name in (
        ("queries moved between requests", "queries, payments"),
        ("one endpoint three times as slow", "service time, profile"),
        ("+30% time with everything on", "application CPU of all_on, relative to all_off"),
    ):
        ((verdict, worse),) = gate.pairs_of([1], change, "default")
        assert (verdict, name in worse) == ("worse", True)


@pytest.mark.parametrize("profile", gate.PROFILES)
def test_noise_is_that_of_a_real_pair_and_the_same_for_one_seed(profile: str, tmp_path: Path) -> None:
    noise = Noise.read(profile)
    noise.save(tmp_path / "again.json")
    truth = replace(gate.TRAFFIC, rounds=3, blocks=2)
    still = make_samples(truth)
    first, second, other = (noise.add(still, seed) for seed in (1, 1, 2))

    assert (tmp_path / "again.json").read_text() == (noise_module.FOLDER / f"{profile}.json").read_text()
    pd.testing.assert_frame_equal(first, second)
    assert len(first) == len(still) + 7 * (still["cell"] == "reference").sum(), "eight calibration requests in a block"
    rows, others = (each[each["cell"] != "reference"].reset_index(drop=True) for each in (first, other))
    logs = np.log(rows[list(METRICS)].to_numpy() / others[list(METRICS)].to_numpy())
    assert (logs.std(axis=0) > 0.01).all()


def test_noise_of_simulated_runs_is_taken_apart_again() -> None:
    """What was put in comes out, within a third."""
    noise = Noise.read("default")
    truth = replace(gate.TRAFFIC, rounds=8, blocks=12)
    trace = make_trace(truth)
    still = make_samples(truth, trace)
    runs_ = []
    for seed in (5, 6):
        run = make_run(truth, noise.add(still, seed), environment=gate.ENVIRONMENT)
        run.__dict__["trace"] = trace
        runs_.append(run)

    put_in, out = (each.deviations() for each in (noise, Noise.of(*runs_)))

    for part in ("turns", "shared", "calibration"):
        assert out[part] == pytest.approx(put_in[part], rel=0.35), part


def test_the_capacity_of_a_known_queue_is_met_and_the_windows_alone_say_less() -> None:
    """An exponential queue with one slot has its capacity in closed form."""
    ((estimate, alone),) = load.of_one([1], load.EXPONENTIAL, 40.0, 3)
    assert load.EXPONENTIAL.truth() == pytest.approx(51.69, abs=0.01)
    assert estimate is not None and abs(estimate.off) < 0.06 and estimate.covers
    assert alone is None or alone.half > estimate.half


def test_what_processors_do_not_tell_is_seen_in_late_requests() -> None:
    ((estimate, _),) = load.of_one([2], load.DEPARTING, 40.0, 3)
    blind = math.log(replace(load.DEPARTING, hidden=1.0).truth() / load.DEPARTING.truth())
    assert estimate is not None and abs(estimate.off) < blind, "without the windows it would be off by a fifth"


def test_every_planted_bottleneck_has_a_scenario_that_can_be_read(tmp_path: Path) -> None:
    for planted in bottlenecks.ALL:
        file = tmp_path / "planted.yaml"
        file.write_text(json.dumps(bottlenecks.scenario_of(planted, 12.0)))
        assert loading.load(file).capacity is not None
