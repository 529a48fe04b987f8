"""Which queries count as the same text."""

from __future__ import annotations

import logging

import pytest

from perflab.analysis.database.fingerprint import MAX_PARSED, fingerprint


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("SELECT a FROM t WHERE id = 7", "SELECT a FROM t WHERE id = 12"),
        ("SELECT a FROM t WHERE x IN (%s, %s)", "SELECT a FROM t WHERE x IN (%s, %s, %s, %s)"),
        ("SELECT a FROM t WHERE x IN (1, 2)", "SELECT a FROM t WHERE x IN (3, 4, 5)"),
        ("INSERT INTO t VALUES (%s, %s), (%s, %s)", "INSERT INTO t VALUES (%s, %s)"),
        ("SELECT 'it''s'", "SELECT 'other'"),
        ("SELECT a\n  FROM t", "SELECT a FROM t"),
        ("SELECT a FROM t WHERE x IN (%s)", "SELECT a FROM t WHERE x IN (%s, %s)"),
        (
            "SELECT a FROM t WHERE x IN (SELECT y FROM u WHERE z IN (%s))",
            "SELECT a FROM t WHERE x IN (SELECT y FROM u WHERE z IN (%s, %s))",
        ),
        ("SELECT a FROM t /* traceparent=1 */", "SELECT a FROM t /* traceparent=2 */"),
        ("SELECT a FROM t WHERE x LIKE '%%one'", "SELECT a FROM t WHERE x LIKE '%%other%%'"),
        ("SELECT x::varchar(20) FROM t", "SELECT x::varchar(30) FROM t"),
        ("INSERT OR IGNORE INTO t (a) VALUES (%s)", "INSERT OR IGNORE INTO t (a) VALUES (%s), (%s)"),
        ("SELECT a FROM t LIMIT 10 OFFSET 20", "SELECT a FROM t LIMIT 10 OFFSET 30"),
        ("SELECT -1.5", "SELECT 2"),
    ],
)
def test_what_differs_from_call_to_call_does_not_count(first: str, other: str) -> None:
    assert fingerprint(first) == fingerprint(other)


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("SELECT a FROM t1", "SELECT a FROM t2"),
        ('SELECT "a1" FROM t', 'SELECT "a2" FROM t'),
        ("SELECT a FROM t WHERE x = %s", "SELECT a FROM t WHERE y = %s"),
        ("SELECT a FROM t WHERE x IN (%s, %s)", "SELECT a FROM t WHERE x = %s"),
        ("SELECT a FROM t WHERE x IN (SELECT 1)", "SELECT a FROM t WHERE x IN (%s)"),
        ("SELECT a - 1 FROM t", "SELECT a FROM t"),
        ('SAVEPOINT "s1_x1"', 'ROLLBACK TO SAVEPOINT "s1_x1"'),
    ],
)
def test_what_is_another_query_is_distinguished(first: str, other: str) -> None:
    assert fingerprint(first) != fingerprint(other)


def test_a_fingerprint_shows_what_was_taken_out() -> None:
    sql = 'SELECT "t"."a" FROM "t" WHERE ("t"."b" = %s AND "t"."c" IN (%s, %s) AND "t"."d" > 7) LIMIT 21'
    assert fingerprint(sql) == (
        'SELECT "t"."a" FROM "t" WHERE ("t"."b" = %s AND "t"."c" IN (...) AND "t"."d" > ?) LIMIT ?'
    )
    assert fingerprint("INSERT INTO t (a, b) VALUES (%s, 1), (%s, 2)") == "INSERT INTO t (a, b) VALUES (...)"


@pytest.mark.parametrize("text", ["SELECT ((", "VALUES '", "EXPLAIN SELECT 1", "DECLARE c CURSOR FOR SELECT 1", ""])
def test_what_is_not_parsed_is_kept_as_text(text: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert fingerprint(f"{text}\n ") == text
    assert not caplog.records, "sqlglot warns of what it does not understand"


def test_lists_of_any_length_are_one_text() -> None:
    def listed(length: int) -> str:
        return f"SELECT a FROM t WHERE x IN ({', '.join(['%s'] * length)})"

    assert len(listed(20_000)) > MAX_PARSED
    assert fingerprint(listed(20_000)) == fingerprint(listed(2))


@pytest.mark.parametrize(
    ("first", "other", "text"),
    [
        ('SAVEPOINT "s139_x1"', 'SAVEPOINT "s139_x22"', "SAVEPOINT ..."),
        ('RELEASE SAVEPOINT "s1_x1"', 'RELEASE SAVEPOINT "s2_x1"', "RELEASE SAVEPOINT ..."),
        ('ROLLBACK TO SAVEPOINT "s1_x1"', 'ROLLBACK TO SAVEPOINT "s1_x2"', "ROLLBACK TO SAVEPOINT ..."),
        (
            'FETCH FORWARD 100 FROM "_django_curs_1_sync_1"',
            'FETCH FORWARD 100 FROM "_django_curs_1_sync_2"',
            'FETCH FORWARD 100 FROM "_django_curs_..."',
        ),
    ],
)
def test_names_that_django_makes_anew_are_left_out(first: str, other: str, text: str) -> None:
    assert fingerprint(first) == fingerprint(other) == text
