"""Masks as expressions of PostgreSQL, for the select list of a COPY: values are masked before they leave the source.

A value's mask is made of its keyed hash, so equal values have equal masks wherever they are. The key is a setting of the one
transaction that copies, made by the source's server itself; nobody keeps it. Masks are as long as the values. NULL and the empty
text stay. Two short values may have one hash: in a unique column of the copy, one of them gets another text (`distinct`).
"""

from __future__ import annotations

from collections.abc import Callable

from psycopg import sql

from perflab.seeding.masking import names, rules
from perflab.seeding.masking.rules import Mask

# Characters of a hash by which values differ in practice: 64 bits.
ENOUGH = 16
# Hosts that exist nowhere (RFC 6761): the long one where it leaves so many characters for the hash.
SUFFIX, SHORT_SUFFIX, ROOM = "@x.test", "@x", 8


def masked(mask: Mask) -> sql.Composable:
    """Return the expression that selects a column's masked value, to be read from its table alone.

    Args:
        mask: The mask of the column.
    """
    makers: dict[str, Callable[[sql.Identifier, Mask], sql.Composable]] = {
        names.EMAIL: _email, names.PASSWORD: _password, names.ADDRESS: _address, rules.JSON: _json, names.DATE: _date,
        rules.NUMBER: _number, rules.UUID: _uuid, rules.BYTES: _bytes, rules.ARRAY: _array,
    }  # fmt: skip
    return makers.get(mask.kind, _text)(sql.Identifier(mask.column.name), mask)


def salted() -> sql.Composable:
    """Return the query that makes the key, in the transaction that copies."""
    return sql.SQL("SELECT set_config('perflab.salt', gen_random_uuid()::text, true)")


def _hash(value: sql.Composable) -> sql.Composed:
    return sql.SQL("md5(current_setting('perflab.salt') || {}::text)").format(value)


def _long(value: sql.Composable, length: sql.Composable) -> sql.Composed:
    """A hash of so many characters."""
    template = "left(repeat({hash}, {length} / 32 + 1), {length})"
    return sql.SQL(template).format(hash=_hash(value), length=length)


def _length(value: sql.Composable) -> sql.Composed:
    return sql.SQL("length({}::text)").format(value)


def _text(column: sql.Composable, mask: Mask) -> sql.Composable:
    return _long(column, _length(column))


def _email(column: sql.Identifier, mask: Mask) -> sql.Composable:
    """A hash at a host that does not exist; what is no address is any text."""
    template = (
        "CASE WHEN {column}::text NOT LIKE '%@%' OR {length} <= {least} THEN {text}"
        " WHEN {length} < {enough} THEN {short} || {at_short} ELSE {long} || {at} END"
    )
    length = _length(column)
    return sql.SQL(template).format(
        column=column, length=length, text=_text(column, mask), least=sql.Literal(len(SHORT_SUFFIX)),
        enough=sql.Literal(len(SUFFIX) + ROOM), at=sql.Literal(SUFFIX), at_short=sql.Literal(SHORT_SUFFIX),
        long=_long(column, sql.SQL("({} - {})").format(length, sql.Literal(len(SUFFIX)))),
        short=_long(column, sql.SQL("({} - {})").format(length, sql.Literal(len(SHORT_SUFFIX)))),
    )  # fmt: skip


def distinct(mask: Mask) -> sql.Composed:
    """Return the statement that gives all but one of the equal masks of a unique column another text, of the same length.

    Args:
        mask: The mask of a column of texts.
    """
    template = """
        UPDATE {table} SET {column} = left(md5(random()::text || ctid::text), {length} - length(ending)) || ending
        FROM (
            SELECT ctid AS place, row_number() OVER (PARTITION BY {column}) AS number,
                   coalesce(substring({column}::text FROM {pattern}), '') AS ending
            FROM ONLY {table} WHERE {length} < {enough}
        ) AS short WHERE number > 1 AND ctid = place
    """
    column = sql.Identifier(mask.column.name)
    return sql.SQL(template).format(
        table=sql.Identifier(mask.column.schema or "public", mask.column.table), column=column, length=_length(column),
        pattern=sql.Literal(f"(?:{SUFFIX}|{SHORT_SUFFIX})$"), enough=sql.Literal(ENOUGH + len(SUFFIX)),
    )  # fmt: skip


def _password(column: sql.Identifier, mask: Mask) -> sql.Composable:
    """What Django takes for an unusable password."""
    template = "CASE WHEN {0}::text = '' THEN '' ELSE left('!' || {1}, {2}) END"
    return sql.SQL(template).format(column, _long(column, _length(column)), _length(column))


def _address(column: sql.Identifier, mask: Mask) -> sql.Composable:
    """An address of a private network, of the same family."""
    bits = sql.SQL("('x' || left({}, 6))::bit(24)::int").format(_hash(column))
    template = (
        "CASE WHEN {0}::text = '' THEN '' WHEN {0}::text LIKE '%:%' THEN host('fd00::'::inet + {1}) "
        "ELSE host('10.0.0.0'::inet + {1}) END"
    )
    return sql.SQL(template).format(column, bits)


def _json(column: sql.Identifier, mask: Mask) -> sql.Composable:
    return sql.SQL("CASE WHEN {} IS NOT NULL THEN '{{}}' END").format(column)


def _date(column: sql.Identifier, mask: Mask) -> sql.Composable:
    """The first day of the year."""
    return sql.SQL("date_trunc('year', {})").format(column)


def _number(column: sql.Identifier, mask: Mask) -> sql.Composable:
    """A whole number of as many digits, or as many as its type surely holds."""
    most = 9 if mask.column.type.startswith("integer") else 18
    low = sql.SQL("10::numeric ^ (least(length(trunc(abs({}))::text), {}) - 1)").format(column, sql.Literal(most))
    template = "trunc({low} + ('x' || left({hash}, 15))::bit(60)::bigint % (9 * {low}))::bigint"
    return sql.SQL(template).format(low=low, hash=_hash(column))


def _uuid(column: sql.Identifier, mask: Mask) -> sql.Composable:
    return sql.SQL("{}::uuid").format(_hash(column))


def _bytes(column: sql.Identifier, mask: Mask) -> sql.Composable:
    template = "decode(left(repeat({hash}, length({column}) / 16 + 1), 2 * length({column})), 'hex')"
    return sql.SQL(template).format(hash=_hash(sql.SQL("encode({}, 'hex')").format(column)), column=column)


def _array(column: sql.Identifier, mask: Mask) -> sql.Composable:
    """As many texts, each of its length."""
    value = sql.SQL("v")
    template = (
        "CASE WHEN {0} IS NOT NULL THEN ARRAY(SELECT {1} FROM unnest({0}) WITH ORDINALITY AS u(v, n) ORDER BY n) END"
    )
    return sql.SQL(template).format(column, _long(value, _length(value)))
