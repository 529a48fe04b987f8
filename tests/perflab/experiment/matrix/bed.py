"""A project whose points take milliseconds: the command of a point is the script command.py."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from perflab.experiment.matrix.plan import Plan, Point, point
from perflab.run.store import REPORTS_VARIABLE

SCRIPT = Path(__file__).with_name("command.py")


def plan_of(project: Path, journal: Path, **changes: Any) -> Plan:
    given: dict[str, Any] = {
        "name": "m", "scenario": "scenarios/s.yaml", "profile": "smoke", "project": str(project), "revision": None,
        "digest": "d", "command": ("{python}", str(SCRIPT), "{scenario}", str(journal)),
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


def processes_of(project: Path) -> list[str]:
    """The processes of a project that still live: workers are in its folder, and points know where to save."""
    living = []
    for process in psutil.process_iter():
        try:
            if process.pid == os.getpid() or process.ppid() == os.getpid():
                continue  # this one, and the tracker of its shared memory
            if (process.environ().get(REPORTS_VARIABLE) or process.cwd()).startswith(str(project)):
                living.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue  # ended, or another user's
    return living
