"""Data is made once and found again; what was interrupted is made anew; the same question gives the same rows."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from perflab.errors import InputError
from perflab.scenario.subject.tables import migrate
from perflab.seeding import SeedSpec, archetypes_of, ensure, event_of, multiply, seed
from perflab.seeding.loading.drawing import LoadProgress
from perflab.seeding.sources import source_of
from perflab.servers.postgres import PostgresServer
from perflab.servers.sqlite import SqliteFiles
from perflab.servers.supervision.lock import data_lock
from tests.waiting import wait_until

SPEC = SeedSpec(
    settings="site_config.settings",
    seed_path="marketplace.seeding:archetypes",
    as_of=dt.date(2025, 10, 20),
    rows={"users": 60, "jobs": 150, "applications": 700, "payments": 500, "reviews": 600},
    seed=1,
)


@pytest.fixture
def spec(monkeypatch, django_db_blocker):
    """A question that nobody has seeded yet, in a state folder of its own."""
    home = Path(os.environ["PERFLAB_HOME"]) / f"h{next(NUMBERS)}"
    monkeypatch.setenv("PERFLAB_HOME", str(home))
    with django_db_blocker.unblock():
        yield SPEC
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def made(perflab_home, django_db_blocker):
    """The data of SPEC in the session's state folder, and what was reported meanwhile."""
    seen: list[Any] = []
    with django_db_blocker.unblock():
        return seed.ensure(SPEC, seen.append), seen


NUMBERS = iter(range(1000))


def forbidden(*_, **__):
    raise AssertionError("a server was started")


def test_data_is_made_once(made, monkeypatch):
    data, seen = made
    assert data.seeded_now
    assert data.template == "perflab_template_base"
    assert data.row_count == sum(data.rows.values()) > 2000
    assert data.rows["marketplace.Payment"] == 500
    assert data.database_bytes > 1_000_000
    assert data.rate_rows_per_s > 0
    assert not (data.data_dir / "postmaster.pid").exists()
    assert {"migrate", "copy rows", "build indexes"} <= {progress.phase for progress in seen}

    monkeypatch.setattr(PostgresServer, "start", forbidden)
    seeded = seed.ensure(SPEC)
    assert not seeded.seeded_now
    assert replace(seeded, seeded_now=True) == data


def test_the_server_has_what_the_manifest_says(made):
    data, _ = made
    with data_lock(data.data_dir.parent, "test"), PostgresServer(data.data_dir) as server:
        assert [name for name in server.databases() if name.startswith("perflab_template")] == [data.template]
        with server.connect(data.template) as connection:
            for label, count in data.rows.items():
                table = label.lower().replace(".", "_")
                assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (count,), label
            assert connection.execute("SELECT count(*) > 10 FROM django_migrations").fetchone() == (True,)
            untidy = connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND NOT relname LIKE 'pg\\_%'"
                " AND (relallvisible < relpages OR reltuples < 0)"
            ).fetchall()
            assert untidy == []


def test_another_seed_is_other_data(spec):
    assert folder_of(spec) != folder_of(replace(spec, seed=2))


@pytest.mark.parametrize("damage", ["no manifest", "half a manifest", "no data", "no stamp"])
def test_what_is_not_whole_is_not_found(made, tmp_path, damage):
    data, _ = made
    inputs = dict(data.inputs)
    shutil.copy(data.data_dir.parent / "manifest.json", tmp_path)
    shutil.copy(data.data_dir.parent / "pg.marker", tmp_path)
    (tmp_path / "pg").mkdir()
    shutil.copy(data.data_dir / "PG_VERSION", tmp_path / "pg")
    assert seed.existing(tmp_path, inputs) is not None
    match damage:
        case "no manifest":
            (tmp_path / "manifest.json").unlink()
        case "half a manifest":
            text = (tmp_path / "manifest.json").read_text()
            (tmp_path / "manifest.json").write_text(text[: len(text) // 2])
        case "no data":
            shutil.rmtree(tmp_path / "pg")
        case "no stamp":
            (tmp_path / "pg.marker").unlink()
    assert seed.existing(tmp_path, inputs) is None


def test_a_failure_leaves_nothing_behind(spec):
    wrong = replace(spec, rows=dict(spec.rows) | {"reviews": 10_000})
    with pytest.raises(InputError, match=r"10000 rows, but only 1400 are possible"):
        seed.ensure(wrong)
    assert [path.name for path in Path(os.environ["PERFLAB_HOME"]).glob("data/*/*")] == ["lock"]
    with pytest.raises(InputError, match=r"1400 are possible"):
        seed.ensure(wrong)


INTERRUPTED = """
import datetime, os, signal, sys
from perflab.seeding import seed
from tests.perflab.seeding.test_seed import SPEC

def killed(progress):
    if progress.phase == sys.argv[1]:
        os.kill(os.getpid(), getattr(signal, sys.argv[2]))

seed.ensure(SPEC, killed)
"""


@pytest.mark.parametrize(
    ("phase", "how"), [("migrate", "SIGKILL"), ("copy rows", "SIGKILL"), ("build indexes", "SIGINT")]
)
def test_an_interrupted_seeding_starts_over(spec, phase, how):
    root = Path(__file__).parents[3]
    paths = os.pathsep.join(filter(None, (str(root / "app"), str(root), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": paths}
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, phase, how], env=environment, capture_output=True, check=False
    )
    assert ended.returncode != 0
    home = Path(os.environ["PERFLAB_HOME"])
    assert list(home.glob("data/*/lock"))
    assert not list(home.glob("data/*/manifest.json"))
    assert bool(list(home.glob("data/*/pg"))) == (how == "SIGKILL")
    again = seed.ensure(spec)
    assert again.seeded_now
    assert sum(again.rows.values()) > 2000


def test_two_at_once_seed_once(spec):
    results: list[Any] = []
    waited: list[Any] = []

    def have(report):
        results.append(seed.ensure(spec, report))

    with data_lock(folder_of(spec), "test"):
        thread = threading.Thread(target=have, args=(waited.append,))
        thread.start()
        wait_until(lambda: waited, 20, "the second to wait")
        assert waited[0].phase.startswith("wait for pid")
    thread.join(60)
    assert results[0].seeded_now


def folder_of(spec):
    from perflab.seeding.digest import key_of
    from perflab.servers.disk.find import find_postgres
    from perflab.servers.disk.home import open_home
    from perflab.servers.supervision.users import server_user

    home = open_home()
    return home.data_folder(key_of(source_of(spec).everything(find_postgres(home, server_user()).version_text)))


def seeded(name, postgres, database, spec):
    """Seed a database as `ensure` does; digests of all of the subject's tables."""
    migrate()
    database.close()
    tables = archetypes_of(spec.seed_path, spec.moment, spec.rows, spec.seed)
    multiply(lambda: postgres.connect(name), tables, spec.seed, database)
    return [table.model._meta.db_table for table in tables]


def test_two_fresh_databases_are_alike_and_a_third_is_not(new_database, postgres, digests_of):
    from perflab.seeding.target import django_on

    digests = []
    for spec in (SPEC, SPEC, replace(SPEC, seed=2)):
        name = new_database()
        with django_on(postgres.django_settings(name)) as database:
            tables = seeded(name, postgres, database, spec)
        with postgres.connect(name) as connection:
            digests.append(digests_of(connection, tables))
    assert len(digests[0]) == 11
    assert digests[0] == digests[1]
    differing = {table for table in digests[0] if digests[0][table] != digests[2][table]}
    assert differing == set(digests[0]) - {"marketplace_industry", "marketplace_subcategory"}


HASHED = """
import hashlib, django
django.setup()
from django.db.backends.postgresql.base import DatabaseWrapper
from perflab.seeding import archetypes_of
from perflab.seeding.loading.copy import texts
from tests.perflab.seeding.test_seed import SPEC
digest = hashlib.sha256()
tables = archetypes_of(SPEC.seed_path, SPEC.moment, SPEC.rows, SPEC.seed)
for text in texts(tables, SPEC.seed, DatabaseWrapper({"OPTIONS": {}})):
    for _, chunk in text.chunks():
        digest.update(chunk)
print(digest.hexdigest())
"""


def test_the_order_of_sets_and_the_day_do_not_matter():
    root = Path(__file__).parents[3]
    digests = set()
    for hash_seed, zone in (("1", "UTC"), ("2", "Pacific/Auckland")):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "TZ": zone,
            "DJANGO_SETTINGS_MODULE": SPEC.settings,
            "PYTHONPATH": os.pathsep.join((str(root / "app"), str(root))),
        }
        run = subprocess.run(
            [sys.executable, "-c", HASHED], env=environment, capture_output=True, text=True, check=True
        )
        digests.add(run.stdout)
    assert len(digests) == 1


def test_on_somebody_elses_server_it_is_a_template_there(spec, postgres, monkeypatch):
    monkeypatch.setenv("PERFLAB_DATABASE_URL", postgres.url)
    made = seed.ensure(spec)
    try:
        assert made.data_dir is None
        assert made.template == f"perflab_template_{made.key}"
        data = seed.ensure(spec)
        assert not data.seeded_now
        assert data.rows == made.rows
        with postgres.connect(made.template) as connection:
            connection.execute("DELETE FROM perflab.seeded")  # as if the process had been killed just before
        again = seed.ensure(spec)
        assert again.seeded_now
        assert again.rows == made.rows
    finally:
        postgres.drop(made.template)


def test_a_resolved_scenario_is_seeded_and_reported_as_events(spec, monkeypatch):
    from types import SimpleNamespace

    question = SimpleNamespace(
        scenario=SimpleNamespace(
            subject=SimpleNamespace(
                settings=spec.settings, database="postgresql", python=None, path=[], folder=None, env={}
            ),
            seeding=spec.seed_path,
            data=SimpleNamespace(as_of=spec.as_of, schema_="migrations", model_dump=lambda **_: {}),
        ),
        rows=dict(spec.rows),
    )
    specs = []

    def ensured(spec, report, *, anew):
        assert not anew, "only what seeds takes a new copy of a database"
        specs.append(spec)
        report(LoadProgress("x", 0, 0))

    monkeypatch.setattr("perflab.seeding.seed.ensure", ensured)
    events: list[Any] = []
    ensure(question, 1, events.append)
    assert specs == [spec]
    assert events == [{"event": "phase", "name": "seed: x"}]
    assert event_of(LoadProgress("copy rows", 5, 10, 2.0, 2.5)) == {
        "event": "progress",
        "phase": "seed: copy rows",
        "done": 5,
        "total": 10,
        "rate": 2.0,
        "eta_s": 2.5,
    }


# -- as SQLite files ---------------------------------------------------------------------------------------------------


@pytest.fixture
def in_files(spec, monkeypatch):
    """The same question for SQLite; no PostgreSQL is needed for it."""
    monkeypatch.setattr(PostgresServer, "start", forbidden)
    return replace(spec, vendor="sqlite")


def test_sqlite_data_is_made_once_and_has_what_the_manifest_says(in_files):
    made = seed.ensure(in_files)
    assert made.seeded_now
    assert made.vendor == "sqlite"
    assert made.template == "perflab_template_base"
    assert made.data_dir is not None
    assert [path.name for path in made.data_dir.iterdir()] == ["perflab_template_base.sqlite3"]
    with SqliteFiles(made.data_dir) as files:
        assert files.size_bytes(made.template) == made.database_bytes > 100_000
        with files.connect(made.template, read_only=True) as connection:
            for label, count in made.rows.items():
                table = label.lower().replace(".", "_")
                assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (count,), label
            assert connection.execute("SELECT count(*) > 10 FROM sqlite_stat1").fetchone() == (1,)
    data = seed.ensure(in_files)
    assert not data.seeded_now
    assert replace(data, seeded_now=True) == made


def test_the_users_own_server_is_not_used_for_sqlite_data(in_files, monkeypatch):
    monkeypatch.setenv("PERFLAB_DATABASE_URL", "postgresql://nowhere.invalid/")
    assert seed.ensure(in_files).vendor == "sqlite"


@pytest.mark.parametrize("damage", ["no file", "half a file"])
def test_an_sqlite_file_that_is_not_whole_is_made_again(in_files, damage):
    made = seed.ensure(in_files)
    assert made.data_dir is not None
    file = made.data_dir / f"{made.template}.sqlite3"
    if damage == "no file":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[: made.database_bytes // 2])
    again = seed.ensure(in_files)
    assert again.seeded_now
    assert again.rows == made.rows


def test_a_failure_leaves_no_sqlite_file_behind(in_files):
    wrong = replace(in_files, rows=dict(in_files.rows) | {"reviews": 10_000})
    with pytest.raises(InputError, match=r"10000 rows, but only 1400 are possible"):
        seed.ensure(wrong)
    assert [path.name for path in Path(os.environ["PERFLAB_HOME"]).glob("data/*/*")] == ["lock"]
