"""What it takes to analyse ten million samples: a saved run of that size, read and summarised by a process of its own.

The files are as a run writes them, with its columns and types; what stands in them is drawn, cheaply. Making them is not
what is measured, and happens in another process: a process that is started inherits its maker's peak of memory.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.table import Result, Table, say

PROJECT = Path(__file__).parents[2]
MODULE = "tests.selftest.speed"
WALL_S, GIB = 60.0, 3.0
ROUNDS = 10


def table(rows: int) -> Table:
    """Seconds and memory of `load` and `summarise`, beside the targets for ten million rows."""
    with tempfile.TemporaryDirectory(prefix="perflab-selftest-") as folder:
        say(f"speed: writing {rows:,} samples")
        _child("build", folder, str(rows))
        say("speed: analysing them")
        measured = json.loads(_child("analyse", folder))
    result = Table(
        f"Analysis of {measured['samples']:,} samples",
        ("", "seconds", "peak memory since the start, GiB"),
        [[step["name"], f"{step['seconds']:.1f}", f"{step['peak_bytes'] / 1024**3:.2f}"] for step in measured["steps"]],
    )
    last = measured["steps"][-1]
    result.results = [
        Result("all of it", sum(step["seconds"] for step in measured["steps"]), WALL_S, unit=" s"),
        Result("peak memory", last["peak_bytes"] / 1024**3, GIB, unit=" GiB"),
    ]
    sizes = [f"{measured[what]} {what}" for what in ("rounds", "cells", "endpoints", "effects")]
    result.notes = [
        f"{', '.join(sizes)}; {measured['file_bytes'] / 1024**2:,.0f} MiB of parquet; on {measured['cores']} cores.",
        "Memory: the largest resident set. The targets are for ten million samples.",
    ]
    return result


def _child(*arguments: str) -> str:
    """One step in a process of its own; what it printed."""
    path = os.pathsep.join([str(PROJECT / "app"), *filter(None, sys.path)])
    process = subprocess.Popen(
        [sys.executable, "-m", MODULE, *arguments],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        printed, _ = process.communicate()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if process.returncode:
        raise RuntimeError(f"{arguments[0]} ended with exit code {process.returncode}; its message is above")
    return printed


def peak_bytes() -> int:
    """The largest resident set of this process so far. Where the kernel says it, that of this program alone."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def analyse(directory: Path) -> dict[str, Any]:
    """Import, read and summarise; seconds and peak memory after each."""
    steps: list[dict[str, Any]] = []
    began = time.monotonic()

    def done(name: str) -> None:
        nonlocal began
        now = time.monotonic()
        steps.append({"name": name, "seconds": now - began, "peak_bytes": peak_bytes()})
        began = now

    from perflab.analysis.summary import summarise
    from perflab.run import store

    done("import")
    run = store.load(directory)
    samples, trace = run.samples, run.trace
    done("read the files")
    summary = summarise(run)
    done("summarise")
    return {
        "samples": len(samples),
        "rounds": int(trace["round"].nunique()),
        "cells": len(run.cells),
        "endpoints": int(trace["endpoint"].nunique()),
        "effects": len(summary.effects),
        "file_bytes": sum(file.stat().st_size for file in directory.rglob("*.parquet")),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "steps": steps,
    }


def main(arguments: list[str]) -> int:
    match arguments:
        case ["build", directory, rows]:
            from tests.selftest.large import build

            build(Path(directory), int(rows), ROUNDS)
        case ["analyse", directory]:
            print(json.dumps(analyse(Path(directory))))
        case _:
            print(f"usage: python -m {MODULE} build DIRECTORY ROWS | analyse DIRECTORY", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
