"""The user that a server runs as: `nobody` if root starts it, otherwise whoever starts it.

PostgreSQL refuses to run as root. The wheel's own solution (a new user, and wider permissions on every parent folder) changes
the machine; `nobody` exists already.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from perflab.errors import ServerError


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The other user that servers run as."""

    name: str
    uid: int
    gid: int


def is_root() -> bool:
    """Return whether this process is root's."""
    return os.geteuid() == 0


def server_user() -> ServerUser | None:
    """Return `nobody` for root, and None (servers run as we do) for anyone else.

    Raises:
        ServerError: We are root, and the system has no user `nobody`.
    """
    if not is_root():
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise ServerError(
            "PostgreSQL does not run as root, and this system has no user 'nobody'", hint="run as an ordinary user"
        ) from None
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def can_reach(user: ServerUser | None, path: Path) -> bool:
    """Return whether `user` may read (a folder: and enter) `path`, through all its parents. Starts a shell: 2 ms."""
    if user is None:
        return os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0))
    test = 'test -r "$1" && { test ! -d "$1" || test -x "$1"; }'
    done = subprocess.run(
        ["/bin/sh", "-c", test, "sh", str(path)],
        user=user.uid, group=user.gid, extra_groups=[], cwd="/", stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return done.returncode == 0


def give(user: ServerUser | None, path: Path) -> None:
    """Give a folder to the server's user, without access for anyone else."""
    path.chmod(0o700)
    if user is not None:
        os.chown(path, user.uid, user.gid)


def parents_in_the_way(user: ServerUser, path: Path) -> Iterator[Path]:
    """Yield the folders above `path` that `user` may not pass, from the top."""
    for parent in reversed(path.parents):
        if not can_reach(user, parent) and not parent.stat().st_mode & 0o001:
            yield parent
