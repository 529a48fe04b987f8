"""Requests that Silk and the debug toolbar keep in a database: the real ones wrote it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from perflab.errors import InputError
from perflab.scenario.drafting.logs import Logged
from perflab.scenario.drafting.stores import requests_of
from perflab.servers.postgres import PostgresServer

# A project with Silk and the toolbar, four requests of which both keep in its database.
PROJECT = """
import json, sys
from django.conf import settings

settings.configure(
    DATABASES={"default": json.loads(sys.argv[1])}, DEBUG=True, SECRET_KEY="x", ROOT_URLCONF="__main__", USE_TZ=True,
    INTERNAL_IPS=["127.0.0.1"], STATIC_URL="static/", ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                    "django.contrib.messages", "django.contrib.staticfiles", "debug_toolbar", "silk"],
    MIDDLEWARE=["silk.middleware.SilkyMiddleware", "debug_toolbar.middleware.DebugToolbarMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    DEBUG_TOOLBAR_CONFIG={"TOOLBAR_STORE_CLASS": "debug_toolbar.store.DatabaseStore"},
)
import django
django.setup()
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

def book(request, key):
    return HttpResponse("<html><body>a book</body></html>", status=201 if request.method == "POST" else 200)

tools = [path("__debug__/", include("debug_toolbar.urls")), path("silk/", include("silk.urls"))]
urlpatterns = [path("books/<int:key>/", book), *tools]
call_command("migrate", verbosity=0)
client = Client()
client.get("/books/1/?page=2"); client.get("/books/2/"); client.post("/books/1/", {"a": 1}); client.get("/nowhere/")
"""
KEPT = Counter({("GET", "/books/1/", 200): 1, ("GET", "/books/2/", 200): 1, ("POST", "/books/1/", 201): 1,
                ("GET", "/nowhere/", 404): 1})  # fmt: skip


def write(database: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-W", "ignore", "-c", PROJECT, database]
    subprocess.run(command, env=environment, check=True)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("stores") / "db.sqlite3"
    write(f'{{"ENGINE": "django.db.backends.sqlite3", "NAME": "{file}"}}')
    return file


def copied(file: Path, folder: Path, *dropped: str) -> Path:
    """A copy without some tables."""
    copy = folder / "copy.sqlite3"
    copy.write_bytes(file.read_bytes())
    with closing(sqlite3.connect(copy)) as connection:
        for table in dropped:
            connection.execute(f"DROP TABLE {table}")
    return copy


def requests(place: Path | str) -> Iterator[Logged]:
    for request in requests_of(str(place)):
        assert request is not None
        assert request.at_s is not None and abs(request.at_s - time.time()) < 3600, "in UTC"
        yield request


def forms(place: Path | str) -> Counter[tuple[str, str, int]]:
    return Counter((request.method, request.path, request.status) for request in requests(place))


def test_what_silk_keeps(sqlite: Path, tmp_path: Path) -> None:
    silk = copied(sqlite, tmp_path, "debug_toolbar_historyentry")
    assert forms(silk) == KEPT
    assert all(request.seconds is not None and 0 < request.seconds < 5 for request in requests(silk)), "milliseconds"


def test_what_the_toolbar_keeps(sqlite: Path, tmp_path: Path) -> None:
    assert forms(copied(sqlite, tmp_path, "silk_request")) == KEPT


def test_a_file_with_a_write_ahead_log_is_left_as_it_is(sqlite: Path, tmp_path: Path) -> None:
    copy = copied(sqlite, tmp_path, "silk_request")
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    before = copy.stat()
    assert forms(copy) == KEPT
    assert list(tmp_path.iterdir()) == [copy] and copy.stat().st_mtime_ns == before.st_mtime_ns


def test_entries_that_are_no_request_are_told_apart(sqlite: Path, tmp_path: Path) -> None:
    copy = copied(sqlite, tmp_path, "silk_request")
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE debug_toolbar_historyentry SET data = '[]' WHERE rowid = 1")
        connection.execute('UPDATE debug_toolbar_historyentry SET data = \'{"HistoryPanel": "{}"}\' WHERE rowid = 2')
        connection.execute("UPDATE debug_toolbar_historyentry SET data = '\"x\"' WHERE rowid = 3")
    assert [request is None for request in requests_of(str(copy))].count(True) == 3


@pytest.mark.servers
def test_a_database_of_postgresql_by_its_address(postgres: PostgresServer) -> None:
    postgres.create_database("perflab_stores")
    given = postgres.conninfo("perflab_stores")
    write(
        f'{{"ENGINE": "django.db.backends.postgresql", "NAME": "perflab_stores", "HOST": "{given["host"]}", '
        f'"USER": "{given["user"]}", "PORT": "{given.get("port", "")}"}}'
    )
    url = f"postgresql:///perflab_stores?host={given['host']}&user={given['user']}&port={given.get('port', 5432)}"
    assert forms(url) == KEPT + KEPT, "once by Silk, once by the toolbar"
    postgres.drop("perflab_stores")


def test_a_database_without_them_is_one_line(sqlite: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no requests: neither Silk's tables nor the debug toolbar's"):
        list(requests_of(str(copied(sqlite, tmp_path, "silk_request", "debug_toolbar_historyentry"))))
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"SQLite format 3\0" + b"?" * 200)
    with pytest.raises(InputError, match=r"cannot read .*broken\.sqlite3: "):
        list(requests_of(str(broken)))
    with pytest.raises(InputError, match="cannot read the database: ") as caught:
        list(requests_of("postgresql://somebody:secret@127.0.0.1:1/shop"))
    assert "\n" not in caught.value.what and "secret" not in caught.value.what
    with pytest.raises(InputError, match="cannot read"):
        list(requests_of(str(tmp_path / "nowhere.log")))
