"""How much a run of the bundled example tells in its time: this revision beside another one, in turn, with the data seeded.

Each side is `perflab run` as a person types it, with its own scenario, notebooks and state folder. All figures come from the
saved samples, by code of this file, but for verdicts: these are what today's analysis says of either run.
"""

from __future__ import annotations

import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import pandas as pd
from scipy import stats

from perflab.analysis.summary import summarise
from perflab.run import store
from perflab.run.cells import ALL, BASELINE, OPTIMISED
from perflab.run.store import Run
from tests.benchmarks.analysis import unpack
from tests.benchmarks.bed import PROJECT
from tests.benchmarks.table import Spread, Table, say

NOW = "now"
PARTS = ("app/perflab", "app/marketplace", "app/site_config", "notebooks", "scenarios", "manage.py", "pyproject.toml")
# What goes before the first request is sent: nothing of it is known to a run's clock, which begins with its servers.
BEFORE_THE_CLOCK = ("wait for other replays", "seed", "first requests")
WAITING = "wait for other replays"
# A run that only seeds, as short as a run can be. Names that one of the revisions does not have yet are left out.
SHORT = ("rounds=1", "replay_s=1")
METRICS = {"service time": "latency_s", "query count": "query_count", "database CPU": "db_cpu_s"}
DECIDED = ("better", "worse", "equivalent")
# The share of the claims on figures that has to be decided.
MOST = 0.9
# A claim on these is decided by counting, not by how much was measured.
COUNTED = ("n_plus_one", "changed_responses", "changed_answers", "stale_responses", "stale_answers", "index_count")


@dataclass(frozen=True)
class Side:
    """One revision: its name, and the folder of its project."""

    name: str
    folder: Path

    def run(self, profile: str, home: Path, *changes: str) -> tuple[Run, float]:
        """Run the profile; return the saved run, and how long the command took but for waiting, in seconds.

        Args:
            profile: The profile.
            home: Where the state folders are.
            changes: Parameters, as on the command line.
        """
        command = [
            sys.executable,
            "-m",
            "perflab",
            "run",
            "scenarios/marketplace.yaml",
            "--profile",
            profile,
            "--quiet",
        ]
        own = self.folder / "app"
        others = [path for path in filter(None, sys.path) if Path(path) != PROJECT / "app"]
        began = time.monotonic()
        process = subprocess.run(
            [*command, *(part for change in changes for part in ("-p", change))],
            cwd=self.folder,
            env={
                **os.environ,
                "PERFLAB_HOME": str(home / self.name),
                "PYTHONPATH": os.pathsep.join([str(own), *others]),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        wall_s = time.monotonic() - began
        if process.returncode:
            raise click.ClickException(f"perflab run of {self.name} ended with exit code {process.returncode}")
        run = store.load("latest", self.folder / "reports")
        return run, wall_s - seconds_of(run, (WAITING,))


def measure(before: str, profile: str, pairs: int) -> Table:
    """Run both revisions in turn, as often as `pairs` says, and compare what they tell."""
    project = Path(tempfile.mkdtemp(prefix="perflab-evidence-"))
    home = Path(tempfile.mkdtemp(prefix=f"perflab-evidence-{os.getpid()}-", dir="/var/tmp"))  # short, for sockets
    home.chmod(0o711)  # the servers that root starts run as somebody else
    try:
        unpack(before, project / before, PARTS)
        for part in PARTS:
            copy = shutil.copytree if (PROJECT / part).is_dir() else shutil.copy
            (project / NOW / part).parent.mkdir(parents=True, exist_ok=True)
            copy(PROJECT / part, project / NOW / part)
        sides = [Side(name, project / name) for name in (before, NOW)]
        for side in sides:
            say(f"evidence: seeding for {side.name}")
            side.run(profile, home, *SHORT)
        figures: dict[str, list[dict[str, float | None]]] = {side.name: [] for side in sides}
        for number in range(pairs):
            for side in random.Random(number).sample(sides, len(sides)):
                say(f"evidence: {side.name}, {number + 1} of {pairs}")
                figures[side.name].append(figures_of(*side.run(profile, home)))
        return table_of(before, profile, pairs, figures)
    finally:
        for folder in (project, home):
            shutil.rmtree(folder, ignore_errors=True)


# What each figure should be: as a ratio to the other revision's, or by itself.
WANTED = {
    "measured share of all request time": "at least 0.85",
    "measured requests per cell": "",
    "measured requests per cell and minute of wall time": "4 times",
    "cost of evidence: variance of the log ratio x wall time": "at most 0.2 times",
    "half width of the log ratio: service time": "at most 0.4 times",
    "half width of the log ratio: query count": "at most 0.25 times",
    "half width of the log ratio: database CPU": "at most 0.4 times",
    "endpoints decided, of 21": "at least 17",
    "audited endpoints decided, of 10": "10",
    "hit rate, %": "within 2 points of the model's",
    "from 2_replay to 90% of the claims on figures decided, s": "at most 60",
    "whole run, s": "at most 0.6 times",
}


def figures_of(run: Run, wall_s: float) -> dict[str, float | None]:
    """Return the figures of one run, by their names in WANTED; None is unknown, or not reached.

    Args:
        run: The saved run.
        wall_s: How long the command took, in seconds.
    """
    samples, summary = run.samples, summarise(run)
    measured = samples[samples["phase"] == "measured"]
    subject = samples["cell"] != "reference"
    inside = {phase: float(rows["latency_s"].sum()) for phase, rows in samples[subject].groupby("phase", observed=True)}
    warm_up = inside.get("warmup", 0.0) + float((run.meta.get("warm") or {}).get("took_s") or 0.0)
    per_cell = float(len(measured[measured["cell"] == OPTIMISED]))
    logs = {title: log_ratio(measured, column) for title, column in METRICS.items()}
    effects = [
        effect
        for effect in summary.effects
        if (effect.metric, effect.statistic, effect.contrast) == ("latency_s", "mean", f"{OPTIMISED} / {BASELINE}")
    ]
    endpoints = {each["name"]: bool(each.get("audited")) for each in run.scenario["traffic"]["endpoints"]}
    decided = {effect.endpoint for effect in effects if effect.verdict in DECIDED and effect.endpoint in endpoints}
    every = next((row for row in summary.cache if row["endpoint"] == ALL), None)
    rate = None if every is None or every["hit_rate"] is None else every["hit_rate"]["estimate"]
    figures = [
        inside["measured"] / (inside["measured"] + warm_up),
        per_cell,
        per_cell / (wall_s / 60),
        logs["service time"].error ** 2 * wall_s,
        *(each.half_width for each in logs.values()),
        float(len(decided)),
        float(sum(endpoints[name] for name in decided)),
        None if rate is None else 100 * float(rate),
        decided_after_s(run),
        wall_s,
    ]
    return dict(zip(WANTED, figures, strict=True))


@dataclass(frozen=True)
class LogRatio:
    """The logarithm of a ratio of sums: its standard error, and half its 95% interval."""

    error: float
    half_width: float


def log_ratio(measured: pd.DataFrame, column: str) -> LogRatio:
    """Compare the sums of all_on and all_off, with the jackknife over rounds.

    Args:
        measured: Measured samples.
        column: What is summed.
    """
    sums = measured.pivot_table(index="round", columns="cell", values=column, aggfunc="sum", observed=True)
    on, off = (sums[cell].to_numpy(float) for cell in (OPTIMISED, BASELINE))
    rounds = len(on)
    without = np.log((on.sum() - on) / (off.sum() - off))
    error = math.sqrt((rounds - 1) / rounds * float(((without - without.mean()) ** 2).sum()))
    return LogRatio(error, float(stats.t.ppf(0.975, rounds - 1)) * error)


def decided_after_s(run: Run) -> float | None:
    """Return the seconds from the beginning of 2_replay until most claims on figures were decided by the rounds that had ended.

    Notebook and imports, some three seconds, are not among them. None: not in this run.
    """
    ends = run.samples[run.samples["phase"] == "measured"].groupby("round")["started_s"].max().sort_values()
    offset_s = seconds_of(run, BEFORE_THE_CLOCK)
    for number in range(3, len(ends) + 1):
        with tempfile.TemporaryDirectory(prefix="perflab-evidence-") as folder:
            part = summarise(with_rounds(run, [int(each) for each in ends.index[:number]], Path(folder) / "run"))
        verdicts = [claim.verdict for claim in part.claims if claim.metric not in COUNTED]
        open_ = verdicts.count("inconclusive")
        measured = len(verdicts) - verdicts.count("not measured")
        if measured and (measured - open_) / measured >= MOST:
            return offset_s + float(ends.iloc[number - 1])
    return None


def with_rounds(run: Run, rounds: Sequence[int], folder: Path) -> Run:
    """Return the run as it is with these rounds alone.

    Args:
        run: The saved run.
        rounds: Numbers of rounds.
        folder: Where it is saved; it must not exist.
    """
    names = {f"round-{number:03d}.parquet" for number in rounds}
    for path in [*run.directory.glob("*/*.parquet"), run.directory / "run.json"]:
        if path.name in names or not path.name.startswith("round-"):
            copy = folder / path.relative_to(run.directory)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    return store.load(folder)


def seconds_of(run: Run, phases: Sequence[str]) -> float:
    """Return how long some phases took together."""
    return sum(float(phase["seconds"]) for phase in run.meta.get("phases", []) if phase["name"] in phases)


def table_of(
    before: str, profile: str, pairs: int, figures: Mapping[str, Sequence[Mapping[str, float | None]]]
) -> Table:
    """Return the table: medians with their ranges, and the ratio of the medians.

    Args:
        before: The other revision.
        profile: The profile.
        pairs: How often both ran.
        figures: The figures of each run, by revision.
    """
    table = Table(f"Evidence, profile {profile}: {before} and now", ("measure", before, NOW, "ratio", "wanted"))
    for name, wanted in WANTED.items():
        sides = [[each[name] for each in figures[side]] for side in (before, NOW)]
        texts, medians = zip(*(_text(values) for values in sides), strict=True)
        ratio = medians[1] / medians[0] if medians[0] and medians[1] is not None else None
        table.rows.append([name, *texts, "-" if ratio is None else f"{ratio:.2f}", wanted])
    table.notes = [
        f"{pairs} runs of each, in turn: median, and the range. Waiting for other replays is left out.",
        "Request time: measured blocks and warm-up; before the rounds, all of its time counts as warm-up.",
    ]
    return table


def _text(values: Sequence[float | None]) -> tuple[str, float | None]:
    reached = [value for value in values if value is not None]
    if len(reached) < len(values):
        return f"not reached in {len(values) - len(reached)} of {len(values)}", None
    spread = Spread.extremes(reached)
    return spread.text(3 if abs(spread.median) < 10 else 0), spread.median
