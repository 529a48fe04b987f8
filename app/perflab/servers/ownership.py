"""Which databases are the lab's: how they are named, and how each is signed with the process that made it.

The signature is the database's comment. It lies outside the database, so that clones stay byte for byte what their template is,
and it can still be read when a half-dropped database lets nobody in.
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
    """Raise ForeignDatabase unless this can be the name of one of the lab's databases."""
    if not NAME.fullmatch(database):
        raise ForeignDatabase(
            f"perflab writes only to databases that it made ({PREFIX}...), and {database!r} is none",
            hint=f"use a name of lower-case letters, digits and _ that begins with {PREFIX}",
        )


def signature() -> str:
    """This process, as a database's comment."""
    me = identify(os.getpid())
    owner = {"perflab": 1, "host": socket.gethostname(), "boot": boot_id(), "process": asdict(me) if me else None}
    return json.dumps(owner)


def read_signature(comment: str | None) -> dict[str, Any] | None:
    """What `signature` wrote, or None if the comment is someone else's."""
    try:
        owner = json.loads(comment or "")
    except ValueError:
        return None
    return owner if isinstance(owner, dict) and owner.get("perflab") == 1 else None


def is_abandoned(owner: dict[str, Any] | None) -> bool:
    """Whether the maker is surely gone: it was a process of this machine, and lives no more."""
    if owner is None or owner.get("host") != socket.gethostname() or owner.get("boot") is None:
        return False
    if owner["boot"] != boot_id():
        return True
    process = owner.get("process")
    return isinstance(process, dict) and not is_alive(Identity(**process))
