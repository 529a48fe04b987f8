"""What PostgreSQL alone has: its types, schemas, partitions, materialised views; and migrations that it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cases.replaying import state_folder
from tests.cases.seeded import seeded

pytestmark = [pytest.mark.servers, pytest.mark.slow]


TYPES = """
    SELECT data::text, tags, grid, moments[1]::text, span::text, ages::text, attributes->'a', attributes->E'tab\\t',
           attributes ? 'b', host(address) FROM seeds_typed ORDER BY id
"""
KEYS = """
    SELECT contype::text, convalidated FROM pg_constraint
    WHERE conrelid = 'seeds_measure'::regclass AND contype IN ('f', 'p') ORDER BY 1
"""
MADE = [
    "SELECT count(*) FROM pg_indexes WHERE indexname = 'place_name_words'",
    "SELECT count(*) FROM pg_extension WHERE extname IN ('hstore', 'pg_trgm')",
]
REQUESTS = {
    "typed": [TYPES, "SELECT count(DISTINCT token) FROM seeds_typed"],
    "elsewhere": [
        *MADE, 'SELECT count(*) FROM app."Elsewhere"',
        'SELECT count(*) FROM app.beside b JOIN app."Elsewhere" e ON e.id = b.elsewhere_id',
        """INSERT INTO app."Elsewhere" (name) VALUES ('new') RETURNING id""",
    ],
    "elsewhere schema=models": MADE,
    "partitioned": [
        "SELECT (SELECT count(*) FROM seeds_measure_september) > 100, (SELECT count(*) FROM seeds_measure_october) > 100",
        "SELECT count(*) FROM seeds_measure m JOIN seeds_place p ON p.id = m.place_id",
        "SELECT count(*) FROM pg_indexes WHERE tablename LIKE 'seeds_measure%'", KEYS,
    ],
    "views": [
        "SELECT n FROM seeds_total", "SELECT n FROM seeds_a_twice",
        "SELECT count(*) FROM pg_class WHERE relkind = 'm' AND reltuples < 0",
    ],
    "into_a_view": [],
}  # fmt: skip


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with state_folder() as made:
        yield made


@pytest.fixture(scope="module", params=[False, True], ids=["here", "elsewhere"])
def results(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """What each of the project's functions makes of a database; `elsewhere` with the project in a process of its own."""
    with state_folder() as home:
        yield seeded("seeds", "postgresql", home, REQUESTS, elsewhere=request.param)


def answers(result: dict[str, Any]) -> list[Any]:
    assert "error" not in result, result["error"]
    rows: list[Any] = result["answers"]
    return rows


def test_types_of_postgresql_come_back_as_they_were(results: dict[str, Any]) -> None:
    rows, tokens = answers(results["typed"])
    assert len(rows) == 50
    full = next(row for row in rows if row[0] != "{}")
    assert full[1] == ["a", "b,c", 'd"', "e\\f", "{}", "NULL", ""]
    assert full[2] == [[1, None], [3, 4]]
    assert full[3].startswith("2025-10-20 00:00:00")
    assert "2025-10-19 00:00:00" in full[4]
    assert full[5:] == ["[1,)", 'x"y\\z', "new\nline", True, "::1"]
    empty = next(row for row in rows if row[0] == "{}")
    assert empty[1:] == [[], None, None, None, "[3,9)", None, None, False, "10.0.0.1"]
    assert tokens == [[50]], "a random default of the database is drawn for each row"


def test_schemas_in_table_names(results: dict[str, Any]) -> None:
    *_, rows, links, following = answers(results["elsewhere"])
    assert rows == links == [[50]]
    assert following == [[51]], "its counter goes on"


@pytest.mark.parametrize("request_", ["elsewhere", "elsewhere schema=models"])
def test_schemas_extensions_and_indexes_are_made_either_way(results: dict[str, Any], request_: str) -> None:
    indexes, extensions = answers(results[request_])[:2]
    assert indexes == [[1]]
    assert extensions == [[2]]


def test_partitions_are_filled_and_keep_their_indexes(results: dict[str, Any]) -> None:
    counts, total, indexes, keys = answers(results["partitioned"])
    assert counts == [[True, True]]
    assert total == [[1000]]
    assert indexes == [[6]]
    assert keys == [["f", True], ["p", True]]


def test_materialised_views_are_refreshed_in_the_order_of_their_making(results: dict[str, Any]) -> None:
    first, second, statistics = answers(results["views"])
    assert first == [[50]]
    assert second == [[100]]
    assert statistics == [[0]], "they are analysed too"


def test_a_view_is_no_table(results: dict[str, Any]) -> None:
    assert "seed of seeds.Total: seeds_total is a view, not a table" in results["into_a_view"]["error"]


def test_a_failing_migration_is_named_with_its_database_and_its_line(home: Path) -> None:
    error = seeded("seeds", "postgresql", home, {"views": []}, settings="settings_failing")["views"]["error"]
    assert error.startswith("migration seeds.0002_of_another_database, on PostgreSQL: ProgrammingError: syntax error")
    assert " at tests/cases/seeds/failing/0002_of_another_database.py:" in error
    assert "`schema: models`" in error
    assert "\n" not in error
