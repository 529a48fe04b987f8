"""Removing what interrupted runs left: processes, their folders, and on request the seeded data.

It touches only the lab's own: run folders with a record, and processes that are still the recorded ones (pid and start time).
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from perflab.errors import ServerError
from perflab.servers import sqlite
from perflab.servers.database import DATABASE_VARIABLE
from perflab.servers.disk import shared_memory
from perflab.servers.disk.home import Home, Record, leftovers, open_home
from perflab.servers.ownership import RUN_PREFIX, TEMPLATE_PREFIX
from perflab.servers.supervision.lock import data_lock, hold
from perflab.servers.supervision.process import Identity, is_alive, send_signal

STOP_TIMEOUT_S = 5.0


@dataclass(slots=True)
class Cleaned:
    """The results of cleaning up, one line each for the user: what was removed, and what could not be."""

    stopped: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def stop_leftovers(home: Home) -> Cleaned:
    """Stop servers whose orchestrator is gone, and remove their folders. Reads a few small files if there are none."""
    done = Cleaned()
    for folder, record in leftovers(home):
        if record is not None:
            _stop(record, done)
        shared_memory.release(folder / "pg")
        for path in (folder, *_also(record)):
            if path.exists():
                shutil.rmtree(path, ignore_errors=True)
                done.removed.append(str(path))
    return done


def _also(record: Record | None) -> list[Path]:
    """Return the record's socket folders outside the state folder: only those that home.new_run_folder makes."""
    paths = [Path(path) for path in (record.also_remove if record else ())]
    return [
        path
        for path in paths
        if path.parent == Path("/tmp") and path.name.startswith("perflab-") and not path.is_symlink()
    ]


def _stop(record: Record, done: Cleaned) -> None:
    """Stop a server's processes: through its supervisor, else by a signal of its own, finally by SIGKILL."""
    immediate = signal.SIGQUIT if record.kind == "postgres" else signal.SIGTERM
    deadline = time.monotonic() + STOP_TIMEOUT_S
    alive = record.processes()
    for who in alive:
        done.stopped.append(f"{record.kind}, pid {who.pid}")
        if who == record.server:
            send_signal(who, immediate)
        else:
            send_signal(who, signal.SIGTERM)
        send_signal(who, signal.SIGCONT)  # a stopped process receives nothing else
    _wait(alive, deadline)
    for who in alive:
        send_signal(who, signal.SIGKILL)
    _wait(alive, time.monotonic() + 1)


def _wait(processes: list[Identity], deadline: float) -> None:
    while any(map(is_alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.02)


def clean(*, data: bool = False) -> Cleaned:
    """Do what `perflab clean` does, and return what was removed and what was refused.

    Data whose seeding was interrupted is removed in any case, and so are the SQLite files of an interrupted run. On an
    external server (PERFLAB_DATABASE_URL) it drops the clones of this machine's interrupted runs, with `data` also the lab's
    templates.

    Args:
        data: Remove the seeded data as well, unless a run uses it, and the environments of revisions.
    """
    home = open_home()
    done = stop_leftovers(home)
    for draft in home.bin.glob(".new-*"):
        shutil.rmtree(draft, ignore_errors=True)
    _clean_external(done, data)
    for environment in sorted(home.environments.glob("*/")) if data else []:
        _remove_environment(environment, done)
    folders = [folder for folder in sorted(home.data.iterdir()) if folder.is_dir() and not folder.is_symlink()]
    for folder in folders:
        finished = (folder / "manifest.json").exists()
        if finished and not data:
            _remove_clones(folder, done)
            continue
        try:
            with data_lock(folder, "perflab clean", timeout_s=0):
                shared_memory.release(folder / "pg")
                shutil.rmtree(folder)
                done.removed.append(str(folder))
        except ServerError as error:
            if finished or data:  # otherwise it is being seeded, so nothing was left behind
                done.refused.append(str(error))
        except OSError as error:
            done.refused.append(f"{folder}: cannot be removed: {error.strerror}")
    return done


def _remove_environment(folder: Path, done: Cleaned) -> None:
    """Remove the environment of a revision, unless it is being made, or a process runs in it."""
    lock = folder.with_name(f"{folder.name}.lock")
    if users := [process.pid for process in psutil.process_iter() if _runs_in(process, folder)]:
        done.refused.append(f"{folder}: in use by process {users[0]}")
        return
    try:
        with hold(lock, "perflab clean", timeout_s=0):
            shutil.rmtree(folder)
        lock.unlink(missing_ok=True)
        done.removed.append(str(folder))
    except ServerError as error:
        done.refused.append(str(error))
    except OSError as error:
        done.refused.append(f"{folder}: cannot be removed: {error.strerror}")


def _runs_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.cmdline()[:1] == [str(folder / "bin" / "python")]
    except psutil.Error:
        return False


def _remove_clones(folder: Path, done: Cleaned) -> None:
    """Remove the clones of an interrupted run that are SQLite files; a PostgreSQL drops its own when it starts."""
    files = folder / sqlite.FOLDER
    if not any(files.glob(f"{RUN_PREFIX}*")):
        return
    try:
        with data_lock(folder, "perflab clean", timeout_s=0):
            done.removed += [f"database {name}" for name in sqlite.remove_clones(files)]
    except ServerError:
        pass  # a run uses them
    except OSError as error:
        done.refused.append(f"{files}: cannot be removed: {error.strerror}")


def _clean_external(done: Cleaned, data: bool) -> None:
    from perflab.servers.external import ExternalPostgres  # only here: 50 ms for psycopg

    url = os.environ.get(DATABASE_VARIABLE)
    if not url:
        return
    with ExternalPostgres(url) as server:
        for name in server.databases() if data else []:
            if name.startswith(TEMPLATE_PREFIX):
                try:
                    server.drop(name)
                    done.removed.append(f"database {name}")
                except ServerError as error:
                    done.refused.append(str(error))
