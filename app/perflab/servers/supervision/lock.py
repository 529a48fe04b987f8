"""Taking turns: one replay at a time on a machine, one user at a time of a data directory.

flock, because the system lets go of it when its holder ends, however that came about. Waiting costs a look every 0.2 s.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from perflab.errors import ServerError
from perflab.servers.supervision.process import command_of

if sys.platform != "win32":
    import fcntl

REPLAY_LOCK = Path("/var/tmp/perflab.lock")
LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: the pid and what it does, as far as the system tells."""

    pid: int | None
    what: str

    def __str__(self) -> str:
        return f"pid {self.pid} ({self.what})" if self.pid else self.what


Waiting = Callable[[Holder], None]


@contextmanager
def replay_lock(what: str, *, waiting: Waiting | None = None, timeout_s: float | None = None,
                path: Path = REPLAY_LOCK) -> Iterator[None]:  # fmt: skip
    """Hold the machine-wide replay lock. `waiting` is called once for every holder that has to be waited for."""
    with hold(path, what, waiting=waiting, timeout_s=timeout_s, shared=True):
        yield


@contextmanager
def data_lock(
    folder: Path, what: str, *, waiting: Waiting | None = None, timeout_s: float | None = None
) -> Iterator[None]:
    """Hold the lock of one seeded data set: `<folder>/lock`. Not re-entrant, so take it once, at the outermost place."""
    with hold(folder / "lock", what, waiting=waiting, timeout_s=timeout_s):
        yield


@contextmanager
def hold(path: Path, what: str, *, waiting: Waiting | None = None, timeout_s: float | None = None,
         shared: bool = False) -> Iterator[None]:  # fmt: skip
    """Hold the lock file `path`; `shared` makes it readable (so lockable) by every user. ServerError after `timeout_s`."""
    if sys.platform == "win32":
        raise ServerError("locks need Linux or macOS", where=str(path))
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    told: Holder | None = None
    while True:
        descriptor, writable = _open(path, shared)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
        else:
            if _is_still(path, descriptor):
                break
            os.close(descriptor)  # removed between opening and locking: others lock a new file
            continue
        who = holder(path)
        if waiting is not None and who is not None and who != told:
            waiting(who)
            told = who
        if deadline is not None and time.monotonic() >= deadline:
            raise ServerError(f"in use by {who or 'another process'}", where=str(path), hint="wait for it to end")
        time.sleep(LOOK_EVERY_S)
    try:
        if writable:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {' '.join(what.split())[:200]}\n".encode(), 0)
        yield
    finally:
        if writable:
            os.ftruncate(descriptor, 0)
        os.close(descriptor)


def _open(path: Path, shared: bool) -> tuple[int, bool]:
    """Open a lock file without following links. Without O_CREAT first: with it, Linux refuses others' files in /var/tmp."""
    flags = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        for _ in range(100):
            try:
                descriptor, writable = os.open(path, os.O_RDWR | flags), True
            except PermissionError:
                descriptor, writable = os.open(path, os.O_RDONLY | flags), False  # enough for flock
            except FileNotFoundError:
                try:
                    descriptor, writable = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | flags, 0o600), True
                except FileExistsError:
                    continue
                if shared:
                    os.fchmod(descriptor, 0o644)  # whatever the umask
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return descriptor, writable
            os.close(descriptor)
            break
    except OSError as error:
        raise ServerError(
            f"cannot open the lock: {error.strerror}", where=str(path), hint="is it a link, or another user's?"
        ) from error
    raise ServerError("the lock is not a regular file", where=str(path), hint="remove it")


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the path still names the file that was locked."""
    try:
        now, ours = os.stat(path, follow_symlinks=False), os.fstat(descriptor)
    except FileNotFoundError:
        return False
    return (now.st_dev, now.st_ino) == (ours.st_dev, ours.st_ino)


def holder(path: Path) -> Holder | None:
    """Who holds the lock, or None if nobody does, or (not on Linux) nobody said so."""
    try:
        number, said = path.stat().st_ino, path.read_text(errors="replace").strip()
    except OSError:
        return None
    pid_said, _, what = said.partition(" ")
    pid = _pid_from_kernel(number, path.stat().st_dev)
    if pid is None and not Path("/proc/locks").exists():
        return Holder(int(pid_said), what) if pid_said.isdigit() else None
    if pid is None:
        return None
    if pid > 0 and pid_said == str(pid):
        return Holder(pid, what)
    return Holder(pid if pid > 0 else None, (command_of(pid) if pid > 0 else None) or "another process")


def _pid_from_kernel(inode: int, device: int) -> int | None:
    """The pid in /proc/locks of whoever flocks a file; 0 or -1: one in another pid namespace."""
    wanted = f"{os.major(device):02x}:{os.minor(device):02x}:{inode}"
    try:
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return None
    for line in lines:  # 1: FLOCK  ADVISORY  WRITE 708 00:2e:1234 0 EOF       ("->" marks those who wait)
        words = line.split()
        if len(words) > 5 and words[1] == "FLOCK" and words[3] == "WRITE" and words[5] == wanted:
            return int(words[4])
    return None
