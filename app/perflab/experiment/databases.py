"""Databases for the cells: one template per set of missing indexes, one clone per cell and round.

A template is made once and kept with the seeded data; a clone is a copy of its files, byte for byte, and is dropped when its
round ends.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from perflab.errors import ServerError
from perflab.servers.aliases.layout import name_of
from perflab.servers.database import Database, quoted
from perflab.servers.ownership import RUN_PREFIX, TEMPLATE_PREFIX


def drop_statements(names: Iterable[str]) -> list[str]:
    """Return SQL that drops these indexes, one statement each."""
    return [f"DROP INDEX {quoted(name)}" for name in names]


def template_for(server: Database, base: str, missing: Sequence[str]) -> str:
    """Return the template without some indexes; make it from the base where it does not exist yet.

    Dropping an index changes no other page, so VACUUM and ANALYZE of the base hold for the copy.

    Args:
        server: The database server.
        base: Name of the seeded template.
        missing: Names of the indexes to drop.

    Raises:
        ServerError: The template cannot be made.
    """
    if not missing:
        return base
    digest = hashlib.sha256("\n".join((base, *missing)).encode()).hexdigest()[:12]
    name = f"{TEMPLATE_PREFIX}{digest}"
    if name in server.databases():
        return name
    partial = f"{RUN_PREFIX}template_{secrets.token_hex(4)}"
    try:
        copy_without(server, base, partial, missing)
        server.rename(partial, name)
    except BaseException:
        drop_if_possible(server, partial)
        raise
    return name


def copy_without(server: Database, base: str, name: str, missing: Sequence[str]) -> None:
    """Copy a database and drop indexes of the copy.

    Args:
        server: The database server.
        base: The database.
        name: Name of the copy.
        missing: Names of the indexes to drop.

    Raises:
        ServerError: The copy cannot be made, or lacks an index.
    """
    server.clone(base, name)
    with server.errors(f"cannot drop indexes of a copy of {base}"), server.connect(name) as connection:
        for statement in drop_statements(missing):
            connection.execute(statement)


def drop_if_possible(server: Database, name: str) -> None:
    """Drop a database; one that is left goes at the next start.

    Args:
        server: The database server.
        name: The database.
    """
    with suppress(ServerError):
        server.drop(name)


@contextmanager
def cell_databases(
    server: Database,
    templates: Mapping[str, str],
    prefix: str,
    others: Callable[[str], Mapping[str, str]] = lambda template: {},
) -> Iterator[dict[str, str]]:
    """Make a warm clone for each cell, and drop the clones at the end; one is warmed while the next is copied.

    Args:
        server: The database server.
        templates: The template of each cell.
        prefix: Makes the names of the clones unique.
        others: Gives, for a template, those of the project's other databases by alias: each cell gets a clone of each, named
            after its own.

    Yields:
        The database of each cell.
    """
    databases: dict[str, str] = {}
    clones: list[str] = []
    try:
        with ThreadPoolExecutor(max_workers=1) as background:
            warmed = []
            try:
                for number, (cell, template) in enumerate(templates.items()):
                    databases[cell] = name = f"{RUN_PREFIX}{prefix}_{number}"
                    more = {name_of(name, alias): other for alias, other in others(template).items()}
                    for clone, source in {name: template, **more}.items():
                        server.clone(source, clone)
                        clones.append(clone)
                        warmed.append(background.submit(server.prewarm, clone))
                for warming in warmed:
                    warming.result()
            except BaseException:
                background.shutdown(wait=False, cancel_futures=True)
                raise
        yield databases
    except BaseException:
        for name in clones:
            # Report the first error; the next start drops what is left.
            with suppress(ServerError):
                server.drop(name)
        raise
    for name in clones:
        server.drop(name)
