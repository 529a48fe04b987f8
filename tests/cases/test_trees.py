"""What is hard to seed on any database: trees, circles, keys, defaults, rows that migrations make. On both databases."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cases.replaying import replayed, state_folder
from tests.cases.seeded import seeded
from tests.perflab.tasks import task

pytestmark = [pytest.mark.servers, pytest.mark.slow]

COMMENTS = """
    SELECT count(*) FROM trees_comment c JOIN django_content_type t ON t.id = c.content_type_id
    JOIN trees_place p ON p.id = c.object_id WHERE t.model = 'place'
"""
PERMISSIONS = "SELECT count(*) FROM auth_group_permissions gp JOIN auth_permission p ON p.id = gp.permission_id"
PAGES = "SELECT count(*) FROM trees_page p JOIN trees_document d ON d.id = p.document_id"
NOTES = "SELECT count(*) FROM notes_note n JOIN trees_category c ON c.id = n.category_id"
RESTAURANTS = "SELECT p.name, r.stars FROM trees_restaurant r JOIN trees_place p ON p.id = r.place_ptr_id"
CURRENCIES = "SELECT id, code FROM trees_currency ORDER BY id"
DEFAULTED = ["SELECT DISTINCT state FROM trees_defaulted", "SELECT DISTINCT created_at FROM trees_defaulted"]
MIGRATED = [
    CURRENCIES,
    "SELECT DISTINCT country_id FROM trees_city ORDER BY 1",
    "SELECT DISTINCT currency_id, quoted_in FROM trees_price ORDER BY 1, 2",
]
REQUESTS = {
    "tree": ["SELECT id, parent_id FROM trees_category", "SELECT id, above_id FROM trees_node", NOTES],
    "tree_rows": ["SELECT name, parent_id, id FROM trees_category ORDER BY id"],
    "circle": [
        "SELECT id, captain_id, size FROM trees_team", "SELECT id, team_id FROM trees_player",
        "SELECT count(*) FROM cached_things",
    ],
    "documents": [
        "SELECT count(DISTINCT id) FROM trees_document",
        "SELECT count(*) FROM trees_document WHERE doubled = 2 * number", PAGES,
    ],
    "defaulted": DEFAULTED,
    "defaulted_created": DEFAULTED,
    "migrated": MIGRATED,
    "migrated_popular": MIGRATED,
    "migrated_listed": [CURRENCIES, "SELECT DISTINCT currency_id FROM trees_price"],
    "migrated_more": [
        "SELECT min(id), max(id), count(*) FROM trees_currency", "SELECT code FROM trees_currency WHERE id = 840",
        "SELECT DISTINCT currency_id FROM trees_price", "SELECT DISTINCT country_id FROM trees_city",
    ],
    "migrated_replaced": ["SELECT min(id), max(id) FROM trees_currency"],
    "generic": [COMMENTS, PERMISSIONS],
    "inherited": [RESTAURANTS],
    "ordered": ["SELECT key, at, number FROM trees_event ORDER BY key", "SELECT place_id, number FROM trees_line"],
    "everything": ["SELECT captain_id FROM trees_team", "SELECT count(*) FROM trees_restaurant"],
    "mistaken": [],
    "failing": [],
    "unmanaged": ["SELECT count(*), min(name) FROM legacy_of_others"],
    "circle schema=models": ["SELECT count(*) FROM trees_currency", "SELECT count(*) > 10 FROM django_content_type"],
}  # fmt: skip


# What the driver and the process of the project may break together: keys, links, defaults, and errors with their lines.
BOTH = ("tree", "circle", "documents", "defaulted", "migrated", "generic", "inherited", "mistaken", "failing")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with state_folder() as made:
        yield made


@pytest.fixture(scope="module", params=["postgresql", "sqlite", "postgresql elsewhere", "sqlite elsewhere"])
def results(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """What each of the project's functions makes of a database; `elsewhere` with the project in a process of its own."""
    vendor, _, elsewhere = request.param.partition(" ")
    in_part = request.param == "postgresql elsewhere"
    requests = {name: REQUESTS[name] for name in BOTH} if in_part else REQUESTS
    with state_folder() as home:
        made = seeded("trees", vendor, home, requests, elsewhere=bool(elsewhere))
        yield _InPart(made) if in_part else made


class _InPart(dict[str, Any]):
    def __missing__(self, name: str) -> None:
        assert name in REQUESTS and name not in BOTH
        pytest.skip(
            f"{name} is seeded on PostgreSQL, and with the project elsewhere on SQLite: both at once add nothing"
        )


def answers(result: dict[str, Any]) -> list[Any]:
    assert "error" not in result, result["error"]
    rows: list[Any] = result["answers"]
    return rows


def test_rows_of_a_table_link_to_earlier_rows_of_it(results: dict[str, Any]) -> None:
    categories, nodes, notes = answers(results["tree"])
    assert len(categories) == 50
    assert [key for key, parent in categories if parent is None] == [1], "one root"
    assert all(parent < key for key, parent in categories if parent is not None)
    assert max(Counter(parent for _, parent in categories).values()) > 3, "some have many children"
    assert [key for key, above in nodes if above >= key] == [1], "a root that may not be null links to itself"
    assert set(Counter(above for key, above in nodes if key != 1).values()) <= {1, 2}
    assert notes == [[10]], "an app without migrations, listed before what it links to"


def test_archetypes_that_are_the_rows_link_to_each_other(results: dict[str, Any]) -> None:
    (rows,) = answers(results["tree_rows"])
    assert rows[-1] == ["root", None, 51]
    assert {parent for _, parent, _ in rows[:-1]} == {51}


def test_two_tables_link_to_each_other(results: dict[str, Any]) -> None:
    teams, players, _ = answers(results["circle"])
    members = {team: {player for player, own in players if own == team} for team, _, _ in teams}
    for team, captain, size in teams:
        assert size == len(members[team]), "the counter is right"
        assert captain in members[team] or (captain is None and not size)
    assert sum(size for _, _, size in teams) == 50


def test_uuid_keys_need_no_column_and_generated_fields_are_left_out(results: dict[str, Any]) -> None:
    assert answers(results["documents"]) == [[[50]]] * 3


@pytest.mark.parametrize("function", ["defaulted", "defaulted_created"])
def test_defaults_of_the_database(results: dict[str, Any], function: str) -> None:
    states, moments = answers(results[function])
    assert states == [["new"]]
    ((moment,),) = moments
    assert dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC) == dt.datetime(2025, 10, 20, tzinfo=dt.UTC)


@pytest.mark.parametrize("function", ["migrated", "migrated_popular"])
def test_rows_of_migrations_keep_their_keys_and_are_linked_to(results: dict[str, Any], function: str) -> None:
    currencies, countries, prices = answers(results[function])
    assert currencies == [[840, "USD"], [978, "EUR"]]
    assert countries == [["DE"], ["FR"], ["IT"]]
    if function == "migrated":
        assert prices == [[978, "EUR"], [978, "USD"]], "a foreign key to another column than the key"
    else:
        assert [currency for currency, _ in prices] == [840, 978]


def test_rows_of_migrations_keep_their_keys_when_they_are_listed(results: dict[str, Any]) -> None:
    currencies, prices = answers(results["migrated_listed"])
    assert currencies == [[840, "USD"], [978, "EUR"], [979, "GBP"]]
    assert {key for (key,) in prices} == {840, 978, 979}
    assert results["migrated_listed"]["rows"] == {"trees.Currency": 3, "trees.Price": 50}


def test_seeded_rows_come_after_those_of_migrations(results: dict[str, Any]) -> None:
    assert answers(results["migrated_more"]) == [[[840, 1028, 52]], [["USD"]], [[840]], [["FR"]]]
    assert results["migrated_more"]["rows"]["trees.Currency"] == 52


def test_rows_of_migrations_are_replaced_on_request(results: dict[str, Any]) -> None:
    assert answers(results["migrated_replaced"]) == [[[1, 50]]]


def test_content_types_and_permissions_are_there(results: dict[str, Any]) -> None:
    comments, permissions = answers(results["generic"])
    assert comments == [[50]]
    assert permissions == [[20]]


def test_a_child_brings_its_parents_table_along(results: dict[str, Any]) -> None:
    (rows,) = answers(results["inherited"])
    assert len(rows) == 50
    assert dict(rows) == {"R1": 1, "R2": 2, "R3": 3}
    assert results["inherited"]["rows"] == {"trees.Place": 50, "trees.Restaurant": 50}


def test_series_and_padded_keys_are_in_order(results: dict[str, Any]) -> None:
    events, lines = answers(results["ordered"])
    assert [key for key, _, _ in events] == [f"{number:032d}" for number in range(1, 51)]
    moments = [moment for _, moment, _ in events]
    assert moments == sorted(moments) and len(set(moments)) == 50
    assert [number for _, _, number in events] == list(range(1000, 1250, 5))
    for place, count in Counter(place for place, _ in lines).items():
        assert sorted(number for own, number in lines if own == place) == list(range(1, count + 1))


def test_links_in_a_circle_are_followed_also_through_nulls(results: dict[str, Any]) -> None:
    captains, restaurants = answers(results["everything"])
    assert len(captains) == 4
    assert all(captain is None or 1 <= captain <= 50 for (captain,) in captains)
    assert restaurants == [[8]]


def test_all_mistakes_are_told_at_once_and_before_a_server_starts(results: dict[str, Any]) -> None:
    error = results["mistaken"]["error"]
    assert results["mistaken"]["servers"] == 0
    assert error.startswith("5 mistakes in the seeding: (1) seed of trees.Category: has no column 'parnt'")
    for part in (
        "name takes 20 characters, and an archetype has 21",
        "trees.City: country may not be null",
        "code is unique, and 5 rows take it from 1 archetypes",
        "the database itself computes doubled",
    ):
        assert part in error
    assert "\n" not in error


def test_an_error_of_the_function_names_the_projects_line(results: dict[str, Any]) -> None:
    message = "ZeroDivisionError: division by zero at tests/cases/trees/seeding.py:"
    assert message in results["failing"]["error"]
    assert results["failing"]["servers"] == 0


def test_an_unmanaged_model_gets_its_table_where_it_is_seeded_and_that_is_said(results: dict[str, Any]) -> None:
    assert answers(results["unmanaged"]) == [[[50, "l"]]]
    (remark,) = results["unmanaged"]["remarks"]
    assert remark.startswith(
        "trees.Legacy is unmanaged, and no migration makes legacy_of_others: it is made from the model"
    )
    remark = "trees.Legacy has no table legacy_of_others: it is unmanaged, and no migration makes it"
    assert results["circle"]["remarks"] == [remark]


def test_the_tables_of_database_caches_are_made(results: dict[str, Any]) -> None:
    assert answers(results["circle"])[-1] == [[0]]


def test_tables_are_made_from_models_on_request(results: dict[str, Any]) -> None:
    currencies, types = answers(results["circle schema=models"])
    assert currencies == [[0]], "no migration was run"
    assert bool(types[0][0])
    assert results["circle schema=models"]["rows"]["trees.Player"] == 50


# -- through whole runs ------------------------------------------------------------------------------------------------


@pytest.mark.replays
@pytest.mark.timeout(900)
@pytest.mark.parametrize("vendor", ["postgresql", "sqlite"])
def test_urls_with_expressions_and_keys_of_two_columns_are_requested(vendor: str, home: Path, tmp_path: Path) -> None:
    run = replayed("tests/cases/trees/scenario.yaml", tmp_path, home, {"database": vendor})
    assert run.complete
    samples = run.samples[run.samples["role"] != "reference"]
    assert set(samples["endpoint"]) == {"country", "number", "line", "key"}
    assert set(samples["status"]) == {200}
    paths = set(run.trace["path"])
    assert {"/country/DE/", "/country/FR/", "/country/IT/"} <= paths
    assert any(path.startswith("/pk/") and "%2C" in path for path in paths)


@pytest.mark.replays
@pytest.mark.timeout(900)
def test_the_traceback_of_a_seeding_is_in_the_runs_log(home: Path, tmp_path: Path) -> None:
    text = Path("tests/cases/trees/scenario.yaml").read_text(encoding="utf-8")
    scenario = tmp_path / "failing.yaml"
    scenario.write_text(text.replace("seeding:ordered", "seeding:failing"), encoding="utf-8")
    directory = tmp_path / "reports" / "run"
    arguments = {
        "scenario": str(scenario), "profile": "smoke", "overrides": {}, "seed": 1, "directory": str(directory),
        "command": "perflab run",
    }  # fmt: skip
    with task("replay", arguments, home, tmp_path / "task.log") as replay:
        assert replay.end() == 2
    assert " at tests/cases/trees/seeding.py:" in replay.error["message"]
    for log in (directory / "logs" / "run.log", tmp_path / "task.log"):
        assert "ZeroDivisionError: division by zero" in log.read_text(encoding="utf-8")
        assert 'rows["places"] / 0' in log.read_text(encoding="utf-8")
