"""Taking turns: one replay at a time on a machine, one user at a time of a data directory; first come, first served.

The lock itself is filelock's (flock): the system releases it when its holder ends, for whatever reason. flock keeps no order,
so each process that wants the lock leaves a ticket beside it, a small file: its name sorts by the time of arrival, and its
contents identify the process. Only the first ticket of a living process may try the lock. A ticket whose process is gone is
removed by the next process that reads the queue. A waiting process checks every 0.2 s.

If a ticket is misread (another container, whose processes are not visible), only the order suffers, never the lock.
"""

from __future__ import annotations

import itertools
import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import filelock

from perflab.errors import InUse, ServerError
from perflab.servers.supervision.process import Identity, boot_id, identify, is_alive

#: In a folder of its own, which every user may write: in a sticky one such as /var/tmp nobody may lock another user's file.
REPLAY_LOCK = Path("/var/tmp/perflab-queue/replay.lock")
POLL_S = 0.2
REPEAT_S = 30.0  # how often a waiting process says so again
TICKET_BYTES = 4096

_serial = itertools.count()


@dataclass(frozen=True, slots=True)
class Holder:
    """The holder of a lock: its pid and its task, as far as they are known."""

    pid: int | None
    what: str

    def __str__(self) -> str:
        return f"pid {self.pid} ({self.what})" if self.pid else self.what


UNKNOWN = Holder(None, "another process")
Waiting = Callable[[Holder], None]


@dataclass(frozen=True, slots=True)
class Ticket:
    """One process's place in the queue for a lock; `held` says that it has the lock already."""

    path: Path
    process: Identity
    what: str
    held: bool = False

    @property
    def holder(self) -> Holder:
        """The process as a message names it."""
        return Holder(self.process.pid, self.what)

    def write(self) -> None:
        """Write the ticket in one step, readable by every user whatever the umask."""
        draft = self.path.with_name(f".{self.path.name}")
        facts = {
            "pid": self.process.pid,
            "started": self.process.started,
            "boot": boot_id(),
            "what": self.what,
            "held": self.held,
        }
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            os.fchmod(descriptor, 0o644)
            os.write(descriptor, json.dumps(facts).encode())
            draft.replace(self.path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)


@contextmanager
def replay_lock(what: str, *, waiting: Waiting | None = None, timeout_s: float | None = None,
                path: Path = REPLAY_LOCK) -> Iterator[None]:  # fmt: skip
    """Hold the machine-wide replay lock, which all users of the machine share; see `hold`.

    Args:
        what: This process's task, for the messages of others.
        waiting: Called for every holder that has to be waited for, and again every half minute.
        timeout_s: How long to wait; None for as long as it takes.
        path: The lock file.

    Raises:
        InUse: If it is still in use after `timeout_s`.
        ServerError: If the lock's folder cannot be made, or the lock cannot be opened.
    """
    folder = path.parent
    try:
        if not folder.exists():
            folder.mkdir()
            folder.chmod(0o777)  # whatever the umask
    except FileExistsError:
        pass  # another process was faster
    except OSError as error:
        raise ServerError(f"cannot create the lock's folder: {error.strerror}", where=str(folder)) from error
    with hold(path, what, waiting=waiting, timeout_s=timeout_s, mode=0o666):
        yield


@contextmanager
def data_lock(
    folder: Path, what: str, *, waiting: Waiting | None = None, timeout_s: float | None = None
) -> Iterator[None]:
    """Hold the lock of one seeded data set, `<folder>/lock`; see `hold`. Not re-entrant: take it once, at the outermost place.

    Args:
        folder: The data set's folder.
        what: This process's task, for the messages of others.
        waiting: Called for every holder that has to be waited for, and again every half minute.
        timeout_s: How long to wait; None for as long as it takes.
    """
    with hold(folder / "lock", what, waiting=waiting, timeout_s=timeout_s):
        yield


@contextmanager
def hold(path: Path, what: str, *, waiting: Waiting | None = None, timeout_s: float | None = None,
         mode: int = 0o600) -> Iterator[None]:  # fmt: skip
    """Hold a lock file: first come, first served.

    Args:
        path: The lock file, made if it is missing.
        what: This process's task, for the messages of others.
        waiting: Called for every holder that has to be waited for, and again every half minute.
        timeout_s: How long to wait; None for as long as it takes.
        mode: The permissions of a lock file that is made; whoever may write it may lock it.

    Raises:
        InUse: It is still in use after `timeout_s`.
        ServerError: It cannot be opened.
    """
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    lock = filelock.FileLock(path, mode=mode, thread_local=False)
    with _errors(path):
        ticket = _take_ticket(path, what)
    try:
        _wait_for(lock, ticket, waiting, deadline)
        try:
            with _errors(path):
                replace(ticket, held=True).write()
            yield
        finally:
            lock.release()
    finally:
        ticket.path.unlink(missing_ok=True)


def _wait_for(lock: filelock.BaseFileLock, ticket: Ticket, waiting: Waiting | None, deadline: float | None) -> None:
    """Acquire the lock when it is this ticket's turn."""
    path = Path(lock.lock_file)
    reported: Holder | None = None
    again = 0.0
    while True:
        queue = tickets(path)
        ahead = [other for other in queue if other.path.name < ticket.path.name]
        if not ahead:
            try:
                with _errors(path):
                    lock.acquire(blocking=False)
                return
            except filelock.Timeout:
                pass
        who = next((other.holder for other in (*filter(lambda other: other.held, queue), *ahead)), UNKNOWN)
        if waiting is not None and (who != reported or time.monotonic() >= again):
            waiting(who)
            reported, again = who, time.monotonic() + REPEAT_S
        if deadline is not None and time.monotonic() >= deadline:
            raise InUse(f"in use by {who}", where=str(path), hint="wait for it to end")
        time.sleep(POLL_S)


def _take_ticket(path: Path, what: str) -> Ticket:
    me = identify(os.getpid())
    if me is None:
        raise ServerError("cannot find out when this process started", hint="is /proc mounted?")
    # all processes of a machine share the monotonic clock, and it is never set back
    name = f"{path.name}.{time.monotonic_ns():020d}-{me.pid}-{next(_serial)}"
    ticket = Ticket(path.with_name(name), me, " ".join(what.split())[:200])
    ticket.write()
    return ticket


def tickets(path: Path) -> list[Ticket]:
    """Return the queue for a lock, the first comer first. Removes the tickets of processes that are gone."""
    queue = []
    for file in sorted(path.parent.glob(f"{path.name}.*")):
        ticket = _read_ticket(file)
        if ticket is not None and is_alive(ticket.process):
            queue.append(ticket)
        elif ticket is not None:
            try:
                file.unlink()
            except OSError:
                pass  # gone already, or not ours to remove
    return queue


def _read_ticket(file: Path) -> Ticket | None:
    """Read a ticket; None for any other file. A ticket of an earlier boot belongs to no process."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            note: Any = json.loads(os.read(descriptor, TICKET_BYTES)) if regular else None
        finally:
            os.close(descriptor)
        same_boot = note["boot"] == boot_id()
        process = Identity(int(note["pid"]), str(note["started"]) if same_boot else "earlier boot")
        return Ticket(file, process, str(note["what"]), bool(note["held"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def holder(path: Path) -> Holder | None:
    """Return the holder of the lock; None if there is none, or none that is visible."""
    return next((ticket.holder for ticket in tickets(path) if ticket.held), None)


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    """Turn the file system's errors into one line. filelock.Timeout, an OSError too, passes."""
    try:
        yield
    except filelock.Timeout:
        raise
    except OSError as error:
        raise ServerError(
            f"cannot open the lock: {error.strerror or error}", where=str(path), hint="is it a link, or another user's?"
        ) from error
