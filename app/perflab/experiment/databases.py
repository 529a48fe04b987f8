"""Databases for the cells: one template per set of missing indexes, one clone per cell and round.

A template is made once and stays with the seeded data; a clone is a copy of its files, byte for byte, and is dropped
when its round ends.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from perflab.errors import ServerError
from perflab.servers.database import Database, quoted
from perflab.servers.ownership import RUN_PREFIX, TEMPLATE_PREFIX


def drop_statements(names: Iterable[str]) -> list[str]:
    """SQL that drops these indexes, one statement each."""
    return [f"DROP INDEX {quoted(name)}" for name in names]


def template_for(server: Database, base: str, missing: Sequence[str]) -> str:
    """The template without these indexes, made from the base where it is not there yet.

    Dropping an index changes no other page, so what VACUUM and ANALYZE did to the base holds for the copy.
    """
    if not missing:
        return base
    digest = hashlib.sha256("\n".join((base, *missing)).encode()).hexdigest()[:12]
    name = f"{TEMPLATE_PREFIX}{digest}"
    if name in server.databases():
        return name
    unfinished = f"{RUN_PREFIX}template_{secrets.token_hex(4)}"
    server.clone(base, unfinished)
    try:
        with (
            server.errors(f"cannot take indexes away from a copy of {base}"),
            server.connect(unfinished) as connection,
        ):
            for statement in drop_statements(missing):
                connection.execute(statement)
        server.rename(unfinished, name)
    except BaseException:
        with suppress(ServerError):
            server.drop(unfinished)
        raise
    return name


@contextmanager
def clones(server: Database, templates: Mapping[str, str], prefix: str) -> Iterator[dict[str, str]]:
    """A warm clone for each cell: {cell: template} in, {cell: database} out. They are dropped at the end.

    One is warmed while the next is copied.
    """
    made: dict[str, str] = {}
    try:
        with ThreadPoolExecutor(max_workers=1) as beside:
            warmed = []
            try:
                for number, (cell, template) in enumerate(templates.items()):
                    name = f"{RUN_PREFIX}{prefix}_{number}"
                    server.clone(template, name)
                    made[cell] = name
                    warmed.append(beside.submit(server.prewarm, name))
                for one in warmed:
                    one.result()
            except BaseException:
                beside.shutdown(wait=False, cancel_futures=True)
                raise
        yield made
    except BaseException:
        for name in made.values():
            # The first error is the one to tell, and the next start drops what is left.
            with suppress(ServerError):
                server.drop(name)
        raise
    for name in made.values():
        server.drop(name)
