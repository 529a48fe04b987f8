"""What a whole run takes: time by phase, the share of it spent inside requests, memory. Twice: with seeding, and without.

A run is `perflab run` as a person types it, in a copy of the project's scenarios and notebooks with a state folder of its own,
so that the first one has to seed and the second one finds the data.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pandas as pd

from perflab.run import store
from perflab.run.store import Run
from tests.benchmarks.bed import PROJECT
from tests.benchmarks.processes import Watch
from tests.benchmarks.table import Result, Table, say

GIB = 1024**3
# Seconds for a whole run with everything installed, on 2 cores: (with seeding, without).
WALL_S = {"smoke": (60.0, 60.0), "default": (420.0, 300.0)}
WITH, WITHOUT = "seeding first", "data found"
WAITING = "wait for other replays"


@dataclass(frozen=True)
class Finished:
    """A run, and what was seen of it from outside."""

    run: Run
    wall_s: float
    to_server_s: float | None
    watch: Watch

    @property
    def phases(self) -> dict[str, float]:
        """Seconds by phase, in order. Of notebook 2 the replay's own phases; its kernel and imports are not among them."""
        notebooks = {path.stem: duration for path in self._notebooks() if (duration := _duration_s(path)) is not None}
        within = {f"2_replay: {phase['name']}": float(phase["seconds"]) for phase in self.run.meta.get("phases", [])}
        phases: dict[str, float] = {}
        for name, seconds in notebooks.items():
            phases |= within if name == "2_replay" else {f"notebook {name}": seconds}
        return phases

    @property
    def replay_notebook_s(self) -> float | None:
        return _duration_s(self.run.directory / "notebooks" / "2_replay.ipynb")

    def _notebooks(self) -> list[Path]:
        return sorted((self.run.directory / "notebooks").glob("*.ipynb"))

    def phase(self, name: str) -> float | None:
        return next((float(p["seconds"]) for p in self.run.meta.get("phases", []) if p["name"] == name), None)


def measure(profile: str) -> Iterator[Table]:
    """The tables of both runs: where the time went, then the targets."""
    project = Path(tempfile.mkdtemp(prefix="perflab-bench-"))
    home = Path(tempfile.mkdtemp(prefix=f"perflab-bench-{os.getpid()}-", dir="/var/tmp"))  # short, for sockets
    try:
        for part in ("scenarios", "notebooks"):
            shutil.copytree(PROJECT / part, project / part)
        finished = {how: _run(project, home, profile, how) for how in (WITH, WITHOUT)}
        yield _phases(profile, finished)
        yield _summary(profile, finished)
    finally:
        for folder in (project, home):
            shutil.rmtree(folder, ignore_errors=True)


def _run(project: Path, home: Path, profile: str, how: str) -> Finished:
    say(f"experiment: profile {profile}, {how}")
    began = time.monotonic()
    path = os.pathsep.join([str(PROJECT / "app"), *filter(None, sys.path)])
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "perflab",
            "run",
            "scenarios/marketplace.yaml",
            "--profile",
            profile,
            "--quiet",
        ],
        cwd=project,
        env={**os.environ, "PERFLAB_HOME": str(home), "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    with Watch(process.pid) as watch:
        try:
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    wall_s = time.monotonic() - began
    if code:
        raise click.ClickException(f"perflab run ended with exit code {code}; its message is above")
    to_server_s = None if watch.first_server_s is None else watch.first_server_s - began
    return Finished(store.load("latest", project / "reports"), wall_s, to_server_s, watch)


def inside_requests(samples: pd.DataFrame) -> float:
    """The share of the time from a round's first request to its last that was spent inside requests, over all rounds."""
    inside = between = 0.0
    for _, rows in samples.groupby("round"):
        ended = rows["started_s"] + rows["latency_s"]
        inside += float(rows["latency_s"].sum())
        between += float(ended.max() - rows["started_s"].min())
    return inside / between


def _duration_s(notebook: Path) -> float | None:
    """How long papermill says that a notebook took; None if it does not say."""
    try:
        seconds: Any = json.loads(notebook.read_text(encoding="utf-8"))["metadata"]["papermill"]["duration"]
        return float(seconds)
    except (OSError, KeyError, TypeError, ValueError):
        return None


def _phases(profile: str, finished: dict[str, Finished]) -> Table:
    table = Table(f"Experiment, profile {profile}: seconds by phase", ("phase", *finished))
    phases_of = {how: outcome.phases for how, outcome in finished.items()}
    for name in dict.fromkeys(name for phases in phases_of.values() for name in phases):
        table.rows.append([name, *(_seconds(phases.get(name)) for phases in phases_of.values())])
    table.rows.append(
        [
            "not accounted for",
            *(_seconds(outcome.wall_s - sum(outcome.phases.values())) for outcome in finished.values()),
        ]
    )
    outside = [_kernel_s(outcome) for outcome in finished.values()]
    table.rows.append(["  of it 2_replay: kernel, imports, saving", *map(_seconds, outside)])
    table.rows.append(["all", *(_seconds(outcome.wall_s) for outcome in finished.values())])
    table.notes = [
        "The rest of what is not accounted for is the command itself: its imports, kernels' ends, rendering the page."
    ]
    return table


def _kernel_s(outcome: Finished) -> float | None:
    whole = outcome.replay_notebook_s
    return (
        None if whole is None else whole - sum(s for name, s in outcome.phases.items() if name.startswith("2_replay: "))
    )


def _summary(profile: str, finished: dict[str, Finished]) -> Table:
    table = Table(f"Experiment, profile {profile}", ("", *finished))
    runs = list(finished.values())
    table.rows = [
        ["requests measured", *(f"{int((outcome.run.samples['phase'] == 'measured').sum()):,}" for outcome in runs)],
        ["peak of all processes' PSS, MiB", *(_mebibytes(outcome.watch.peak_bytes) for outcome in runs)],
        ["  processes then", *(str(outcome.watch.peak_processes) for outcome in runs)],
        ["from the command to the first server, s", *(_seconds(outcome.to_server_s) for outcome in runs)],
    ]
    for index, (how, outcome) in enumerate(finished.items()):
        waited = outcome.phase(WAITING) or 0.0
        wall_s = outcome.wall_s - waited
        share = sum(s for name, s in outcome.phases.items() if not name.endswith(WAITING)) / wall_s
        table.results += [
            Result(f"inside requests, {how}", inside_requests(outcome.run.samples), 0.8, at_most=False),
            Result(f"accounted for by phase, {how}", share, 0.9, at_most=False),
            Result(
                f"peak PSS, {how}",
                None if outcome.watch.peak_bytes is None else outcome.watch.peak_bytes / GIB,
                4,
                unit=" GiB",
            ),
        ]
        if profile in WALL_S:
            table.results.append(Result(f"whole run, {how}", wall_s, WALL_S[profile][index], unit=" s"))
    later = finished[WITHOUT]
    starts = [later.phase(name) for name in ("seed", "start servers")]
    found_s = None if None in starts else sum(seconds or 0.0 for seconds in starts)
    table.results.append(Result("a later run finds the data and starts the servers", found_s, 3, unit=" s"))
    table.notes = [
        "Inside requests: all rows of samples; from a round's first request to the end of its last.",
        "Waiting for other replays on this machine is left out of the whole run and of its shares.",
        "PSS: sampled twice a second over the command's process tree, servers included.",
    ]
    if unreadable := max(outcome.watch.unreadable for outcome in runs):
        table.notes.append(f"It could not be read of up to {unreadable} processes at a time (ones that ended, too).")
    return table


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.2f}"


def _mebibytes(size: int | None) -> str:
    return "-" if size is None else f"{size / 1024**2:,.0f}"
