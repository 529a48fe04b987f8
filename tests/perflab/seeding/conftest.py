"""Databases to seed, on the session's private server, and rows to draw columns for."""

from __future__ import annotations

import hashlib
import itertools

import pytest

from perflab.seeding.target import django_on
from perflab.servers.sqlite import SqliteFiles
from tests.perflab.seeding.drawing import users_and_jobs

NUMBERS = itertools.count(1)


@pytest.fixture
def new_database(postgres, django_db_blocker):
    """A function: an empty database of the lab's own, dropped after the test; its name."""
    made = []

    def make() -> str:
        made.append(f"perflab_seedtest_{next(NUMBERS)}")
        postgres.create_database(made[-1])
        return made[-1]

    with django_db_blocker.unblock():
        yield make
        for name in made:
            postgres.drop(name)


@pytest.fixture
def database(new_database, postgres):
    """An empty database, with Django's default connection pointed at it."""
    name = new_database()
    with django_on(postgres.django_settings(name)) as connection:
        yield name, connection


@pytest.fixture
def file_with(tmp_path, django_db_blocker):
    """A function: Django's default connection, to an SQLite file with the tables of some models."""
    with SqliteFiles(tmp_path / "sqlite") as files, django_db_blocker.unblock():
        files.create_database("perflab_seedtest")
        with django_on(files.django_settings("perflab_seedtest")) as connection:

            def make(*models):
                with connection.schema_editor() as editor:
                    for model in models:
                        editor.create_model(model)
                return connection

            yield make


def digests(connection, tables):
    """A digest of each table's rows in the order of their first column, as COPY writes them."""
    by_table = {}
    for table in tables:
        digest = hashlib.sha256()
        with connection.cursor().copy(f'COPY (SELECT * FROM "{table}" ORDER BY 1) TO STDOUT') as copy:
            for block in copy:
                digest.update(block)
        by_table[table] = digest.hexdigest()
    return by_table


@pytest.fixture
def digests_of():
    return digests


@pytest.fixture
def drawn_rows():
    """100 users and 200 jobs of theirs, by model."""
    return users_and_jobs()
