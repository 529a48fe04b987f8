"""A project whose points take milliseconds: the command of a point is a script that saves a run with what it was given.

    python bed.py SCENARIO JOURNAL [-p NAME=VALUE ...]

The journal is a folder: `started` and `finished` have a line for each command. A value of `mode` in the scenario's data makes the
command fail, or wait for ever the first time.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from perflab.experiment.matrix.plan import Plan, Point, point

THIS = Path(__file__)


def plan_of(project: Path, journal: Path, **changes: Any) -> Plan:
    given: dict[str, Any] = {
        "name": "m", "scenario": "scenarios/s.yaml", "profile": "smoke", "project": str(project), "revision": None,
        "digest": "d", "command": ("{python}", str(THIS), "{scenario}", str(journal)),
    }  # fmt: skip
    return Plan(**{**given, **changes})


def points_of(count: int, modes: dict[int, str] | None = None) -> list[Point]:
    return [
        point((("x", number),), json.dumps({"x": number, "mode": (modes or {}).get(number, "")}), ())
        for number in range(count)
    ]


def lines(journal: Path, name: str) -> Counter[str]:
    """How often a command of each point has started, or finished."""
    try:
        return Counter(line.split()[0] for line in (journal / name).read_text().splitlines())
    except FileNotFoundError:
        return Counter()


def pids(journal: Path) -> list[int]:
    return [int(line.split()[1]) for line in (journal / "started").read_text().splitlines()]


def files(folder: Path) -> dict[str, bytes]:
    """The files of a run, without what tells how it came about."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "point.json"
    }


def summary_of(x: int, verdict: str) -> dict[str, Any]:
    claim = {
        "id": "fast", "statement": "It is fast", "metric": "latency_s", "unit": "s", "direction": "at_least", "bound": 0.5,
        "scope": "all", "estimate": 0.9 - x / 10, "low": 0.8 - x / 10, "high": 0.95 - x / 10, "n": 10, "rounds": 3,
        "verdict": verdict,
    }  # fmt: skip
    return {"schema": 2, "scenario": "s", "run_id": "20261123-101500", "claims": [claim]}


def main() -> int:
    scenario, journal = Path(sys.argv[1]), Path(sys.argv[2])
    data = json.loads(scenario.read_text())
    name = f"{data['x']}"
    is_first = lines(journal, "started")[name] == 0
    with (journal / "started").open("a") as file:
        file.write(f"{name} {os.getpid()}\n")
    mode = data["mode"]
    folder = Path(os.environ["PERFLAB_REPORTS"]) / "s" / "20261123-101500"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"status": "running"}))
    if mode == "fail":
        sys.stderr.write("perflab: the disk is full\n")
        return 2
    if mode == "partial":
        return 0
    while mode == "hang" and is_first:
        time.sleep(60)
    (folder / "samples").mkdir()
    (folder / "samples" / "round-001.parquet").write_bytes(bytes([data["x"]]) * 5_000_000)
    (folder / "summary.json").write_text(json.dumps(summary_of(data["x"], "supported" if data["x"] < 3 else "refuted")))
    (folder / "run.json").write_text(json.dumps({"status": "complete", "x": data["x"], "argv": sys.argv[3:]}))
    with (journal / "finished").open("a") as file:
        file.write(f"{name} {os.getpid()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
