"""Plans of the checks' queries, and indexes tried: on a real SQLite file and a real PostgreSQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from perflab.analysis.database.missing import Suggestion
from perflab.experiment.after import plans as plans_stage
from perflab.experiment.after.plans import SUGGESTED, missing, plans, widest
from perflab.experiment.testbed import Testbed as Bed  # pytest collects what begins with Test
from perflab.run.indexes import Index
from perflab.servers.ownership import TEMPLATE_PREFIX
from perflab.servers.postgres import PostgresServer

TABLE = "CREATE TABLE things (id int PRIMARY KEY, a int, b int)"
SCANNING = 'SELECT "things"."b" FROM "things" WHERE "things"."a" = 7 ORDER BY "things"."b" ASC LIMIT 5'
BY_KEY = 'SELECT "things"."b" FROM "things" WHERE "things"."id" = 7'


class File:
    """What a pass needs of a database: copies of one SQLite file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.copies: set[str] = set()

    def clone(self, template: str, name: str) -> None:
        (self.folder / name).write_bytes((self.folder / template).read_bytes())
        self.copies.add(name)

    def prewarm(self, name: str) -> None: ...

    def connect(self, name: str) -> Any:
        return closing(sqlite3.connect(self.folder / name, isolation_level=None))

    def drop(self, name: str) -> None:
        (self.folder / name).unlink()
        self.copies.discard(name)


@pytest.fixture
def file(tmp_path: Path) -> File:
    with closing(sqlite3.connect(tmp_path / "template", isolation_level=None)) as connection:
        connection.execute("BEGIN")  # or each row waits for the disk
        connection.execute(TABLE)
        connection.executemany("INSERT INTO things VALUES (?, ?, ?)", [(n, n % 2000, -n) for n in range(40_000)])
        connection.execute("COMMIT")
    return File(tmp_path)


@pytest.fixture
def server(postgres: PostgresServer) -> Iterator[str]:
    name = f"{TEMPLATE_PREFIX}queries"
    postgres.create_database(name)
    with postgres.connect(name) as connection:
        connection.execute(TABLE)
        connection.execute("INSERT INTO things SELECT n, n % 2000, -n FROM generate_series(1, 40000) n")
        connection.execute("ANALYZE things")
    yield name
    postgres.drop(name)


def bed_of(database: Any, template: str, indexes: tuple[Index, ...] = ()) -> Bed:
    cells = dict.fromkeys(("all_off", "all_on", "queries"), template)
    return cast(
        Bed,
        SimpleNamespace(
            servers=SimpleNamespace(database=database),
            prepared=SimpleNamespace(templates=cells, indexes=list(indexes)),
            token="t1",
            uncached="queries",
            everything_on="all_on",
        ),
    )


def queries_of(*statements: str | None, cell: str = "all_on") -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "cell": cell,
                "endpoint": f"e{n}",
                "fingerprint": f"f{n}",
                "statement": text,
                "seconds": 0.1,
                "source": f"v.py:{n}",
            }
            for n, text in enumerate(statements)
        ]
    )


def tried(database: Any, template: str) -> list[dict[str, Any]]:
    key = Index("things_pkey", "things", None, "constraint", ("id",), ("id",))
    testbed, queries = bed_of(database, template, (key,)), queries_of(SCANNING, BY_KEY)
    return missing(testbed, queries, plans(testbed, queries))


def test_sqlite_says_what_it_scans_and_the_index_for_it_is_tried_on_a_copy(file: File) -> None:
    (suggestion,) = tried(file, "template")
    assert (suggestion["endpoint"], suggestion["table"], json.loads(suggestion["columns"]), suggestion["source"]) == (
        "e0",
        "things",
        ["a", "b"],
        "v.py:0",
    )
    assert suggestion["used"] is True
    assert suggestion["after_s"] < suggestion["before_s"] / 2
    assert suggestion["bytes"] is None, "SQLite does not tell it"
    assert not file.copies, "the copies are gone"


def test_an_index_that_sqlite_builds_for_each_execution_is_suggested(file: File) -> None:
    joined = "SELECT COUNT(*) FROM things INNER JOIN things T3 ON (T3.a = -things.b) WHERE things.id < 1900"
    testbed, queries = bed_of(file, "template"), queries_of(joined)
    rows = plans(testbed, queries)
    assert "USING AUTOMATIC" in rows[0]["plan"], "SQLite plans as it did"
    (suggestion,) = missing(testbed, queries, rows)
    assert (suggestion["table"], json.loads(suggestion["columns"]), suggestion["used"]) == ("things", ["a"], True)
    assert suggestion["after_s"] < suggestion["before_s"]


@pytest.mark.servers
def test_postgresql_does_the_same_and_reports_the_size(postgres: PostgresServer, server: str) -> None:
    (suggestion,) = tried(postgres, server)
    assert (suggestion["endpoint"], json.loads(suggestion["columns"]), suggestion["used"]) == ("e0", ["a", "b"], True)
    assert suggestion["after_s"] < suggestion["before_s"]
    assert suggestion["bytes"] > 8192
    with postgres.connect(server) as connection:
        row = connection.execute("SELECT 1 FROM pg_indexes WHERE indexname = %s", [SUGGESTED]).fetchone()
    assert row is None, "the template is as it was"


def test_an_index_that_is_there_is_not_suggested(file: File) -> None:
    with closing(sqlite3.connect(file.folder / "template", isolation_level=None)) as connection:
        connection.execute("CREATE INDEX things_a ON things (a)")
    assert tried(file, "template") == []


def test_one_of_the_same_columns_the_wrong_way_round_is_named(file: File) -> None:
    turned = Index("things_b_a", "things", None, "meta", ("b", "a"), ("b", "a"))
    testbed, queries = bed_of(file, "template", (turned,)), queries_of(SCANNING)
    (suggestion,) = missing(testbed, queries, plans(testbed, queries))
    assert suggestion["instead_of"] == "things_b_a"


def test_each_text_is_planned_once_and_what_has_no_statement_not_at_all(file: File) -> None:
    testbed = bed_of(file, "template")
    several = queries_of(SCANNING, None, "no query at all")
    twice = pd.concat([several, queries_of(SCANNING).assign(seconds=0.2)], ignore_index=True)
    (plan,) = plans(testbed, twice)
    assert (plan["cell"], plan["endpoint"]) == ("all_on", "e0")
    assert any("SCAN" in line for line in json.loads(plan["plan"]))


def test_what_only_all_off_asks_for_is_not_tried(file: File) -> None:
    testbed, queries = bed_of(file, "template"), queries_of(SCANNING, cell="all_off")
    assert missing(testbed, queries, plans(testbed, queries)) == []


def test_the_copy_goes_when_something_fails(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans_stage, "_tried", lambda *_: dict[str, str]()["nothing"])
    testbed, queries = bed_of(file, "template"), queries_of(SCANNING)
    with pytest.raises(KeyError):
        missing(testbed, queries, plans(testbed, queries))
    assert not file.copies


def test_an_index_that_cannot_be_built_costs_only_itself(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    """As PostgreSQL refuses one on a text that is too long."""
    suggestion = Suggestion("nowhere", (("a", False),))
    monkeypatch.setattr(
        plans_stage, "suggestions", lambda scans, indexes: [suggestion, Suggestion("things", (("a", False),))]
    )
    testbed, queries = bed_of(file, "template"), queries_of(SCANNING)
    (tried_,) = missing(testbed, queries, plans(testbed, queries))
    assert json.loads(tried_["columns"]) == ["a"]


def test_indexes_are_tried_until_the_time_for_it_is_up(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, plans_stage.BUDGET_S + 1])
    monkeypatch.setattr("perflab.experiment.after.plans.time.monotonic", lambda: next(now))
    monkeypatch.setattr(
        plans_stage, "_tried", lambda connection, suggestion, rows: {"columns": suggestion.columns, **rows[0]}
    )
    every = [Suggestion("things", ((name, False),)) for name in ("a", "b")]
    monkeypatch.setattr(plans_stage, "suggestions", lambda scans, indexes: every)
    testbed, queries = bed_of(file, "template"), queries_of(SCANNING)
    (first,) = missing(testbed, queries, plans(testbed, queries))
    assert first["columns"] == (("a", False),)


def test_alike_but_for_what_they_replace_is_one_suggestion() -> None:
    columns = (("a", False), ("c", False))
    suggestions = widest({Suggestion("t", columns): [{"n": 1}], Suggestion("t", columns, "t_c_a"): [{"n": 2}],
                    Suggestion("t", columns[:1]): [{"n": 3}]})  # fmt: skip
    assert suggestions == {Suggestion("t", columns, "t_c_a"): [{"n": 1}, {"n": 2}, {"n": 3}]}
