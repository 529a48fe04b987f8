"""The indexes of real databases, and their use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from perflab.analysis.database.structure import overlaps
from perflab.experiment.observe import catalogue
from perflab.run.indexes import Index
from perflab.servers.ownership import TEMPLATE_PREFIX
from perflab.servers.postgres import PostgresServer
from perflab.servers.sqlite import SqliteFiles

BASE = f"{TEMPLATE_PREFIX}catalogue"


@pytest.fixture
def files(tmp_path: Path) -> Iterator[SqliteFiles]:
    with SqliteFiles(tmp_path / "sqlite") as made:
        made.create_database(BASE)
        with made.connect(BASE) as connection:
            for statement in (
                "CREATE TABLE things (id integer PRIMARY KEY, a int, b int, name text UNIQUE)",
                "CREATE INDEX a ON things (a)",
                "CREATE INDEX ab ON things (a, b)",
                "CREATE INDEX down ON things (a DESC)",
                "CREATE INDEX part ON things (a) WHERE b > 5",
                "CREATE INDEX upper_name ON things (upper(name))",
            ):
                connection.execute(statement)
        yield made


@pytest.fixture
def base(postgres: PostgresServer) -> Iterator[str]:
    postgres.create_database(BASE)
    with postgres.connect(BASE) as connection:
        for statement in (
            "CREATE TABLE things (id int PRIMARY KEY, a int, b int, name text UNIQUE)",
            "CREATE INDEX a ON things (a)",
            "CREATE INDEX a_down ON things (a DESC)",
            "CREATE INDEX a_again ON things (a)",
            "CREATE INDEX ab ON things (a, b)",
            "CREATE INDEX carrying ON things (b) INCLUDE (a)",
            "CREATE INDEX part ON things (a) WHERE b > 5",
            "CREATE INDEX pattern ON things (name text_pattern_ops)",
            'CREATE INDEX "Odd" ON things (upper(name))',
            "INSERT INTO things SELECT n, n % 100, n, 'n' || n FROM generate_series(1, 1000) n",
            "ANALYZE things",
        ):
            connection.execute(statement.encode())
    yield BASE
    postgres.drop(BASE)


@pytest.mark.servers
def test_every_index_is_there_with_what_it_is_of(postgres: PostgresServer, base: str) -> None:
    by_name = {index.name: index for index in catalogue.indexes(postgres, base, {"things_pkey": ("constraint", None)})}
    assert set(by_name) == {
        "things_pkey", "things_name_key", "a", "a_down", "a_again", "ab", "carrying", "part", "pattern", "Odd",
    }  # fmt: skip
    assert by_name["ab"].key == ("a", "b") and by_name["ab"].table == "things" and by_name["ab"].method == "btree"
    assert by_name["carrying"].key == ("b",) and by_name["carrying"].include == ("a",)
    assert by_name["part"].predicate == "(b > 5)" and by_name["Odd"].key == ("upper(name)",)
    assert by_name["things_pkey"].kind == "constraint" and by_name["a"].kind == "other"
    assert all((index.bytes or 0) > 0 for index in by_name.values())
    assert all((index.table_rows or 0) > 0 and (index.table_pages or 0) > 0 for index in by_name.values())


@pytest.mark.servers
def test_its_structure_is_recognised(postgres: PostgresServer, base: str) -> None:
    indexes: list[Index] = catalogue.indexes(postgres, base, {})
    overlapping = overlaps(indexes)
    assert {name: overlap.how for name, overlap in overlapping.items()} == {"a": "covered", "a_again": "covered"}
    assert {overlap.by for overlap in overlapping.values()} == {"ab"}


@pytest.mark.servers
def test_use_is_counted_from_the_clones_making(postgres: PostgresServer, base: str) -> None:
    with postgres.connect(base) as connection:
        connection.execute("SELECT b FROM things WHERE id = 7")
        connection.execute("SELECT pg_stat_force_next_flush()")
    rows = {row["index"]: row for row in catalogue.usage(postgres, 3, {"all_on": base})}
    assert rows["things_pkey"] == {"round": 3, "cell": "all_on", "index": "things_pkey", "scans": 1, "entries": 1}
    assert rows["ab"]["scans"] == 0


def test_sqlites_indexes_have_a_structure_and_no_figures(files: SqliteFiles) -> None:
    by_name = {index.name: index for index in catalogue.indexes(files, BASE, {"a": ("meta", None)})}
    assert by_name["ab"].key == ("a", "b") and by_name["a"].kind == "meta" and by_name["a"].bytes is None
    assert by_name["part"].predicate == "b > 5" and "upper(name)" in by_name["upper_name"].key[0]
    (made_by_unique,) = by_name.keys() - {"a", "ab", "down", "part", "upper_name"}
    assert by_name[made_by_unique].kind == "constraint" and by_name[made_by_unique].unique
    assert {name: overlap.by for name, overlap in overlaps(by_name.values()).items()} == {"a": "ab"}
    assert catalogue.usage(files, 1, {"all_on": BASE}) == [], "nobody counts, so nothing is called unused"
