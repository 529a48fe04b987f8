"""What a server process is told: the cell, the server, and where the trace's time is."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from perflab.scenario.subject.sending import portable
from perflab.worker.probes.cache.memory import MemoryEntries
from perflab.worker.protocol import WorkerConfig

# Names the file of the configuration, for processes that a server starts by itself.
VARIABLE = "PERFLAB_SERVED"
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Describe a project on a server.

    Attributes:
        worker: The cell, as a worker of a replay would have it.
        server: The server: gunicorn, granian or uvicorn.
        worker_class: Of gunicorn: sync or gthread.
        workers: Number of processes.
        threads: Number of threads of each.
        port: The port on 127.0.0.1.
        ahead_s: How far the trace's time is ahead of the machine's.
        records: The folder of the records, see records.py.
        memory: The entries of caches in memory that each process begins with.
    """

    worker: WorkerConfig
    server: str
    worker_class: str
    workers: int
    threads: int
    port: int
    ahead_s: float
    records: str
    memory: Mapping[str, MemoryEntries] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write it to a file that only this user can read: it holds the project's secrets."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(portable(self))


def read() -> ServerConfig:
    """Return the configuration in the file that the environment names."""
    config: ServerConfig = pickle.loads(Path(os.environ[VARIABLE]).read_bytes())
    return config
