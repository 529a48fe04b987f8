"""The servers of one run: the database server, the cache server, and the cores that they run on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from perflab.experiment.host import Pinning, plan_pinning
from perflab.experiment.observe.servers import ServerCounters
from perflab.scenario.profiles import Resolved
from perflab.seeding import SeededData
from perflab.servers.choice import sqlite_entry
from perflab.servers.database import SQLITE, Database
from perflab.servers.opening import open_cache, open_database
from perflab.servers.postgres import PostgresServer
from perflab.servers.supervision import pinning as processes
from perflab.servers.supervision.process import Identity, identify, is_alive
from perflab.servers.valkey import Cache, ValkeyServer

# All clones fit in PostgreSQL's own buffers, up to this share of the machine's memory.
MAX_SHARED_BUFFERS = 0.25
MIN_SHARED_BUFFERS_MB = 128
MIB = 1024**2


@dataclass(frozen=True)
class RunServers:
    """Hold both servers of a run.

    Attributes:
        database: PostgreSQL or SQLite, behind one interface.
        cache: The cache server.
        shared_buffers: PostgreSQL's buffers in megabytes, and whether they were capped.
        pinning: The cores for what is measured, and for everything else.
    """

    database: Database
    cache: Cache
    shared_buffers: Mapping[str, Any]
    pinning: Pinning = field(default_factory=plan_pinning)
    _private: Sequence[tuple[str, PostgresServer | ValkeyServer, Identity]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_private", tuple(_private_processes(self.database, self.cache)))

    @classmethod
    @contextmanager
    def open(cls, question: Resolved, data: SeededData, databases: int) -> Iterator[RunServers]:
        """Start both servers, and stop them at the end.

        Args:
            question: The scenario at one of its profiles.
            data: The seeded data.
            databases: Number of databases that exist at the same time.
        """
        buffers = _shared_buffers(data.database_bytes * databases)
        project = sqlite_entry(question.scenario.subject.settings)
        with ExitStack() as stack:
            database = stack.enter_context(
                open_database(data.vendor, data.data_dir, shared_buffers_mb=buffers["megabytes"], project=project)
            )
            cache = stack.enter_context(open_cache())
            yield cls(database, cache, buffers)

    def counters(self) -> ServerCounters:
        """Return a new reader of the servers' counters."""
        return ServerCounters(self.database, self.cache)

    @contextmanager
    def pinned(self, workers: Sequence[int]) -> Iterator[None]:
        """Pin workers and servers to the measured core, and this thread to the others, while requests are measured.

        Afterwards all may use every core again that they have: clones and the next round's workers inherit the affinity of the
        processes that make them, and checks are executed by several workers at once.

        Args:
            workers: The ids of the workers' processes.
        """
        if not self.pinning.possible:
            yield
            return
        every_core = self.pinning.every
        try:
            for pid in workers:
                processes.pin(pid, self.pinning.measured)
            self._pin(self.pinning.measured, self.pinning.others)
            yield
        finally:
            for pid in workers:
                processes.pin(pid, every_core)  # without effect on one that has ended
            self._pin(every_core, every_core)

    def _pin(self, servers: Sequence[int], own: Sequence[int]) -> None:
        self.database.pin(servers)
        self.cache.pin(servers)
        processes.pin_thread(own)

    def confine(self) -> None:
        """Keep the servers, and this thread with what it starts, on the cores that they have."""
        if self.pinning.possible:
            self._pin(self.pinning.every, self.pinning.every)

    def dead_server(self) -> str | None:
        """Return which private server has ended, with the last line of its log; None while both live. Costs 50 µs."""
        for name, server, process in self._private:
            if not is_alive(process):
                return f"the private {name} has ended{_log_tail(server.log_path)}"
        return None

    def database_facts(self) -> dict[str, Any]:
        """Return which database server it is and its settings, under `postgres` or `sqlite`."""
        facts = {
            "version": self.database.version,
            "source": self.database.source,
            "settings": dict(self.database.settings),
        }
        if self.database.vendor == SQLITE:
            return {"sqlite": facts}
        return {
            "postgres": {
                **facts,
                "private": self.database.private,
                "shared_buffers": dict(self.shared_buffers),
            }
        }

    def cache_facts(self) -> dict[str, Any]:
        """Return which cache server it is."""
        return {"version": self.cache.version, "source": self.cache.source, "private": self.cache.private}


def _private_processes(
    database: Database, cache: Cache
) -> Iterator[tuple[str, PostgresServer | ValkeyServer, Identity]]:
    for name, server in (("PostgreSQL", database), ("cache server", cache)):
        if isinstance(server, PostgresServer | ValkeyServer) and server.pid is not None:
            process = identify(server.pid)
            if process is not None:
                yield name, server, process


def _log_tail(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return f" (last line of its log: {lines[-1]})" if lines else ""


def _shared_buffers(wanted_bytes: int) -> dict[str, Any]:
    """Return PostgreSQL's buffers in megabytes, and whether that is less than all clones need."""
    cap_mb = int(psutil.virtual_memory().total * MAX_SHARED_BUFFERS / MIB)
    wanted_mb = int(wanted_bytes * 1.1 / MIB) + 64  # catalogues, and the writes of a round
    return {"megabytes": max(MIN_SHARED_BUFFERS_MB, min(wanted_mb, cap_mb)), "capped": wanted_mb > cap_mb}
