"""The gate: how often it calls the same code worse, and which changes it finds.

Simulated pairs replay the same traffic twice, the noise drawn anew: that of requests, processes and rounds. Real pairs are two
smoke runs of the marketplace with one seed, one after the other.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pandas as pd

from perflab.analysis.gate.check import outcome
from perflab.analysis.gate.gate import gate
from tests.benchmarks.bed import PROJECT
from tests.benchmarks.table import Table, say
from tests.perflab.synthetic import Truth, make_run, make_samples, make_trace
from tests.selftest.parallel import Processes
from tests.selftest.runs import SCENARIO, _scratch
from tests.selftest.shares import Share

# As a smoke run of the marketplace on a shared machine. A Step that is slow in one run is so in all cells: 15%, measured.
SMOKE = Truth(rounds=3, blocks=3, hit_share=0.0, cell_noise=0.01, round_noise=0.2, request_noise=0.15)
# As many rounds and blocks as the default profile measures there in 190 s.
DEFAULT = replace(SMOKE, rounds=8, blocks=7)
# What requests vary by on their own, measured between smoke runs of the same code: service time, and CPU.
OWN_NOISE = {"latency_s": 0.3, "app_cpu_s": 0.1, "db_cpu_s": 0.1}
SEED_OF_NOISE = 1_000_000
RED = 1 / 200
PER_BLOCK, CALIBRATION_NOISE = 8, 0.05
ENVIRONMENT = {
    "python": "3.11", "machine": {"cpu_model": "simulated", "cores": 2}, "postgres": {"version": "18"}, "indexes": 22,
}  # fmt: skip
CODES = {"fine": 0, "worse": 1, "inconclusive": 3}
ON = ["all_on", "twin", "canary"]

Change = Callable[[pd.DataFrame], pd.DataFrame]


def slower(samples: pd.DataFrame, factor: float, rows: pd.Series[bool]) -> pd.DataFrame:
    for metric in ("latency_s", "app_cpu_s", "db_cpu_s"):
        samples.loc[rows, metric] *= factor
    return samples


def more_queries(samples: pd.DataFrame) -> pd.DataFrame:
    rows = samples["cell"].isin(["indexes", "indexes+queries"]) & (samples["endpoint"] == "profile")
    samples.loc[rows, "query_count"] += 3
    return samples


def moved(samples: pd.DataFrame) -> pd.DataFrame:
    rows = samples.index[
        (samples["cell"] == "all_off") & (samples["endpoint"] == "payments") & (samples["phase"] == "measured")
    ]
    samples.loc[rows[0], "query_count"] += 30
    samples.loc[rows[1], "query_count"] -= 30
    return samples


CHANGES: dict[str, Change] = {
    "the same code": lambda samples: samples,
    "+11% time in all cells": lambda samples: slower(samples, 1.11, samples["cell"] != "reference"),
    "+30% time with everything on": lambda samples: slower(samples, 1.3, samples["cell"].isin(ON)),
    "one endpoint three times as slow": lambda samples: slower(
        samples, 3.0, (samples["endpoint"] == "profile") & (samples["cell"] != "reference")
    ),
    "+3 queries where no cache hides them": more_queries,
    "queries moved between requests": moved,
}


def pairs_of(
    numbers: Sequence[int], change: str = "the same code", truth: Truth = SMOKE
) -> list[tuple[str, tuple[str, ...]]]:
    """The outcome of pairs of simulated runs, and the names of what is worse; the second run has the change."""
    results: list[tuple[str, tuple[str, ...]]] = []
    for number in numbers:
        traffic = replace(truth, seed=number + 1)
        trace = make_trace(traffic)
        runs = []
        for half in (0, 1):
            noise = replace(traffic, seed=SEED_OF_NOISE + 2 * number + half)
            samples = calibrated(noise, make_samples(noise, trace))
            samples = CHANGES[change](samples) if half else samples
            run = make_run(traffic, samples, environment=ENVIRONMENT, run_id=f"simulated-{number}-{half}")
            run.__dict__["trace"] = trace
            runs.append(run)
        checks = gate(runs[1], runs[0])
        results.append((outcome(checks), tuple(check.name for check in checks if check.verdict == "worse")))
    return results


def calibrated(truth: Truth, samples: pd.DataFrame) -> pd.DataFrame:
    """The calibration request as often as a run sends it: two in a slice of five Steps, not one in a block of twenty."""
    rows = samples[samples["cell"] == "reference"]
    rng = np.random.default_rng([truth.seed, 5])
    pace = rows.groupby("round")[["latency_s", "app_cpu_s"]].transform("mean")
    requests = []
    for place in range(PER_BLOCK):
        own = pace.mul(np.exp(rng.normal(0, CALIBRATION_NOISE, len(rows))), axis=0)
        requests.append(rows.assign(step=rows["step"] + place, latency_s=own["latency_s"], app_cpu_s=own["app_cpu_s"]))
    others = samples[samples["cell"] != "reference"].copy()
    for metric, noise in OWN_NOISE.items():
        others[metric] *= np.exp(rng.normal(0, noise, len(others)))
    return pd.concat([others, *requests]).sort_values(["round", "block", "step"], ignore_index=True)


class Task:
    """Pairs with one change, picklable."""

    def __init__(self, change: str, truth: Truth) -> None:
        self.change, self.truth = change, truth

    def __call__(self, numbers: Sequence[int]) -> list[tuple[str, tuple[str, ...]]]:
        return pairs_of(numbers, self.change, self.truth)


def tables(pairs: int, changed: int, processes: int) -> Iterator[Table]:
    """`pairs` of the same code, and `changed` of each change, as short as a smoke run; of the default profile a fifth."""
    with Processes(processes) as workers:
        for name, truth, share in (("smoke", SMOKE, 1), ("default", DEFAULT, 5)):
            yield _table(workers, name, truth, pairs // share, changed)


def _table(workers: Processes, name: str, truth: Truth, pairs: int, changed: int) -> Table:
    table = Table(
        f"The gate: pairs of simulated runs, {name} profile ({truth.rounds} rounds of {truth.blocks} blocks)",
        ("the second run", "pairs", "exit 0", "exit 1", "exit 3", "worse, most often"),
    )
    for change in CHANGES:
        same = change == "the same code"
        results = workers.each(Task(change, truth), pairs if same else changed, chunk=2)
        table.rows.append([change, *_row(results)])
        say(f"gate, {name}: {' | '.join(table.rows[-1])}")
        red = Share(sum(verdict == "worse" for verdict, _ in results), len(results))
        target = (RED, True) if same else (0.9, False)
        table.results.append(red.result(f"{name}: red, {change}", target[0], at_most=target[1]))
    table.notes = [
        "The same traffic in both runs; noise of rounds, processes, Steps and requests is drawn anew. Exit 1 is red.",
        f"Process {truth.cell_noise:.0%}, round {truth.round_noise:.0%}, Step {truth.request_noise:.0%}, request 30% (CPU 10%).",
    ]
    return table


def _row(results: Sequence[tuple[str, tuple[str, ...]]]) -> list[str]:
    codes = Counter(CODES[verdict] for verdict, _ in results)
    names = Counter(name for _, worse in results for name in worse)
    most = ", ".join(f"{name} ({count})" for name, count in names.most_common(2))
    return [str(len(results)), *(str(codes[code]) for code in (0, 1, 3)), most or "-"]


def real_table(pairs: int, first_seed: int = 1) -> Table:
    """Pairs of smoke runs of the same code, each pair with a seed of its own."""
    table = Table("The gate: pairs of smoke runs of the same code", ("seed", "exit code", "what it says"))
    codes = []
    for number in range(pairs):
        seed = first_seed + number
        say(f"gate: pair {number + 1} of {pairs}, seed {seed}")
        code, closing = real_pair(seed)
        codes.append(code)
        table.rows.append([str(seed), str(code), closing])
    table.results = [
        Share(sum(code == 1 for code in codes), pairs).result("pairs that are red", RED),
        Share(sum(code == 0 for code in codes), pairs).result("pairs that pass", 1.0, at_most=False),
    ]
    return table


def real_pair(seed: int) -> tuple[int, str]:
    """Two smoke runs with one seed, and the gate's exit code and closing line; the second one gated by the first."""
    with _scratch() as (project, home):
        path = os.pathsep.join([str(PROJECT / "app"), *filter(None, sys.path)])
        environment = {**os.environ, "PERFLAB_HOME": str(home), "PYTHONPATH": path}
        for _ in range(2):
            _perflab(
                ["run", SCENARIO, "--profile", "smoke", "--quiet", "-p", f"seed={seed}", "-p", "index_study_s=0"],
                project, environment,
            )  # fmt: skip
        first, second = sorted(path.parent for path in project.glob("reports/*/*/run.json"))
        code, out = _perflab(["gate", str(second), "--baseline", str(first)], project, environment, allowed=(0, 1, 3))
        return code, out.strip().splitlines()[-2]


def _perflab(
    arguments: Sequence[str], project: Path, environment: dict[str, str], allowed: Sequence[int] = (0,)
) -> tuple[int, str]:
    """Run perflab, and end it if this is interrupted."""
    process = subprocess.Popen(
        [sys.executable, "-m", "perflab", *arguments], cwd=project, env=environment, stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        out, _ = process.communicate()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if process.returncode not in allowed:
        raise click.ClickException(
            f"perflab {arguments[0]} ended with exit code {process.returncode}; its message is above"
        )
    return process.returncode, out
