"""What a query's plan reads row by row, and what for: the comparisons and the order that an index could serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from perflab.analysis.database.conditions import column_of, comparisons, parsed
from perflab.analysis.database.plan import Node, Plan, automatic_indexes, nodes, tables_read
from perflab.analysis.database.statement import access_of, table_of

SORTS = ("Sort", "Incremental Sort")
# A LIMIT shows few of the rows that are sorted for it if it shows at most this share.
MAX_SHOWN = 0.1
# Nodes between a scan and the sort of its rows.
PASSING = ("Nested Loop", "Hash Join", "Merge Join", "Hash", "Memoize", "Materialize")
ROW_BY_ROW = ("Seq Scan", "Index Scan", "Index Only Scan")
# PostgreSQL's references to other parts of a plan, which are no SQL: (hashed SubPlan 1), (InitPlan 2).col1.
REFERENCES = ("hashed SubPlan ", "SubPlan ", "InitPlan ")


@dataclass(frozen=True, slots=True)
class Scan:
    """A table that is read row by row, from end to end or by an index, and what is kept of it.

    Attributes:
        table: The table's name.
        equal: The columns that are compared with a value for equality.
        ranges: The columns that are compared with a value otherwise.
        order: The columns by which the rows are then sorted, each with whether it is descending.
        rows: The rows that come out of one reading, on average; None if unknown.
        removed: The rows that one reading discards, on average; None if unknown.
        index: The index that is read; None if the whole table is.
        bound: The columns that the index is searched by.
        sorted_rows: The rows that are sorted for a LIMIT that shows few of them; None if there is no such sort.
    """

    table: str
    equal: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    rows: float | None = None
    removed: float | None = None
    index: str | None = None
    bound: tuple[str, ...] = ()
    sorted_rows: float | None = None


def scans_of(plan: Plan, statement: str = "") -> list[Scan]:
    """Return what a plan reads row by row, in the plan's order.

    Of SQLite's, these are the tables that are read from end to end, and those for which it builds an index in each execution.

    Args:
        plan: PostgreSQL's plan as parsed JSON, or the lines of SQLite's.
        statement: The query with its values: SQLite's plan does not contain what it compares.
    """
    if not isinstance(plan, Mapping):
        read = [
            Scan(table_of(statement, name) or name, **asdict(access_of(statement, name))) for name in tables_read(plan)
        ]
        built = [(table_of(statement, name), columns) for name, columns in automatic_indexes(plan)]
        return [*read, *(Scan(table, columns) for table, columns in built if table is not None and columns)]
    return [_scan(node, above) for node, above in nodes(plan) if node.get("Node Type") in ROW_BY_ROW]


def _scan(node: Node, above: tuple[Node, ...]) -> Scan:
    bound, kept = (_compared(str(node.get(key, ""))) for key in ("Index Cond", "Filter"))
    columns = dict.fromkeys([*bound, *kept])
    equal = tuple(column for column in columns if bound.get(column) or kept.get(column))
    # The plan does not say how much of an index was read for its condition.
    is_known = "Actual Rows" in node and not bound
    return Scan(
        str(node["Relation Name"]),
        equal,
        tuple(column for column in columns if column not in equal),
        _order(above, str(node.get("Alias", node["Relation Name"]))),
        float(node["Actual Rows"]) if is_known else None,
        float(node.get("Rows Removed by Filter", 0)) if is_known else None,
        node.get("Index Name"),
        tuple(bound),
        sorted_of(node, above),
    )


def sorted_of(node: Node, above: tuple[Node, ...]) -> float | None:
    """Return how many rows are sorted above a node only for a LIMIT to show few of them; None if that is not so, or unknown.

    Args:
        node: A node of the plan.
        above: The nodes above it, the nearest first.
    """
    place = next((place for place, each in enumerate(above) if each.get("Node Type") in SORTS), None)
    if place is None:
        return None
    below = above[place - 1] if place else node
    limited = any(each.get("Node Type") == "Limit" for each in above[place + 1 :][:1])
    rows, shown = below.get("Actual Rows"), above[place].get("Actual Rows")
    if not limited or rows is None or shown is None or float(shown) > MAX_SHOWN * float(rows):
        return None
    return float(rows) * float(below.get("Actual Loops", 1))


def _compared(condition: str) -> dict[str, bool]:
    """Return the columns that a condition of a plan compares, those for equality first, and whether it is for equality."""
    for reference in REFERENCES:
        condition = condition.replace(reference, "subplan_")
    columns: dict[str, bool] = {}
    for column, is_equality, _ in comparisons(parsed(condition, "postgres")):
        columns[column.name] = columns.get(column.name, False) or is_equality
    return dict(sorted(columns.items(), key=lambda item: not item[1]))


def _order(above: tuple[Node, ...], alias: str) -> tuple[tuple[str, bool], ...]:
    """Return the columns by which the rows of a scan are sorted next, possibly after joins, as far as they are its own."""
    sorting = next((node for node in above if node.get("Node Type") in SORTS), None)
    if sorting is None or any(node.get("Node Type") not in PASSING for node in above[: above.index(sorting)]):
        return ()
    keys = []
    for text in sorting.get("Sort Key", ()):
        key = _sort_key(str(text))
        column = None if key is None else column_of(key.this)
        if key is None or column is None or (column.table or alias) != alias:
            break
        keys.append((column.name, bool(key.args.get("desc"))))
    return tuple(keys)


def _sort_key(text: str) -> exp.Ordered | None:
    try:
        return sqlglot.parse_one(text, dialect="postgres", into=exp.Ordered)
    except SqlglotError:
        return None
