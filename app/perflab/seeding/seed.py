"""Providing the data that a replay needs: an earlier call's, else newly seeded.

On the lab's own server it is a stopped data directory, `<home>/data/<key>/pg`, with the database perflab_template_base in
it; for SQLite a folder, `<home>/data/<key>/sqlite`, with a file of that name. On the user's own server it is the database
perflab_template_<key>, whose manifest is a row in it. The key is a digest of everything that the data depends on
(digest.py). The manifest is written last; data without one was interrupted, and is seeded again.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from perflab.scenario import project
from perflab.scenario.subject import tables as schema
from perflab.seeding import manifest
from perflab.seeding.digest import key_of
from perflab.seeding.loading.copy import vacuum_rest
from perflab.seeding.loading.drawing import LoadProgress, Report
from perflab.seeding.manifest import SeededData, vendor_of
from perflab.seeding.sources import source_of
from perflab.seeding.sources.base import DataSource, Ground
from perflab.seeding.spec import SeedSpec
from perflab.seeding.target import ALIAS, connected
from perflab.servers import sqlite
from perflab.servers.aliases.layout import layout_of
from perflab.servers.database import POSTGRESQL, SQLITE
from perflab.servers.databases import Postgres
from perflab.servers.disk import integrity
from perflab.servers.disk.clean import stop_leftovers
from perflab.servers.disk.find import find_postgres
from perflab.servers.disk.home import Home, open_home
from perflab.servers.external import ExternalPostgres
from perflab.servers.opening import open_postgres
from perflab.servers.ownership import TEMPLATE_PREFIX
from perflab.servers.postgres import PostgresServer
from perflab.servers.sqlite import SqliteFiles
from perflab.servers.supervision.lock import Holder, data_lock
from perflab.servers.supervision.users import server_user

BASE = f"{TEMPLATE_PREFIX}base"
SHARED_BUFFERS_MB = 256


def ensure(spec: SeedSpec, report: Report = lambda _: None, *, anew: bool = False) -> SeededData:
    """Return the data, seeded if it is missing.

    Existing data takes 0.1 s and no server. Seeding takes 0.5 s, and 4 s per million rows, 15 s with SQLite.

    Args:
        spec: The data that is wanted.
        report: Called with the progress.
        anew: Make data of a source that changes by itself anew: a copy of a server's database.
    """
    if not project.is_set_up():
        project.set_up(spec.settings, {})
    source = source_of(spec)
    anew = anew and source.changes_by_itself
    home = open_home()
    if spec.vendor == SQLITE:
        inputs = source.everything(sqlite3.sqlite_version)
    else:
        server = open_postgres()
        if isinstance(server, ExternalPostgres):
            with server:
                return _on_external(source, server, home, report, anew=anew)
        inputs = source.everything(find_postgres(home, server_user()).version_text)
    folder = home.data_folder(key_of(inputs))
    data = None if anew else existing(folder, inputs)
    if data is None:
        with data_lock(folder, "seeding", waiting=_report_wait(report)):
            data = None if anew else existing(folder, inputs)  # seeded by the process that this one waited for
            if data is None:
                data = _make(source, inputs, home, folder, report)
    return data


def _report_wait(report: Report) -> Callable[[Holder], None]:
    return lambda holder: report(LoadProgress(f"wait for {holder}", 0, 0))


# -- in the lab's own folder -------------------------------------------------------------------------------------------


def existing(folder: Path, inputs: Mapping[str, Any]) -> SeededData | None:
    """Return the data in a folder if it is complete and intact, else None. Reads three small files."""
    data = manifest.from_manifest(manifest.read(folder), inputs, _data_dir(folder, vendor_of(inputs)))
    if data is None or data.data_dir is None:
        return None
    if data.vendor == SQLITE:
        files = SqliteFiles(data.data_dir)
        intact = files.exists(data.template) and files.size_bytes(data.template) == data.database_bytes
    else:
        intact = integrity.is_intact(data.data_dir)
    return data if intact else None


def _data_dir(folder: Path, vendor: str) -> Path:
    return folder / (sqlite.FOLDER if vendor == SQLITE else "pg")


def _make(source: DataSource, inputs: dict[str, Any], home: Home, folder: Path, report: Report) -> SeededData:
    report(LoadProgress("check what is wanted", 0, 0))
    source.prepare()
    stop_leftovers(home)  # a server of an interrupted call may still be using it
    _empty(folder)
    data_dir = _data_dir(folder, source.spec.vendor)
    try:
        if source.spec.vendor == SQLITE:
            with SqliteFiles(data_dir) as files:
                data = _fill(source, inputs, files, BASE, report)
        else:
            report(LoadProgress("start a server", 0, 0))
            with PostgresServer(data_dir, shared_buffers_mb=SHARED_BUFFERS_MB) as server:
                data = _fill(source, inputs, server, BASE, report)
    except BaseException:
        _empty(folder)  # a full disk is left with room
        raise
    data = replace(data, data_dir=data_dir)
    manifest.write(folder, data)
    return data


def _empty(folder: Path) -> None:
    """Remove what an interrupted call left, the manifest first; the lock stays."""
    (folder / manifest.NAME).unlink(missing_ok=True)
    integrity.marker_path(folder / "pg").unlink(missing_ok=True)
    for vendor in (POSTGRESQL, SQLITE):
        shutil.rmtree(_data_dir(folder, vendor), ignore_errors=True)


# -- on the user's own server ------------------------------------------------------------------------------------------


def _on_external(source: DataSource, server: ExternalPostgres, home: Home, report: Report, *, anew: bool) -> SeededData:
    inputs = source.everything(server.version)
    key = key_of(inputs)
    name = f"{TEMPLATE_PREFIX}{key}"
    with data_lock(home.data_folder(key), "seeding", waiting=_report_wait(report)), _server_lock(server, key, report):
        if server.exists(name):
            with server.connect(name) as connection:
                has_table = connection.execute("SELECT to_regclass('perflab.seeded') IS NOT NULL").fetchone()
                rows = (
                    connection.execute("SELECT manifest FROM perflab.seeded").fetchall() if has_table == (True,) else []
                )
            data = manifest.from_manifest(rows[0][0], inputs, None) if rows else None
            if data is not None and not anew:
                return data
            server.drop(name)
        source.prepare()
        data = _fill(source, inputs, server, name, report)
        with server.connect(name) as connection, connection.transaction():
            connection.execute("CREATE TABLE perflab.seeded (manifest jsonb NOT NULL)")
            connection.execute("INSERT INTO perflab.seeded VALUES (%s)", [json.dumps(data.manifest())])
        return data


@contextmanager
def _server_lock(server: Postgres, key: str, report: Report) -> Iterator[None]:
    """Let one process at a time seed the same data on that server, also from other machines."""
    number = int(key, 16)
    report(LoadProgress("wait for the server", 0, 0))
    with server.connect() as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [number])
        yield


# -- both --------------------------------------------------------------------------------------------------------------


def _fill(
    source: DataSource, inputs: dict[str, Any], server: Postgres | SqliteFiles, name: str, report: Report
) -> SeededData:
    """Make the template, and let the source fill it."""
    began = time.monotonic()
    layout = layout_of(source.spec.settings)
    names = layout.names(name)
    for alias, database in names.items():
        if alias != ALIAS:
            server.drop(database)  # an interrupted call left it on the user's own server
        server.create_database(database)
    ground = Ground(server, names, layout, list(inputs.get("cache_tables", ())), report)
    with connected(layout.to_fill(server, name)):
        filled = source.fill(ground)
    rows = sum(filled.rows.values())
    report(LoadProgress("vacuum", rows, rows))
    for alias, database in names.items():
        if isinstance(server, SqliteFiles):
            server.vacuum(database)
        else:
            with server.connect(database) as own:
                schema.refresh_views(own)
                vacuum_rest(own, filled.vacuumed.get(alias, []))
    return SeededData(
        key=key_of(inputs),
        data_dir=None,
        template=name,
        rows=filled.rows,
        database_bytes=server.size_bytes(name),
        duration_s=round(time.monotonic() - began, 3),
        rate_rows_per_s=round(rows / filled.seconds, 1) if filled.seconds else 0.0,
        inputs=inputs,
        remarks=filled.remarks,
        masked=filled.masked,
        as_of=filled.as_of,
        seeded_now=True,
    )
