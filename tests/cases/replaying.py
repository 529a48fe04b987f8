"""A whole run of a case's project, as `perflab run` makes it after its checks, without notebooks."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from perflab.run.store import Run, load
from tests.perflab.tasks import task


@contextmanager
def state_folder() -> Iterator[Path]:
    """A state folder of the lab's with a short path, because sockets lie in it; removed at the end."""
    made = Path(tempfile.mkdtemp(prefix=f"perflab-test-{os.getpid()}-", dir="/var/tmp"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def replayed(scenario: str, folder: Path, home: Path, overrides: Mapping[str, Any] | None = None) -> Run:
    """Replay a scenario in a process of its own; the saved run."""
    directory = folder / "reports" / "run"
    arguments = {
        "scenario": scenario, "profile": "smoke", "overrides": dict(overrides or {}), "seed": 1, "directory": str(directory),
        "command": "perflab run",
    }  # fmt: skip
    with task("replay", arguments, home, folder / "task.log") as replay:
        assert replay.end() == 0, replay.log.read_text()[-3000:] + json.dumps(replay.events[-1])
    return load(directory)
