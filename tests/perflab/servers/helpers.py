"""Starting the stand-in orchestrator, and looking who lives."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from perflab.servers.supervision.process import identify

SCRIPT = Path(__file__).with_name("orchestrator.py")
APP = Path(__file__).parents[3] / "app"


@contextmanager
def python(home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process that can import perflab, with pipes; killed at the end."""
    environment = {**os.environ, "PERFLAB_HOME": str(home), "PYTHONPATH": str(APP)}
    process = subprocess.Popen(
        [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdin and process.stdout
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


@contextmanager
def orchestrator(home: Path, data_dir: Path | None = None) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A process that runs both servers, and what it says of them."""
    with python(home, str(SCRIPT), str(data_dir or "")) as process:
        assert process.stdout
        line = process.stdout.readline()
        assert line, "the orchestrator ended before its servers were up"
        yield process, json.loads(line)


@contextmanager
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with anything; killed at the end."""
    with subprocess.Popen(["sleep", "600"]) as process:
        try:
            yield process
        finally:
            process.kill()


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if identify(pid) is not None]
