"""The tiny project on a real server, and code in a process of its own, where Django has to be set up anew."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from perflab.experiment.capacity.generator import free_port
from perflab.experiment.capacity.server import AppServer
from perflab.worker.protocol import WorkerConfig
from perflab.worker.serving.config import HOST, VARIABLE, ServerConfig

PROJECT = Path(__file__).resolve().parents[4]
TINY = "tests.projects.tiny"


def config_of(folder: Path, server: str = "gunicorn", worker_class: str = "sync", **changes: Any) -> ServerConfig:
    """What serves the tiny project with its records in a folder.

    Args:
        folder: A folder of the test's own.
        server: The server.
        worker_class: Of gunicorn.
        changes: Fields of the ServerConfig, or of its WorkerConfig.
    """
    records = folder / "records"
    records.mkdir(exist_ok=True)
    served = {name: changes.pop(name) for name in ("workers", "threads", "ahead_s", "memory") if name in changes}
    settings = {"ALLOWED_HOSTS": ["*"], **changes.pop("settings", {})}
    worker = WorkerConfig(**{"cell": "all_on", "settings_module": TINY, "settings": settings, **changes})
    fields = {"workers": 1, "threads": 1, "ahead_s": 0.0, **served}
    return ServerConfig(worker, server, worker_class, port=free_port(), records=str(records), **fields)


def run(config: ServerConfig, code: str, folder: Path) -> str:
    """Run code in a process of its own, which can read the configuration; what it prints.

    Args:
        config: The configuration.
        code: The code.
        folder: A folder of the test's own.
    """
    config.write(folder / "config")
    environment = {
        **os.environ,
        VARIABLE: str(folder / "config"),
        "PYTHONPATH": os.pathsep.join([str(PROJECT / "app"), str(PROJECT)]),
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        cwd=PROJECT,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def answered(port: int, path: str = "/greet/", **headers: str) -> tuple[int, bytes]:
    """The status and the body of a response; raises OSError where there is none."""
    connection = HTTPConnection(HOST, port, timeout=20)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def responds(url: str) -> bool:
    """Whether a server responds, whatever it says."""
    try:
        answered(int(url.rpartition(":")[2]))
    except OSError:
        return False
    return True


@contextmanager
def serving(config: ServerConfig, folder: Path) -> Iterator[AppServer]:
    """A server that responds, ended at the end.

    Args:
        config: What it serves.
        folder: Where its log goes.
    """
    with AppServer.started(config, folder / "server.log") as server:
        server.wait_ready(responds)
        yield server
