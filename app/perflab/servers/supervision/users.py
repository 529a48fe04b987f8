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


def can_reach(user: ServerUser | None, *paths: Path) -> bool:
    """Return whether `user` may read (a folder: and enter) all these paths, through all their parents.

    Starts a shell for another user: 2 ms, and 10 in a process with much memory, which has to be forked for that.

    Args:
        user: The other user that servers run as; None is this process's own.
        paths: Files and folders.
    """
    if user is None:
        return all(os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)) for path in paths)
    test = 'for path; do test -r "$path" && { test ! -d "$path" || test -x "$path"; } || exit 1; done'
    done = subprocess.run(
        ["/bin/sh", "-c", test, "sh", *map(str, paths)],
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
        if not parent.stat().st_mode & 0o001 and not can_reach(user, parent):
            yield parent
