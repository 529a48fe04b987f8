"""Which databases are the lab's: their names, and each one's signature, the process that made it.

The signature is the database's comment. It is stored outside the database, so clones stay identical to their template byte for
byte, and it can still be read when nobody can connect to a half-dropped database.
"""

from __future__ import annotations

import json
import os
import re
import socket
from dataclasses import asdict
from typing import Any

from perflab.errors import ForeignDatabase
from perflab.servers.supervision.process import Identity, boot_id, identify, is_alive

PREFIX = "perflab_"
TEMPLATE_PREFIX = "perflab_template_"
RUN_PREFIX = "perflab_run_"
NAME = re.compile(r"perflab_[a-z0-9_]{1,50}")


def check_name(database: str) -> None:
    """Check that this can be the name of one of the lab's databases.

    Raises:
        ForeignDatabase: If it cannot.
    """
    if not NAME.fullmatch(database):
        raise ForeignDatabase(
            f"{database!r} is not a database that perflab created ({PREFIX}...), and perflab writes to no other",
            hint=f"use a name of lower-case letters, digits and _ that begins with {PREFIX}",
        )


def signature() -> str:
    """Return the database comment that identifies this process."""
    me = identify(os.getpid())
    owner = {"perflab": 1, "host": socket.gethostname(), "boot": boot_id(), "process": asdict(me) if me else None}
    return json.dumps(owner)


def read_signature(comment: str | None) -> dict[str, Any] | None:
    """Return the owner that `signature` wrote, or None if the comment is someone else's."""
    try:
        owner = json.loads(comment or "")
    except ValueError:
        return None
    return owner if isinstance(owner, dict) and owner.get("perflab") == 1 else None


def is_abandoned(owner: dict[str, Any] | None) -> bool:
    """Return whether the maker is gone for certain: it was a process of this machine, and has ended."""
    if owner is None or owner.get("host") != socket.gethostname() or owner.get("boot") is None:
        return False
    if owner["boot"] != boot_id():
        return True
    process = owner.get("process")
    return isinstance(process, dict) and not is_alive(Identity(**process))
