"""Which reads write, by their statements."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.worker.writes import READING, WritingReads
from tests.perflab.steps import step_of

pytestmark = [pytest.mark.django_db, pytest.mark.servers]


@pytest.mark.parametrize(
    ("statement", "reads"),
    [
        ("SELECT 1", True), ("(select 1) union (select 2)", True), ("  WITH x AS (SELECT 1) SELECT 2", True),
        ("SAVEPOINT a", True),
        ("INSERT INTO x VALUES (1)", False), ("update x set a = 1", False), ("TRUNCATE x", False), ("DELETE FROM x", False),
        ("SELECTION", False),
    ],
)  # fmt: skip
def test_a_statement_reads_or_writes(statement: str, reads: bool) -> None:
    assert bool(READING.match(statement)) is reads


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ({"phase": "warmup"}, {"page"}),
        ({"phase": "measured"}, set[str]()),
        ({"phase": "check"}, set[str]()),
        ({"phase": "warmup", "method": "POST", "writes": True}, set[str]()),
    ],
)
def test_a_read_of_the_warm_up_that_writes_is_noted(step: dict[str, Any], expected: set[str]) -> None:
    from django.db import connection

    reads = WritingReads()
    with reads.watching(step_of(endpoint="page", **step)), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert reads.endpoints == set()
        cursor.execute("CREATE TEMPORARY TABLE counted (n int)")
    assert reads.endpoints == expected
    assert not connection.execute_wrappers
