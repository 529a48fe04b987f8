"""Plans: PostgreSQL's JSON, and SQLite's lines."""

from __future__ import annotations

from perflab.analysis.database.plan import automatic_indexes, indexes_of, nodes, tables_read

SCAN = {"Node Type": "Seq Scan", "Relation Name": "jobs", "Alias": "jobs"}
SQLITE = [
    "SEARCH t USING INDEX t_a (a=?)",
    "SCAN u",
    "SCAN v USING COVERING INDEX v_b",
    "SCAN TABLE w AS x",
    "USE TEMP B-TREE FOR ORDER BY",
]


def test_indexes_are_found_wherever_they_stand() -> None:
    bitmap = {"Node Type": "BitmapOr", "Plans": [{"Index Name": "one"}, {"Index Name": "two"}]}
    plan = {
        "Node Type": "Limit",
        "Plans": [{"Node Type": "Bitmap Heap Scan", "Plans": [bitmap, {"Index Name": "two"}]}],
    }
    assert indexes_of(plan) == ["one", "two"]
    assert indexes_of(SCAN) == []


def test_every_node_comes_with_those_above_it() -> None:
    plan = {"Node Type": "Limit", "Plans": [{"Node Type": "Sort", "Plans": [SCAN]}]}
    assert [(node["Node Type"], [parent["Node Type"] for parent in above]) for node, above in nodes(plan)] == [
        ("Limit", []),
        ("Sort", ["Limit"]),
        ("Seq Scan", ["Sort", "Limit"]),
    ]


def test_sqlite() -> None:
    assert indexes_of(SQLITE) == ["t_a", "v_b"]
    assert tables_read(SQLITE) == ["u", "w"]


def test_the_indexes_that_sqlite_builds_for_one_execution() -> None:
    """As SQLite 3.34 to 3.50 print them."""
    plan = [
        "SEARCH w USING AUTOMATIC COVERING INDEX (user_id=?)",
        "SEARCH T3 USING AUTOMATIC PARTIAL COVERING INDEX (a=? AND b=?)",
        "SEARCH TABLE w AS x USING AUTOMATIC COVERING INDEX (c=?)",
        *SQLITE,
    ]
    assert automatic_indexes(plan) == [("w", ("user_id",)), ("T3", ("a", "b")), ("x", ("c",))]
    assert indexes_of(plan) == ["t_a", "v_b"], "it is none that exists"
