"""Copies of the marketplace's database, of a file and on a server: masked, migrated, hashed, used again."""

import datetime as dt
import os
import shutil
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command

from perflab.errors import InputError, SubjectError
from perflab.seeding import seed
from perflab.seeding.sources.database import Copied
from perflab.seeding.spec import SeedSpec
from perflab.seeding.target import django_on
from perflab.servers.postgres import PostgresServer

SPEC = SeedSpec("site_config.settings", "x:y", None, {}, 1)
MOMENT = dt.datetime(2026, 5, 6, 7, 8, 9, tzinfo=dt.UTC)


def fill(connection):
    """Make the tables that the last migration but one leaves, and three users."""
    from marketplace.models import User

    call_command("migrate", "marketplace", "0003", verbosity=0)
    users = [User(username=f"user{n}", email=f"u{n}@corp.com", first_name="Ann", date_joined=MOMENT) for n in range(3)]
    User.objects.bulk_create(users)
    connection.close()


def source(place, vendor, **data):
    return Copied(replace(SPEC, vendor=vendor, data={"from": "database", "source": str(place), **data}))


@pytest.fixture
def file(tmp_path, django_db_blocker):
    path = tmp_path / "shop.sqlite3"
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        with django_on({"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}) as connection:
            fill(connection)
    return path


def test_a_file_is_copied_masked_and_migrated(file, ground):
    before = file.read_bytes()
    copied = source(file, "sqlite", keep=["marketplace.User.first_name"])
    assert "marketplace.User.email" in copied.prepare()[1]
    filled = copied.fill(ground)
    assert file.read_bytes() == before
    assert filled.rows["marketplace.User"] == 3
    assert filled.as_of == MOMENT.isoformat()
    assert "marketplace.User.email" in filled.masked
    assert [
        remark
        for remark in filled.remarks
        if remark.startswith("the source lacked ") and "the copy is migrated" in remark
    ]
    with ground.server.connect(ground.names["default"]) as connection:
        rows = connection.execute("SELECT username, email, first_name FROM marketplace_user ORDER BY id").fetchall()
    assert [row[2] for row in rows] == ["Ann"] * 3
    assert not [row for row in rows if "corp" in row[1] or row[0].startswith("user")]
    assert len({row[0] for row in rows}) == 3
    assert copied.inputs() == source(file, "sqlite", keep=["marketplace.User.first_name"]).inputs()
    assert copied.inputs() != source(file, "sqlite").inputs()


def test_a_source_that_is_ahead_of_the_code_is_an_error(file, ground):
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(file)) as connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('marketplace', '0099_later', '2026-01-01')"
        )
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('marketplace', '0001_a', '2026-01-01')"
        )
        connection.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('gone', '0099_x', '2026-01-01')")
        connection.commit()
    with pytest.raises(SubjectError) as caught:
        source(file, "sqlite").fill(ground)
    assert str(caught.value).startswith(
        "data.source: the source is ahead of the project: it has marketplace.0099_later, which"
    )


def test_mistakes_are_found_before_a_server_is_started(file):
    with pytest.raises(
        InputError, match=r"data.source is on SQLite, but the project is measured on PostgreSQL; write `database: sql"
    ):
        source(file, "postgresql").prepare()
    with pytest.raises(
        InputError, match=r"there is no field marketplace.User.emial; did you mean 'marketplace.User.email'"
    ):
        source(file, "sqlite", mask=["marketplace.User.emial"]).prepare()


@pytest.mark.servers
def test_a_servers_database_is_copied_anew_by_each_run_unless_told(postgres, monkeypatch, django_db_blocker):
    home = Path(os.environ["PERFLAB_HOME"]) / "copied"
    monkeypatch.setenv("PERFLAB_HOME", str(home))
    postgres.maintenance.execute("CREATE DATABASE shop_of_somebody")
    place = {**postgres.conninfo("shop_of_somebody")}
    url = f"postgresql://{place['user']}@/shop_of_somebody?host={place['host']}&port={place['port']}"
    entry = {
        "ENGINE": "django.db.backends.postgresql", "NAME": place["dbname"], "USER": place["user"], "HOST": place["host"],
        "PORT": place["port"],
    }  # fmt: skip
    spec = replace(SPEC, vendor="postgresql", data={"from": "database", "source": url})
    with django_db_blocker.unblock():
        with django_on(entry) as connection:
            fill(connection)
        data = seed.ensure(spec, anew=True)
        assert data.seeded_now
        assert data.rows["marketplace.User"] == 3
        assert data.as_of == MOMENT.isoformat()
        assert "marketplace.User.password" in data.masked
        assert not seed.ensure(spec).seeded_now, "the same run finds its copy"
        with PostgresServer(data.data_dir) as server, server.connect(data.template) as connection:
            assert connection.execute("SELECT count(*) FROM marketplace_user WHERE email LIKE '%corp%'").fetchone() == (
                0,
            )
            assert connection.execute("SELECT name FROM django_migrations WHERE name LIKE '0004_r%'").fetchone()
            assert connection.execute(
                "SELECT count(*) FROM pg_stats WHERE tablename = 'marketplace_user'"
            ).fetchone() != (0,)

        def started(*_, **__):
            raise AssertionError("a server was started")

        monkeypatch.setattr(PostgresServer, "start", started)
        with pytest.raises(AssertionError):
            seed.ensure(spec, anew=True)
        shutil.rmtree(home)
    assert source(url, "postgresql", reuse=True).changes_by_itself is False
    with psycopg.connect(**place, autocommit=True) as connection:
        query = "SELECT count(*) FROM marketplace_user WHERE email LIKE '%corp%'"
        assert connection.execute(query).fetchone() == (3,)
        names = connection.execute("SELECT name FROM django_migrations WHERE app = 'marketplace'").fetchall()
    assert len(names) == 3, "the source is as before"
    postgres.maintenance.execute("DROP DATABASE shop_of_somebody WITH (FORCE)")
