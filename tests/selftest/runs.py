"""Whole runs, one after the other: is the positive control detected, does the A/A control agree, how many verdicts are withheld?

A run is `perflab run` as a person types it, in a copy of the project's scenarios and notebooks with a state folder of its own.
Each has a seed of its own, and so other data, other traffic and other hash seeds than any before: nothing that they find may
repeat because a random number does.
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
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from tests.benchmarks.bed import PROJECT
from tests.benchmarks.table import Table, say
from tests.selftest.shares import Share

SCENARIO = "scenarios/marketplace.yaml"
# At how much of the time that the longest run took another one is begun.
ROOM = 1.1


def table(runs: int, minutes: float, profile: str, first_seed: int = 1) -> Table:
    """At most so many runs, and none that would not end within the budget; at least one."""
    until = time.monotonic() + minutes * 60
    controls: list[dict[str, Any]] = []
    rows = []
    longest = 0.0
    for number in range(runs):
        began = time.monotonic()
        if number and began + longest * ROOM > until:
            break
        say(f"runs: {number + 1} of {runs}, profile {profile}")
        controls.append(control_of(profile, first_seed + number))
        took = time.monotonic() - began
        longest = max(longest, took)
        rows.append([str(first_seed + number), f"{took:.0f} s", *_row(controls[-1])])
        say("runs: " + " | ".join(rows[-1]))
    result = Table(
        f"Whole runs, profile {profile}",
        (
            "seed",
            "took",
            "positive control (+5%)",
            "detected",
            "A/A control",
            "interval",
            "equal",
            "carry-over",
            "withheld",
        ),
        rows,
    )
    with_interval = [control for control in controls if control["twin"]["low"] is not None]
    result.results = [
        Share(sum(bool(control["canary"]["detected"]) for control in controls), len(controls)).result(
            "positive control detected", 1.0, at_most=False
        ),
        Share(sum(not _equal(control) for control in with_interval), len(with_interval)).result(
            "A/A controls that differ", 0.05
        ),
        Share(sum(bool(control["withheld"]) for control in controls), len(controls)).result(
            "verdicts on times withheld", 0.05
        ),
    ]
    result.notes = [
        "Equal: the A/A control's interval contains no change; one run in 20 may differ. Withheld: see the page's limits.",
        "Without the index ledger, which comes after all that is judged here.",
        f"{len(controls)} of {runs} runs in {minutes:g} minutes.",
    ]
    return result


def control_of(profile: str, seed: int) -> dict[str, Any]:
    """The controls of one run, as its summary.json has them."""
    with _scratch() as (project, home):
        path = os.pathsep.join([str(PROJECT / "app"), *filter(None, sys.path)])
        command = [sys.executable, "-m", "perflab", "run", SCENARIO]
        process = subprocess.Popen(
            [*command, "--profile", profile, "--quiet", "-p", f"seed={seed}", "-p", "index_study_s=0"],
            cwd=project,
            env={**os.environ, "PERFLAB_HOME": str(home), "PYTHONPATH": path},
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        try:
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        if code:
            raise click.ClickException(f"perflab run ended with exit code {code}; its message is above")
        (summary,) = project.glob("reports/*/*/summary.json")
        control: dict[str, Any] = json.loads(summary.read_text(encoding="utf-8"))["control"]
        return control


@contextmanager
def _scratch() -> Iterator[tuple[Path, Path]]:
    """A copy of what a run needs of the project, and a state folder; both go afterwards."""
    project = Path(tempfile.mkdtemp(prefix="perflab-selftest-"))
    home = Path(tempfile.mkdtemp(prefix=f"perflab-selftest-{os.getpid()}-", dir="/var/tmp"))  # short, for sockets
    try:
        for part in ("scenarios", "notebooks"):
            shutil.copytree(PROJECT / part, project / part)
        yield project, home
    finally:
        for folder in (project, home):
            shutil.rmtree(folder, ignore_errors=True)


def _equal(control: dict[str, Any]) -> bool:
    return bool(control["twin"]["low"] <= 1 <= control["twin"]["high"])


def _row(control: dict[str, Any]) -> list[str]:
    twin, canary = control["twin"], control["canary"]
    before = control.get("carry_over") or {}
    return [
        _signed(canary["ratio"]),
        _word(canary["detected"]),
        _signed(twin["ratio"]),
        f"{_signed(twin['low'])} to {_signed(twin['high'])}",
        "unknown" if twin["low"] is None else _word(_equal(control)),
        _signed(before.get("ratio")),
        _word(bool(control["withheld"])),
    ]


def _signed(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio - 1:+.2%}"


def _word(flag: bool | None) -> str:
    return "unknown" if flag is None else "yes" if flag else "no"
