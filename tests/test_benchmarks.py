"""The benchmarks run and say what they are to say. No number is looked at: that is what people are for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest

from tests.benchmarks import analysis, evidence, matrix
from tests.benchmarks.processes import pss_bytes, tree
from tests.benchmarks.table import Result, Spread, Table
from tests.perflab import saved_run
from tests.perflab.synthetic import Truth

PROJECT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.servers
def test_measuring_prints_a_row_for_each_request_and_variant(tmp_path: Path, perflab_home: Path) -> None:
    file = tmp_path / "bench.json"
    few = [
        "--rounds=1",
        "--blocks=1",
        "--bias-rounds=1",
        "--repetitions=1",
        "--steps=6",
        "--no-lock",
        f"--json={file}",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "measuring", *few],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT / "app"), *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    cost, bias = json.loads(file.read_text())
    requests, variants = (
        ("cached", "optimised", "naive"),
        ("bare", "perflab", "django-silk", "django-debug-toolbar"),
    )
    assert [row[:2] for row in cost["rows"]] == [[request, name] for request in requests for name in variants]
    for row in cost["rows"]:
        assert len(row) == len(cost["headings"])
        assert float(row[2]) > 0
        assert float(row[3]) > 0
    assert [(result["name"], result["bound"]) for result in cost["results"]] == [
        (f"perflab / bare, {request}", 1.03) for request in requests
    ]
    assert [row[0] for row in bias["rows"]] == ["all_off", "all_on", "all_on / all_off"]
    assert bias["results"][0]["verdict"] in ("met", "not met"), "no interval from one round"
    assert "Cost of measuring" in done.stdout and "with / without" in done.stdout


def test_help_names_the_parts() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--help"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "measuring|seeding|experiment|analysis|evidence" in "".join(done.stdout.split())


def test_evidence_is_what_the_samples_say_of_a_run(tmp_path: Path) -> None:
    run = saved_run.save(
        tmp_path, Truth(rounds=4, blocks=6), warm={"took_s": 5.0}, phases=[{"name": "seed", "seconds": 2.0}]
    )
    measured = run.samples[run.samples["phase"] == "measured"]
    figures = evidence.figures_of(run, 120.0)
    assert list(figures) == list(evidence.WANTED)
    per_cell = len(measured[measured["cell"] == "all_on"])
    assert figures["measured requests per cell"] == per_cell
    assert figures["measured requests per cell and minute of wall time"] == pytest.approx(per_cell / 2)
    rows = run.samples[run.samples["cell"] != "reference"]
    inside = rows.groupby("phase", observed=True)["latency_s"].sum()
    share = inside["measured"] / (inside["measured"] + inside["warmup"] + 5.0)
    assert figures["measured share of all request time"] == pytest.approx(share)
    sums = measured.groupby(["round", "cell"], observed=True)["latency_s"].sum().unstack()
    logs = np.log((sums["all_on"].sum() - sums["all_on"]) / (sums["all_off"].sum() - sums["all_off"]))
    error = (3 / 4 * ((logs - logs.mean()) ** 2).sum()) ** 0.5
    assert figures["half width of the log ratio: service time"] == pytest.approx(3.182446 * error, rel=1e-5)
    assert figures["cost of evidence: variance of the log ratio x wall time"] == pytest.approx(error**2 * 120)
    text = evidence.table_of(
        "0e9dee5", "smoke", 1, {"0e9dee5": [figures], "now": [{**figures, "whole run, s": 60.0}]}
    ).text()
    assert "whole run, s" in text and "0.50" in text and "at most 0.6 times" in text


def test_a_run_has_some_of_its_rounds(tmp_path: Path) -> None:
    run = saved_run.save(tmp_path / "reports", Truth(rounds=4, blocks=2))
    part = evidence.with_rounds(run, [1, 3], tmp_path / "part")
    assert set(part.samples["round"]) == set(part.trace["round"]) == {1, 3} and part.meta == run.meta


def test_a_result_says_whether_its_target_is_met() -> None:
    assert Result("cost", 1.02, 1.03).verdict == "met"
    assert Result("cost", 1.04, 1.03).verdict == "not met"
    assert Result("rate", 0.6, 0.5, at_most=False).verdict == "met"
    assert Result("cost", 1.02, 1.03, between=(1.01, 1.05)).verdict == "met, but open"
    assert Result("rate", None, 0.5, at_most=False).verdict == "not measured"


def test_a_table_aligns_its_rows_and_ends_with_its_results() -> None:
    table = Table(
        "Costs",
        ("request", "ms"),
        [["naive", "12.5"], ["cached", "0.25"]],
        ["A note."],
        [Result("cost", 2.0, 3)],
    )
    lines = table.text().splitlines()
    assert lines[2:6] == ["request    ms", "-------  ----", "naive    12.5", "cached   0.25"]
    assert lines[-1] == "A note."
    assert any(line.startswith("cost") and line.endswith("met") for line in lines)


def test_a_spread_of_one_value_is_that_value() -> None:
    assert Spread.quartiles([2.0]) == Spread(2.0, 2.0, 2.0)
    assert Spread.extremes([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux only")
def test_the_tree_holds_children_and_their_memory() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert {os.getpid(), child.pid} <= set(tree(os.getpid()))
        share = pss_bytes(child.pid)
        assert share is not None and share > 0
    finally:
        child.communicate(b"\n")
    assert pss_bytes(child.pid) is None


def test_the_summary_of_another_revision_stands_beside_todays() -> None:
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=PROJECT, capture_output=True, check=False).returncode:
        pytest.skip("no repository")
    table = analysis.measure("HEAD", 8_000, 1)

    assert [row[0] for row in table.rows] == ["HEAD", "now"]
    assert [(result.name, result.bound) for result in table.results] == [
        ("seconds, now / HEAD", 0.5), ("cpu, now / HEAD", 0.5), ("memory, now / HEAD", 0.6)
    ]  # fmt: skip
    with pytest.raises(click.ClickException, match="no revision nothing"):
        analysis.measure("nothing", 8_000, 1)


@pytest.mark.slow
def test_a_matrix_is_compared_with_its_commands_one_by_one() -> None:
    table = matrix.measure(1, 0.0)
    assert [row[:2] for row in table.rows] == [["one by one", "1"], ["perflab matrix", "1"]]
    assert [(result.name, result.bound) for result in table.results] == [("perflab matrix / one by one", 1.02)]
