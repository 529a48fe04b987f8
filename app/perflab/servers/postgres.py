"""The private PostgreSQL: made, started and stopped by the lab, on a Unix socket that only its user can reach."""

from __future__ import annotations

import re
import shutil
import signal
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

from perflab.errors import ServerError
from perflab.servers.databases import Postgres
from perflab.servers.disk import integrity, shared_memory
from perflab.servers.disk.clean import stop_leftovers
from perflab.servers.disk.copying import Origin
from perflab.servers.disk.find import Programs, find_postgres, has_library
from perflab.servers.disk.home import RunFolder, new_run_folder, open_home
from perflab.servers.disk.spreading import spread
from perflab.servers.ownership import RUN_PREFIX
from perflab.servers.settings import STATEMENTS, WITH_STATEMENTS, server_settings
from perflab.servers.supervision import pinning
from perflab.servers.supervision.process import command_line, command_of, descendants, identify
from perflab.servers.supervision.supervised import SupervisedProcess
from perflab.servers.supervision.users import give, server_user

ROLE = "perflab"
PORT = "5432"  # only a part of the socket's name: the server opens no port
READY_TIMEOUT_S = 120.0
LOCALE = ("--encoding=UTF8", "--no-locale")  # the same order of texts on every machine


class PostgresServer(Postgres):
    """A private PostgreSQL server, which ends when this process ends, for whatever reason (supervisor.py).

    Args:
        data_dir: A data directory that stays, made if it is missing (initdb, 0.35 s); its user holds its data_lock. None for one
            that is removed when the server stops.
        shared_buffers_mb: The server's `shared_buffers`, in MiB.
        settings: More settings, which win over the lab's own.
        counting: Whether it can count statements, if its library for that is installed.
        kept: The databases of a run that stay when it starts: those of a server that this run had before.
    """

    private = True
    local = True

    def __init__(self, data_dir: Path | None = None, *, shared_buffers_mb: int = 128,
                 settings: Mapping[str, str] | None = None, counting: bool = False,
                 kept: Sequence[str] = ()) -> None:  # fmt: skip
        super().__init__()
        self.shared_buffers_mb = shared_buffers_mb
        self.more_settings = dict(settings or {})
        self.user = server_user()
        self._wanted_dir = data_dir
        self.counting = counting
        self.kept = frozenset(kept)
        self._origin: Origin | None = None
        self._programs: Programs | None = None
        self._folder: RunFolder | None = None
        self._process: SupervisedProcess | None = None

    # -- place ---------------------------------------------------------------------------------------------------------

    @property
    def folder(self) -> RunFolder:
        """The running server's folder.

        Raises:
            ServerError: If it is not running.
        """
        if self._folder is None:
            raise ServerError("the private PostgreSQL is not running", hint="call start() first")
        return self._folder

    @property
    def data_dir(self) -> Path:
        """The data directory."""
        return self._wanted_dir or self.folder.path / "pg"

    @property
    def pid(self) -> int:
        """The postmaster's pid.

        Raises:
            ServerError: If it is not running.
        """
        if self._process is None:
            raise ServerError("the private PostgreSQL is not running", hint="call start() first")
        return self._process.pid

    @property
    def log_path(self) -> Path:
        """The server's log, removed when the server stops."""
        return self.folder.log

    @property
    def url(self) -> str:
        """The server as PERFLAB_DATABASE_URL would name it."""
        return f"postgresql://{ROLE}@/postgres?host={self.folder.sockets}&port={PORT}"

    def conninfo(self, database: str) -> dict[str, Any]:
        """Return libpq's parameters for a connection to `database`, by the server's socket."""
        return {"host": str(self.folder.sockets), "port": PORT, "user": ROLE, "dbname": database}

    def running(self) -> bool:
        """Return whether the server has been started and has not ended."""
        return self._process is not None and self._process.running()

    # -- life ----------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the server, and drop what an interrupted run left. 0.03 s, with initdb 0.4 s.

        Raises:
            ServerError: If it is running already, or cannot be started.
        """
        if self._process is not None:
            raise ServerError("the private PostgreSQL is already running", where=str(self.data_dir))
        home = open_home()
        stop_leftovers(home)
        self._programs = programs = self._programs or find_postgres(home, self.user)
        self.source = programs.source
        self._folder = new_run_folder(home, "postgres")
        try:
            if self._origin is not None:
                self._origin.copy_to(self.data_dir, self.user)
                integrity.write_marker(self.data_dir, durable=False)
            elif not (self.data_dir / "PG_VERSION").exists():
                self._initdb(programs)
            self._check_data_dir(programs)
            self._launch(programs)
            self._wait_until_ready()
            self._sweep()
        except BaseException:
            self._end(clean=False)
            raise

    def _initdb(self, programs: Programs) -> None:
        """Make the data directory. Supervised too: an interrupted initdb leaves no process, and no marker."""
        data_dir = self.data_dir
        if data_dir.exists():
            shutil.rmtree(data_dir)  # without PG_VERSION: left by an interrupted initdb
        data_dir.mkdir(parents=True)
        give(self.user, data_dir)
        command: list[str | Path] = [
            programs.bin / "initdb",
            "-D",
            data_dir,
            "-U",
            ROLE,
            "--auth=trust",
            "--no-sync",
            *LOCALE,
        ]
        # SIGTERM even when in a hurry: if initdb were killed, its own servers would leave their shared memory behind.
        maker = SupervisedProcess(command, log=self.folder.log, user=self.user, immediate=signal.SIGTERM)
        if maker.wait() != 0:
            raise ServerError(f"initdb failed: {maker.log_tail()}", where=str(data_dir), hint="is the disk full?")
        integrity.write_marker(data_dir, durable=False)

    def copy(self, databases: Collection[str]) -> PostgresServer:
        """Return another server, not started yet, that starts with a copy of this one's data, and removes it when it stops.

        While it starts, this one must run, and nobody may write to it.

        Args:
            databases: The names of the lab's databases that it needs; of the others it has no files.
        """
        buffers_mb, kept = self.shared_buffers_mb, self.databases()
        server = PostgresServer(
            shared_buffers_mb=buffers_mb, settings=self.more_settings, counting=self.counting, kept=kept
        )
        server._origin, server._programs = Origin(self, frozenset(databases)), self._programs
        return server

    def _check_data_dir(self, programs: Programs) -> None:
        data_dir = self.data_dir
        made_by = (data_dir / "PG_VERSION").read_text().strip()
        if made_by != str(programs.version[0]):
            raise ServerError(
                f"the data was created by PostgreSQL {made_by}, but {programs.source} has {programs.version_text}",
                where=str(data_dir), hint="`perflab clean --data` removes it, and the next run seeds again",
            )  # fmt: skip
        if not integrity.is_intact(data_dir):
            raise ServerError(
                "the data may be damaged: the machine went down while it was open, or its creation was interrupted",
                where=str(data_dir), hint="`perflab clean --data` removes it, and the next run seeds again",
            )  # fmt: skip
        # A server whose orchestrator has just been killed needs a moment to end (supervisor.py: at most 3 s).
        deadline = time.monotonic() + 10
        while (pid := _postmaster(data_dir)) is not None:
            if time.monotonic() > deadline:
                raise ServerError(
                    f"in use by pid {pid} ({command_of(pid)})", where=str(data_dir), hint="wait, or `perflab clean`"
                )
            time.sleep(0.05)

    def _launch(self, programs: Programs) -> None:
        integrity.write_marker(self.data_dir, durable=False)
        spread(self.data_dir / "base")
        more = self.more_settings
        if self.counting and has_library(programs.bin, STATEMENTS):
            more = {**WITH_STATEMENTS, **more}
        settings = server_settings(programs.version[0], self.folder.sockets, self.shared_buffers_mb, more)
        command: list[str | Path] = [programs.bin / "postgres", "-D", self.data_dir]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._process = SupervisedProcess(
            command, log=self.folder.log, user=self.user, graceful=signal.SIGINT, immediate=signal.SIGQUIT
        )
        self.folder.write("postgres", supervisor=self._process.supervisor_pid, server=self._process.pid)

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + READY_TIMEOUT_S
        while True:
            try:
                self._maintenance = psycopg.connect(**self.conninfo("postgres"), autocommit=True)
                return
            except psycopg.OperationalError as error:
                if not self._process.running():
                    log = self._process.log_tail()
                    raise ServerError(f"PostgreSQL ended at once: {log}", where=str(self.data_dir)) from error
                if time.monotonic() > deadline:
                    raise ServerError(
                        f"PostgreSQL is not ready after {READY_TIMEOUT_S:.0f} s: {error}", where=str(self.data_dir)
                    ) from error
                time.sleep(0.01)

    def _sweep(self) -> None:
        """Drop an interrupted run's clones, and files of half-created databases, which no catalogue lists."""
        for name in self.databases():
            # All: whoever holds the data directory is alone here.
            if name.startswith(RUN_PREFIX) and name not in self.kept:
                self.maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
        oids = {str(oid) for (oid,) in self._query("SELECT oid FROM pg_database")}
        for folder in (self.data_dir / "base").iterdir():
            if re.fullmatch(r"\d+", folder.name) and folder.name not in oids:
                shutil.rmtree(folder, ignore_errors=True)

    def stop(self) -> None:
        """Stop the server in order (fast shutdown), and flush data that stay to the disk."""
        self._end(clean=True)

    def _end(self, clean: bool) -> None:
        self.close()
        self._verified.clear()
        process, folder = self._process, self._folder
        self._process = None
        if process is not None:
            code = process.stop() if clean else process.stop_now()
            if clean and code == 0 and self._wanted_dir is not None:
                integrity.write_marker(self._wanted_dir, durable=integrity.sync(self._wanted_dir))
        if folder is not None:
            if self._wanted_dir is None:
                shared_memory.release(folder.path / "pg")
            folder.remove()
        self._folder = None

    # -- maintenance ---------------------------------------------------------------------------------------------------

    def pin(self, cpus: Sequence[int]) -> bool:
        """Keep the server on these CPUs: its processes, and through their parent all future backends. False where refused."""
        # All of them, even if one refuses.
        pinned = [pinning.pin(pid, cpus) for pid in (self.pid, *descendants(self.pid))]
        return pinned[0]


def _postmaster(data_dir: Path) -> int | None:
    """Return the pid of a live postmaster on this data directory, or None."""
    try:
        pid = int((data_dir / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    if identify(pid) is None or "postgres" not in (command_of(pid) or "postgres"):
        return None
    return pid if str(data_dir) in (command_line(pid) or str(data_dir)) else None
