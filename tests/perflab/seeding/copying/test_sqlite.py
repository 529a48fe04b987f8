"""A copy of an SQLite file: the source does not change, not even a file beside it, and the copy has no personal data."""

import sqlite3
from contextlib import closing

import pytest

from perflab.errors import ServerError
from perflab.scenario.drafting.stores import uri_of
from perflab.seeding.copying.place import Place
from perflab.seeding.copying.sqlite import columns_of, copy_file
from perflab.seeding.masking.rules import masks
from perflab.servers.database import SQLITE
from perflab.servers.sqlite import SqliteFiles

NAME = "perflab_template_base"
HOSTILE = "an \"odd\" 'table'; --"


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "source" / "shop.db"
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(
            """
            CREATE TABLE person (id integer PRIMARY KEY, email varchar(254) UNIQUE, phone text, city text,
                                 shout text GENERATED ALWAYS AS (upper(city)));
            INSERT INTO person (email, phone, city) VALUES
                ('ann@corp.com', '+49 30 1', 'Essen'), ('bob@corp.com', NULL, 'Ghent'), ('', '', 'Lagos');
            CREATE VIEW people AS SELECT * FROM person;
            CREATE INDEX by_city ON person (city);
            """
        )
        connection.execute('CREATE TABLE "an ""odd"" \'table\'; --" ("e-mail; email" text)')
        connection.execute('INSERT INTO "an ""odd"" \'table\'; --" VALUES (\'cat@corp.com\')')
        connection.commit()
    return file


def copied(source, tmp_path):
    with SqliteFiles(tmp_path / "lab") as files:
        files.create_database(NAME)
        made = copy_file(
            Place(SQLITE, "a file", path=source), files, NAME, lambda columns: masks(columns, []), lambda _: None
        )
        files.vacuum(NAME)
        with files.connect(NAME) as connection:
            rows = connection.execute("SELECT email, phone, city, shout FROM person ORDER BY id").fetchall()
        return made, rows, files.path(NAME).read_bytes()


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_the_copy_is_masked_and_the_source_is_as_before(source, tmp_path, journal):
    with closing(sqlite3.connect(source)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    before = {path.name: path.read_bytes() for path in source.parent.iterdir()}
    made, rows, content = copied(source, tmp_path)
    assert {path.name: path.read_bytes() for path in source.parent.iterdir()} == before
    assert [mask.label for mask in made] == ["person.email", "person.phone", f"{HOSTILE}.e-mail; email"]
    (ann, phone, *_), (bob, nothing, *_), (empty, no_phone, *_) = rows
    assert (len(ann), len(phone), len(bob)) == (12, 8, 12)
    assert (nothing, empty, no_phone) == (None, "", "")
    assert [row[2:] for row in rows] == [("Essen", "ESSEN"), ("Ghent", "GHENT"), ("Lagos", "LAGOS")]
    assert b"corp.com" not in content, "not in a free page either"


def test_a_file_that_is_open_with_a_write_ahead_log_is_copied_with_it(source, tmp_path):
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("INSERT INTO person (email) VALUES ('new@corp.com')")
        connection.commit()
        assert "immutable" not in uri_of(source)
        _, rows, _ = copied(source, tmp_path)
    assert len(rows) == 4


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_source_is_opened_to_be_read_only(source, journal):
    with closing(sqlite3.connect(source)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    with (
        closing(sqlite3.connect(uri_of(source), uri=True)) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("DELETE FROM person")


def test_views_and_computed_columns_are_no_columns_to_write(source):
    with closing(sqlite3.connect(source)) as connection:
        names = [(column.table, column.name) for column in columns_of(connection)]
    assert ("person", "shout") not in names
    assert {table for table, _ in names} == {"person", HOSTILE}


def test_what_is_no_database_is_an_error_in_one_line(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("no database " * 100)
    with pytest.raises(ServerError, match="cannot read the file: file is not a database"):
        copied(file, tmp_path)
