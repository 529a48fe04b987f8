"""The testbed of one run: its question, data, cells and servers, and the configuration of every worker."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from perflab.errors import PerflabError
from perflab.experiment import host
from perflab.experiment.isolate import caches, files, outside
from perflab.experiment.isolate import databases as own_databases
from perflab.experiment.setup.preparation import Prepared
from perflab.experiment.setup.servers import RunServers
from perflab.experiment.warm.state import CACHES, WARM_FOLDER, WarmState
from perflab.run.cells import CANARY_SHARE, Cell, cell_name, everything_on
from perflab.scenario import project
from perflab.scenario.factors.base import CellChanges, cell_changes
from perflab.scenario.profiles import Resolved
from perflab.scenario.strict import trace_start
from perflab.scenario.subject import cache_tables, signals
from perflab.scenario.subject.surroundings import folder_of, interpreter_of, search_path
from perflab.seeding import SeededData
from perflab.servers.database import Database
from perflab.worker.guards.contacts import FILE, PROCESS, Contact
from perflab.worker.guards.files import TEMPORARY
from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import WorkerConfig
from perflab.workload.build import Builder
from perflab.workload.steps import Trace


@dataclass(frozen=True)
class Testbed:
    """Hold everything that the rounds of a run share.

    Attributes:
        question: The scenario at one of its profiles.
        seed: Seed of the run.
        data: The seeded data.
        cells: All cells.
        servers: The database and cache servers.
        prepared: What the project and its database say about the scenario.
        began_s: The start of the run, on the monotonic clock, which all processes share.
        token: Names this run's clones: the user's server may be shared with runs of other machines.
        folder: Where cells have their own files; it need not exist, and is removed after each round.
        contacts: What the project did beyond its cells, so far.
        endless: Names of streams that do not end, as the first requests showed.
        warm: What every round starts from; None before it is made.
        stopping: Set once rounds must not go on, because another one has failed.
        collecting: Held by whoever adds to `contacts`: rounds may end at once.
    """

    question: Resolved
    seed: int
    data: SeededData
    cells: Sequence[Cell]
    servers: RunServers
    prepared: Prepared
    began_s: float = field(default_factory=time.monotonic)
    token: str = field(default_factory=lambda: secrets.token_hex(3))
    folder: Path = field(default_factory=lambda: Path(tempfile.gettempdir()) / f"perflab-{secrets.token_hex(6)}")
    contacts: Counter[Contact] = field(default_factory=Counter)
    endless: set[str] = field(default_factory=set)
    warm: WarmState | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    collecting: threading.Lock = field(default_factory=threading.Lock)

    def on(self, database: Database) -> Testbed:
        """Return the same testbed on another database server."""
        return replace(self, servers=replace(self.servers, database=database))

    def changes(self, cell: Cell) -> CellChanges:
        """Return what all factors change in a cell."""
        factors = self.question.scenario.factors
        changes = cell_changes(factors, cell.is_on, self.prepared.context)
        other = self.prepared.other
        return (
            cell_changes(factors, cell.is_on, other.context) if other is not None and changes.code == "on" else changes
        )

    @property
    def caching(self) -> frozenset[str]:
        """Return the cells whose caching is on: all cells of a project whose caches no factor switches."""
        factors = [factor.name for factor in self.question.scenario.factors if factor.caches]
        subjects = [cell for cell in self.cells if cell.role != "reference"]
        return frozenset(cell.name for cell in subjects if not factors or any(cell.is_on(name) for name in factors))

    @property
    def everything_on(self) -> str:
        """Return the name of the cell with all factors on."""
        return everything_on(self.question.scenario.factor_names)

    @property
    def uncached(self) -> str:
        """Return the cell in which all factors but the caches are on; all_on where no factor is a cache."""
        factors = self.question.scenario.factors
        return cell_name({factor.name: not factor.caches for factor in factors})

    @property
    def has_cache(self) -> bool:
        """Whether a factor switches a cache, or the project configures one itself."""
        if any(factor.caches for factor in self.question.scenario.factors):
            return True
        return is_configured(self.prepared.context.settings["CACHES"])

    def catalogue(self, build_s: Mapping[str, float] | None = None) -> dict[str, Any]:
        """Return the indexes of the subject's database, which of its tables are caches, and what no signal reports, for run.json.

        Args:
            build_s: How long it took to build an index, by its name, where that was measured.
        """
        indexes = self.prepared.indexes
        if build_s is not None:
            indexes = [replace(index, build_s=build_s.get(index.name)) for index in indexes]
        return {
            "indexes": [index.as_dict() for index in indexes],
            "candidates": self.prepared.candidates,
            "migrations": dict(self.prepared.migrations),
            "urls": dict(self.prepared.urls),
            "cache_tables": cache_tables.names(self.prepared.context.settings["CACHES"]),
            "unsent_signals": signals.unsent(),
        }

    def worker_config(self, cell: Cell, databases: Mapping[str, str], round_number: int) -> WorkerConfig:
        """Return what the worker of one cell runs in one round.

        Args:
            cell: The cell.
            databases: The database of each cell.
            round_number: Number of the round; makes its cache keys unique.
        """
        if cell.role == "reference":
            return WorkerConfig(cell.name, None)
        scenario, servers = self.question.scenario, self.servers
        subject, context, layout = scenario.subject, self.prepared.context, self.prepared.layout
        changes = self.changes(cell)
        if (other := self.prepared.other) is not None and changes.code == "on":
            subject, context, layout = other.subject, other.context, other.layout
        clone = databases[cell.name]
        folder = self.folder_of(cell.name, round_number)
        place = caches.CachePlace(
            lambda n: servers.cache.key_space(f"{round_number} {cell.name} {n}"),
            folder / CACHES,
            subject.settings,
        )
        own = {**context.settings, **changes.settings}
        moved, origins = files.isolated(own, folder)
        settings = {
            # One for all processes, as a deployment has it, also where the settings draw one at random in each process.
            **({"SECRET_KEY": own["SECRET_KEY"]} if own.get("SECRET_KEY") else {}),
            **changes.settings,
            **outside.isolated(own),
            **moved,
            "CACHES": caches.isolated(own, place),
            "DATABASES": own_databases.of_cell(layout, servers.database, clone, changes.database_options),
            "ALLOWED_HOSTS": ["*"],
            "DEBUG": False,
        }
        return WorkerConfig(
            cell.name,
            subject.settings,
            settings,
            auth=subject.auth,
            host=subject.host or project.host_of(own.get("ALLOWED_HOSTS") or ()),
            as_of=trace_start(scenario.as_of, own.get("TIME_ZONE")).isoformat(),
            spin_share=CANARY_SHARE if cell.role == "canary" else 0.0,
            cache_pid=servers.cache.pid,
            environment={**subject.env, "TMPDIR": str(folder / TEMPORARY), **changes.environment},
            folder=str(folder),
            origins=origins,
            allowed=outside.allowed(subject.allow, servers.cache.url(), databases=settings["DATABASES"].values()),
            python=None if (own_python := interpreter_of(subject)) is None else own_python.executable,
            path=tuple(search_path(subject)),
            directory=None if subject.folder is None else str(folder_of(subject)),
            endless=frozenset(self.endless),
        )

    def folder_of(self, cell: str, round_number: int) -> Path:
        """Return the folder of a cell's files in one round."""
        return self.folder / f"{round_number}-{hashlib.sha256(cell.encode()).hexdigest()[:12]}"

    def traffic(self, number: int) -> Builder:
        """Return the traffic of a round, which follows the warm-up."""
        history = self.warm.history if self.warm is not None else self.history()
        return history.future(number)

    def trace(self, number: int) -> Trace:
        """Return the Trace of a round."""
        return Trace(number, lambda: self.traffic(number))

    def history(self) -> Builder:
        """Return the traffic before all rounds, of which nothing has been made yet."""
        question = self.question
        return Builder(question.scenario, question.profile, self.seed, 0, self.prepared.population)

    def collect(self, workers: Iterable[object]) -> None:
        """Add what the project did beyond its cells in some workers since the last time."""
        for worker in workers:
            if isinstance(worker, WorkerHandle):
                new = dict(worker.contacts())
                with self.collecting:
                    self.contacts.update(new)

    @property
    def shares_something(self) -> bool:
        """Whether cells share something outside: what `subject.allow` permits, files under fixed paths, processes."""
        is_shared = any(contact.kind in (FILE, PROCESS) for contact in self.contacts.copy())
        return bool(self.question.scenario.subject.allow) or is_shared

    @property
    def cells_at_once(self) -> int:
        """How many cells may work at the same time when nothing is timed: one for each core, one if they share something."""
        return 1 if self.shares_something else min(host.cores(), len(self.servers.pinning.every))

    def raise_if_stopping(self) -> None:
        """Raise if rounds must not go on, because another one has failed."""
        if self.stopping.is_set():
            raise PerflabError("stopped, because a round beside this one failed")

    def forget_caches(self) -> None:
        """Delete what this run's caches hold; workers may go on."""
        self.servers.cache.forget()
        for folder in self.folder.glob(f"[0-9]*/{CACHES}"):
            shutil.rmtree(folder, ignore_errors=True)

    def leave_nothing(self) -> None:
        """Delete what the caches hold, and all files of the cells, whose workers have ended; the warm state stays."""
        self.servers.cache.forget()
        for folder in self.folder.glob("*"):
            if folder.name != WARM_FOLDER:
                shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # the warm state is in it
            self.folder.rmdir()

    def facts(self) -> dict[str, Any]:
        """Return the environment of this run, for the report: versions, machine, servers and their settings, data."""
        servers = self.servers
        return {
            **host.versions(interpreter_of(self.question.scenario.subject)),
            "machine": host.machine(),
            "pinning": servers.pinning.facts(),
            "git_revision": host.git_revision(Path.cwd()),
            **servers.database_facts(),
            "databases": self.prepared.layout.remarks(servers.database.vendor),
            "cache": {
                **servers.cache_facts(),
                "holds_all": caches.all_on_server(self.prepared.context.settings["CACHES"]),
            },
            "clocks": {"db": servers.database.local, "cache": servers.cache.cpu_clock() is not None},
            "rows": dict(self.data.rows),
            "data": list(self.data.remarks),
            "masked": list(self.data.masked),
            "database_bytes": self.data.database_bytes,
            "indexes": {
                name: {"count": len(names), "names": list(names)} for name, names in self.prepared.index_names.items()
            },
        }


def is_configured(setting: Mapping[str, Mapping[str, Any]]) -> bool:
    """Say whether a CACHES setting names a cache that is neither Django's default nor the dummy cache."""
    return setting != project.default_setting("CACHES") and any(
        options.get("BACKEND") != project.DUMMY_BACKEND for options in setting.values()
    )
