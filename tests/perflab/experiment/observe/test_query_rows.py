"""Queries as rows of their table."""

from __future__ import annotations

from perflab.experiment.observe.query_rows import query_rows
from perflab.worker.probes.detail import Query


def _query(sql: str, seconds: float = 1.0, rows: int | None = None, relation: str | None = None) -> Query:
    return Query(sql, seconds, rows, "shop/views.py:3 show", relation, statement=f"sent {sql}")


def test_queries_of_one_text_are_one_row() -> None:
    queries = [_query("SELECT 1", 1.0, 1), _query("SELECT 2", 3.0, 2, "shop.Order.buyer"), _query("SELECT 3", 2.0, 3)]
    same, other = query_rows([*queries, _query("SELECT x")])
    assert (same["fingerprint"], same["sql"], same["times"], same["rows"]) == ("SELECT ?", "SELECT 1", 3, 6)
    assert (same["seconds"], same["relation"]) == (6.0, "shop.Order.buyer")
    assert same["statement"] == "sent SELECT 2", "the slowest's, with its values"
    assert (other["times"], other["rows"]) == (1, None), "unknown, not 0"


def test_the_source_is_the_line_that_makes_most_of_them() -> None:
    first = Query("SELECT 1", 1.0, None, "shop/page.py:9 page", None)
    (row,) = query_rows([first, _query("SELECT 2"), _query("SELECT 3")])
    assert row["source"] == "shop/views.py:3 show"


def test_no_query_is_no_row() -> None:
    assert not list(query_rows([]))
