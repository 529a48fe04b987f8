"""The gate: how often it calls the same code worse, and which changes it finds.

Simulated pairs replay the same traffic twice, each time with noise drawn anew from that between two real runs (noise.py). Real
pairs are two smoke runs of the marketplace with one seed, one after the other.
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
import pandas as pd

from perflab.analysis.gate.check import outcome
from perflab.analysis.gate.gate import gate
from tests.benchmarks.bed import PROJECT
from tests.benchmarks.table import Table, say
from tests.perflab.synthetic import Truth, make_run, make_samples, make_trace
from tests.selftest.noise import Noise
from tests.selftest.parallel import Processes
from tests.selftest.runs import SCENARIO, _scratch
from tests.selftest.shares import Share

# The traffic of simulated runs, without noise but for what a request is: that is the same in both runs of a pair.
TRAFFIC = Truth(hit_share=0.0, cell_noise=0.0, round_noise=0.0)
# The rounds of each profile, and the blocks that a round measures on a quiet machine.
PROFILES = {"smoke": (3, 3), "default": (8, 7)}
SEED_OF_NOISE = 1_000_000
RED = 1 / 200
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
    numbers: Sequence[int], change: str = "the same code", profile: str = "smoke"
) -> list[tuple[str, tuple[str, ...]]]:
    """The outcome of pairs of simulated runs, and the names of what is worse; the second run has the change."""
    noise = Noise.read(profile)
    rounds, blocks = PROFILES[profile]
    results: list[tuple[str, tuple[str, ...]]] = []
    for number in numbers:
        traffic = replace(TRAFFIC, rounds=rounds, blocks=blocks, seed=number + 1)
        trace = make_trace(traffic)
        still = make_samples(traffic, trace)
        runs = []
        for half in (0, 1):
            samples = noise.add(still, SEED_OF_NOISE + 2 * number + half)
            samples = CHANGES[change](samples) if half else samples
            run = make_run(traffic, samples, environment=ENVIRONMENT, run_id=f"simulated-{number}-{half}")
            run.__dict__["trace"] = trace
            runs.append(run)
        checks = gate(runs[1], runs[0])
        results.append((outcome(checks), tuple(check.name for check in checks if check.verdict == "worse")))
    return results


class Task:
    """Pairs with one change, picklable."""

    def __init__(self, change: str, profile: str) -> None:
        self.change, self.profile = change, profile

    def __call__(self, numbers: Sequence[int]) -> list[tuple[str, tuple[str, ...]]]:
        return pairs_of(numbers, self.change, self.profile)


def tables(pairs: int, changed: int, processes: int) -> Iterator[Table]:
    """`pairs` of the same code, and `changed` of each change, with the noise of smoke runs and of runs of the default profile."""
    with Processes(processes) as workers:
        for profile in PROFILES:
            yield _table(workers, profile, pairs, changed)


def _table(workers: Processes, profile: str, pairs: int, changed: int) -> Table:
    noise = Noise.read(profile)
    rounds, blocks = PROFILES[profile]
    table = Table(
        f"The gate: pairs of simulated runs, {profile} profile ({rounds} rounds of {blocks} blocks)",
        ("the second run", "pairs", "exit 0", "exit 1", "exit 3", "worse, most often"),
    )
    for change in CHANGES:
        same = change == "the same code"
        results = workers.each(Task(change, profile), pairs if same else changed, chunk=2)
        table.rows.append([change, *_row(results)])
        say(f"gate, {profile}: {' | '.join(table.rows[-1])}")
        red = Share(sum(verdict == "worse" for verdict, _ in results), len(results))
        target = (RED, True) if same else (0.9, False)
        table.results.append(red.result(f"{profile}: red, {change}", target[0], at_most=target[1]))
    table.notes = [
        "The same traffic in both runs, and another seed in each pair. Exit 1 is red.",
        f"The noise is that between {noise.runs}; root mean squares of service time, application CPU and database CPU:",
        *(f"  {name}: {', '.join(f'{each:.1%}' for each in each_of)}" for name, each_of in noise.deviations().items()),
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
