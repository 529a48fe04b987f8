"""Conditions as trees."""

from __future__ import annotations

import pytest

from perflab.analysis.database.conditions import column_of, comparisons, conjuncts, parsed


def _texts(condition: str) -> list[str]:
    return [node.sql(dialect="postgres") for node in conjuncts(parsed(condition, "postgres"))]


def test_conditions_that_all_have_to_hold() -> None:
    assert _texts("((a = '(') AND (b = 2))") == ["a = '('", "b = 2"]
    assert _texts("((a = 1) AND (((b = 2) OR (c = 3)) AND (d = 4)))") == ["a = 1", "d = 4"]
    assert _texts("((a = 1) OR (b = 2))") == []
    assert _texts("") == []


@pytest.mark.parametrize("dialect", ["postgres", "sqlite"])
def test_comparisons_name_the_column_and_say_whether_it_is_equality(dialect: str) -> None:
    condition = "a = 1 AND b IS NULL AND c BETWEEN 1 AND 2 AND d IN (1, 2) AND e IS NOT NULL AND f <> 1 AND CAST(g AS TEXT) = 'x'"
    assert [(column.name, is_equality) for column, is_equality, _ in comparisons(parsed(condition, dialect))] == [
        ("a", True),
        ("b", True),
        ("c", False),
        ("d", False),
        ("g", True),
    ]


def test_a_function_of_a_column_is_no_column() -> None:
    assert not list(comparisons(parsed("upper(a) = 'X'", "postgres")))
    upper, column = parsed("upper(a)", "postgres"), parsed("((a))", "postgres")
    assert upper is not None and column_of(upper) is None
    assert column is not None and column_of(column) is not None


def test_what_cannot_be_parsed_is_nothing() -> None:
    assert parsed("a = (", "postgres") is parsed(" ", "sqlite") is None
