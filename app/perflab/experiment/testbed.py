"""The lab of one run: both servers, the templates, and what every worker is to be."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from perflab import workload
from perflab.errors import InputError
from perflab.experiment import host
from perflab.experiment.databases import template_for
from perflab.experiment.host import Pinning, plan_pinning
from perflab.experiment.observe import catalogue
from perflab.experiment.observe.servers import ServerCounters
from perflab.run.cells import CANARY_SHARE, Cell, cell_name
from perflab.run.indexes import Index
from perflab.scenario import project as subject
from perflab.scenario.factors import index_kinds
from perflab.scenario.factors.base import CellChanges, Context, cell_changes, with_options
from perflab.scenario.profiles import Resolved
from perflab.scenario.project_checks import example_path
from perflab.seeding import SeededData
from perflab.seeding.target import django_on
from perflab.servers.choice import sqlite_entry
from perflab.servers.database import SQLITE, Database
from perflab.servers.opening import open_cache, open_database
from perflab.servers.postgres import PostgresServer
from perflab.servers.supervision import pinning as processes
from perflab.servers.supervision.process import Identity, identify, is_alive
from perflab.servers.valkey import Cache, ValkeyServer
from perflab.worker.protocol import Job

# All clones fit in PostgreSQL's own buffers, up to this share of the machine's memory.
SHARED_BUFFERS_CAP = 0.25
SHARED_BUFFERS_LEAST_MB = 128
MIB = 1024**2


@dataclass
class Lab:
    """Everything that the rounds of a run share. `prepare` fills what is asked of the project and of its database."""

    question: Resolved
    seed: int
    data: SeededData
    cells: Sequence[Cell]
    # Whatever the databases are kept in; what PostgreSQL and SQLite have in common.
    database: Database
    cache: Cache
    shared_buffers: Mapping[str, Any]
    pinning: Pinning = field(default_factory=plan_pinning)
    began_s: float = field(default_factory=time.monotonic)
    # Names this run's clones and cache keys: on servers of the user's there may be runs of other machines.
    token: str = field(default_factory=lambda: secrets.token_hex(3))
    context: Context = field(default_factory=Context)
    templates: dict[str, str] = field(default_factory=dict)
    populations: dict[int, workload.Population] = field(default_factory=dict)
    index_names: dict[str, list[str]] = field(default_factory=dict)
    indexes: list[Index] = field(default_factory=list)
    migrations: dict[str, str] = field(default_factory=dict)
    urls: dict[str, int] = field(default_factory=dict)
    _private: list[tuple[str, PostgresServer | ValkeyServer, Identity]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, server in (("PostgreSQL", self.database), ("cache server", self.cache)):
            if isinstance(server, PostgresServer | ValkeyServer) and server.pid is not None:
                who = identify(server.pid)
                if who is not None:
                    self._private.append((name, server, who))

    @classmethod
    @contextmanager
    def open(cls, question: Resolved, seed: int, data: SeededData, cells: Sequence[Cell]) -> Iterator[Lab]:
        """Start both servers; they stop at the end, whatever happened."""
        clones = sum(cell.role != "reference" for cell in cells)
        buffers = _shared_buffers(data.database_bytes * clones)
        project = sqlite_entry(question.scenario.subject.settings)
        with ExitStack() as stack:
            database = stack.enter_context(
                open_database(data.vendor, data.data_dir, shared_buffers_mb=buffers["megabytes"], project=project)
            )
            cache = stack.enter_context(open_cache())
            yield cls(question, seed, data, cells, database, cache, buffers)

    def prepare(self) -> None:
        """Ask the project and its database what the scenario's words mean, and make the templates.

        Django was set up by seeding; its connection to the base is closed again, for a template must have none open.
        """
        scenario = self.question.scenario
        self.database.drop_leftovers()
        with django_on(self.database.django_settings(self.data.template)) as connection:
            from django.apps import apps

            made_by = index_kinds.of_catalogue(apps.get_models(), connection)
            self.context = Context(
                subject.base_settings(scenario.subject.settings), {name: kind for name, (kind, _) in made_by.items()}
            )
            self.indexes = catalogue.indexes(self.database, self.data.template, made_by)
            self.migrations = catalogue.migrations(connection)
            self.urls = subject.urls(example_path(endpoint) for endpoint in scenario.traffic.endpoints)
            for factor in scenario.factors:
                if factor.drops_indexes:
                    self.index_names[factor.name] = list(factor.changes(False, self.context).drop_indexes)
                    if not self.index_names[factor.name]:
                        raise InputError(f"the factor {factor.name} finds no index to switch", where=str(scenario.path))
            for number in range(1, self.question.profile.rounds + 1):
                self.populations[number] = workload.population(scenario, self.seed, number)
        for cell in self.cells:
            if cell.role != "reference":
                missing = self.changes(cell).drop_indexes
                self.templates[cell.name] = template_for(self.database, self.data.template, missing)

    def changes(self, cell: Cell) -> CellChanges:
        """Return what all factors change in a cell."""
        return cell_changes(self.question.scenario.factors, cell.is_on, self.context)

    @property
    def cached(self) -> frozenset[str]:
        """The cells whose caching is on. A project whose caches no factor switches has them on in all cells."""
        factors = [factor.name for factor in self.question.scenario.factors if factor.caches]
        subjects = [cell for cell in self.cells if cell.role != "reference"]
        return frozenset(cell.name for cell in subjects if not factors or any(cell.is_on(name) for name in factors))

    @property
    def uncached(self) -> str:
        """The cell in which all is on but the caches; all_on where no factor is a cache."""
        factors = self.question.scenario.factors
        return cell_name({factor.name: not factor.caches for factor in factors})

    @property
    def candidates(self) -> list[str]:
        """The indexes that are in question: those that factors switch, else those that the models ask for."""
        switched = sorted({name for names in self.index_names.values() for name in names})
        return switched or sorted(index.name for index in self.indexes if index.kind in ("meta", "field"))

    def catalogue(self) -> dict[str, Any]:
        """The indexes of the subject's database, for run.json."""
        return {
            "indexes": [index.as_dict() for index in self.indexes],
            "candidates": self.candidates,
            "migrations": self.migrations,
            "urls": self.urls,
        }

    @property
    def key_prefix(self) -> str:
        """How this run's keys on the cache server begin."""
        return f"perflab:{self.token}:"

    @property
    def counters(self) -> ServerCounters:
        return ServerCounters(self.database, self.cache)

    def job(self, cell: Cell, databases: Mapping[str, str], round_number: int) -> Job:
        """What the worker of one cell is to be in one round."""
        if cell.role == "reference":
            return Job(cell.name, None)
        scenario = self.question.scenario
        changes = self.changes(cell)
        database = self.database.django_settings(databases[cell.name])
        prefix = f"{self.key_prefix}{round_number}:{cell.name}:"
        caches = changes.settings.get("CACHES", self.context.settings["CACHES"])
        settings = {
            **changes.settings,
            "CACHES": subject.isolated_caches(caches, self.cache.url(), prefix),
            "DATABASES": {
                "default": {**database, "OPTIONS": with_options(database.get("OPTIONS", {}), changes.database_options)}
            },
            "ALLOWED_HOSTS": ["*"],
            "DEBUG": False,
        }
        return Job(
            cell.name,
            scenario.subject.settings,
            settings,
            auth=scenario.subject.auth,
            as_of=scenario.data.as_of.isoformat(),
            spin_share=CANARY_SHARE if cell.role == "canary" else 0.0,
            cache_pid=self.cache.pid,
            environment=changes.environment,
        )

    @contextmanager
    def pinned(self, workers: Sequence[int]) -> Iterator[None]:
        """Workers and servers on the measured core, this process on the others, while requests are measured.

        Afterwards all may use every core again: clones and the next round's workers, which inherit what their makers
        have, are made on all of them.
        """
        if not self.pinning.possible:
            yield
            return
        everywhere = sorted({*self.pinning.measured, *self.pinning.others})
        try:
            for pid in workers:
                processes.pin(pid, self.pinning.measured)
            self._place(self.pinning.measured, self.pinning.others)
            yield
        finally:
            self._place(everywhere, everywhere)

    def _place(self, servers: Sequence[int], own: Sequence[int]) -> None:
        self.database.pin(servers)
        self.cache.pin(servers)
        processes.pin(os.getpid(), own)

    def dead_server(self) -> str | None:
        """Which private server has ended, with the last words of its log; None while both live. 50 µs, a look in /proc."""
        for name, server, who in self._private:
            if not is_alive(who):
                return f"the private {name} has ended{_log_tail(server.log_path)}"
        return None

    def forget_caches(self) -> None:
        """Delete this run's keys: the next round starts cold."""
        self.cache.delete_prefix(self.key_prefix)

    def facts(self) -> dict[str, Any]:
        """Where this run takes place, for the report: versions, machine, servers and their settings, data."""
        return {
            **host.versions(),
            "machine": host.machine(),
            "pinning": self.pinning.facts(),
            "git_revision": host.git_revision(Path.cwd()),
            **self._database_facts(),
            "cache": {
                "version": self.cache.version,
                "source": self.cache.source,
                "private": self.cache.private,
                "holds_all": subject.all_caches_on_server(self.context.settings["CACHES"]),
            },
            "clocks": {"db": self.database.local, "cache": self.cache.cpu_clock() is not None},
            "rows": dict(self.data.rows),
            "database_bytes": self.data.database_bytes,
            "indexes": {name: {"count": len(names), "names": names} for name, names in self.index_names.items()},
        }

    def _database_facts(self) -> dict[str, Any]:
        """Under `postgres` or `sqlite`: which it was, and with which settings."""
        known = {
            "version": self.database.version,
            "source": self.database.source,
            "settings": dict(self.database.settings),
        }
        if self.database.vendor == SQLITE:
            return {"sqlite": known}
        return {
            "postgres": {
                **known,
                "private": self.database.private,
                "shared_buffers": dict(self.shared_buffers),
            }
        }


def _log_tail(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return f" (it said: {lines[-1]})" if lines else ""


def _shared_buffers(wanted_bytes: int) -> dict[str, Any]:
    """How much PostgreSQL gets, and whether that was less than all the clones need."""
    cap_mb = int(psutil.virtual_memory().total * SHARED_BUFFERS_CAP / MIB)
    wanted_mb = int(wanted_bytes * 1.1 / MIB) + 64  # catalogues, and what the writes of a round add
    return {"megabytes": max(SHARED_BUFFERS_LEAST_MB, min(wanted_mb, cap_mb)), "capped": wanted_mb > cap_mb}
