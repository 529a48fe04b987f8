"""Masks in PostgreSQL, evaluated by one."""

import uuid

import pytest
from psycopg import sql

from perflab.seeding.masking import names, rules
from perflab.seeding.masking.expressions import distinct, masked, salted
from perflab.seeding.masking.rules import Column, Mask

pytestmark = pytest.mark.servers

VALUES = [
    ("character varying", names.TEXT, "Zoé Łukasiewicz"), ("text", names.TEXT, "o'hara \\ \"x\" \n"),
    ("text", names.TEXT, "é" * 100), ("text", names.EMAIL, "ann@example.com"), ("text", names.EMAIL, "no address"),
    ("text", names.EMAIL, "a@b"), ("text", names.PASSWORD, "pbkdf2_sha256$1$salt$hash"), ("bigint", rules.NUMBER, 491701234567),
    ("integer", rules.NUMBER, 2147483647), ("bytea", rules.BYTES, b"\x00\xff\x01"),
]  # fmt: skip


@pytest.fixture(scope="module")
def connection(postgres):
    with postgres.connect() as opened, opened.transaction(force_rollback=True):
        opened.execute(salted())
        yield opened


def evaluated(connection, type_, kind, value):
    expression = masked(Mask("x", Column("t", 'a "name"', type_), kind))
    row = sql.SQL("(SELECT {}::{} AS {}) AS t").format(sql.Literal(value), sql.SQL(type_), sql.Identifier('a "name"'))
    (made,) = connection.execute(sql.SQL("SELECT {} FROM {}").format(expression, row)).fetchone()
    return made


@pytest.mark.parametrize(("type_", "kind", "value"), VALUES)
def test_a_mask_is_as_long_as_the_value_and_another(connection, type_, kind, value):
    made = evaluated(connection, type_, kind, value)
    assert type(made) is type(value)
    if type_ != "integer":  # of the largest numbers, some of as many digits do not fit
        assert len(made if isinstance(made, bytes) else str(made)) == len(
            value if isinstance(value, bytes) else str(value)
        )
    assert made != value
    assert evaluated(connection, type_, kind, value) == made


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("text", names.TEXT), ("text", names.EMAIL), ("text", names.PASSWORD), ("text", names.ADDRESS), ("jsonb", rules.JSON),
        ("inet", names.ADDRESS), ("date", names.DATE), ("bigint", rules.NUMBER), ("uuid", rules.UUID), ("bytea", rules.BYTES),
        ("text[]", rules.ARRAY),
    ],
)  # fmt: skip
def test_null_stays_null_and_empty_stays_empty(connection, type_, kind):
    assert evaluated(connection, type_, kind, None) is None
    if type_ == "text":
        assert evaluated(connection, type_, kind, "") == ""


def test_masks_keep_their_form(connection):
    assert evaluated(connection, "text", names.EMAIL, "ann@example.com").endswith("@x.test")
    assert evaluated(connection, "text", names.EMAIL, "ann@a.io").endswith("@x")
    assert evaluated(connection, "text", names.PASSWORD, "pbkdf2$a").startswith("!")
    assert str(evaluated(connection, "inet", names.ADDRESS, "192.0.2.7")).startswith("10.")
    assert str(evaluated(connection, "inet", names.ADDRESS, "2001:db8::1")).startswith("fd00::")
    assert evaluated(connection, "text", names.ADDRESS, "192.0.2.7").startswith("10.")
    assert evaluated(connection, "jsonb", rules.JSON, '{"a": 1}') == "{}"
    assert str(evaluated(connection, "date", names.DATE, "1984-05-06")).startswith("1984-01-01")
    assert isinstance(evaluated(connection, "uuid", rules.UUID, uuid.uuid4()), uuid.UUID)
    many = evaluated(connection, "text[]", rules.ARRAY, ["one", "three", ""])
    assert [len(each) for each in many] == [3, 5, 0]


def test_equal_masks_of_a_unique_column_become_distinct(connection):
    connection.execute("CREATE TEMP TABLE pairs (value text)")
    connection.execute("INSERT INTO pairs SELECT 'ab' FROM generate_series(1, 60)")
    connection.execute("INSERT INTO pairs SELECT '12@x.test' FROM generate_series(1, 9)")
    mask = Mask("x", Column("pairs", "value", "text", "pg_temp"), names.TEXT, is_unique=True)
    for _ in range(50):
        if not connection.execute(distinct(mask)).rowcount:
            break
    lengths = connection.execute(
        "SELECT length(value), count(DISTINCT value) FROM pairs GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert lengths == [(2, 60), (9, 9)]
    assert connection.execute("SELECT count(*) FROM pairs WHERE value LIKE '%@x.test'").fetchone() == (9,)
