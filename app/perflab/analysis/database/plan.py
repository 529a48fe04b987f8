"""What a query's plan reads: which indexes, and which tables or indexes row by row.

PostgreSQL's plans are those of EXPLAIN (FORMAT JSON): https://www.postgresql.org/docs/current/using-explain.html. SQLite's are
the lines of EXPLAIN QUERY PLAN: https://sqlite.org/eqp.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from perflab.analysis.database.statement import asked_of, conjuncts

Node = Mapping[str, Any]

# Nodes that what was scanned passes on its way to being sorted.
PASSING = ("Nested Loop", "Hash Join", "Merge Join", "Hash", "Memoize", "Materialize")
ROW_BY_ROW = ("Seq Scan", "Index Scan", "Index Only Scan")

_TABLE_OF_SQLITE = re.compile(r"^SCAN (?:TABLE )?(\S+)")
_INDEX_OF_SQLITE = re.compile(r"USING (?:COVERING )?INDEX (\S+)")
# One comparison of a column with something: alias, column, operator. A type may stand behind the column.
_CONDITION = re.compile(
    r"""^\(*(?:(?:"[^"]+"|\w+)\.)?("[^"]+"|[A-Za-z_]\w*)\)?(?:::[\w \[\]()]+?)?\s*(=|<=|>=|<|>|IS\ NULL)""", re.VERBOSE
)
_SORT_KEY = re.compile(r"""^\(*(?:("[^"]+"|\w+)\.)?("[^"]+"|[A-Za-z_]\w*)\)*( DESC)?(?: NULLS (?:FIRST|LAST))?$""")


@dataclass(frozen=True, slots=True)
class Scan:
    """A table that is read row by row, from end to end or by an index, and what is kept of it.

    `equal` and `ranges` are the columns that are compared with a value, `order` those by which the rows are then sorted, each
    with whether it is descending. `index` None: the whole table is read; else `bound` are the columns that the index was asked
    for. `rows` come out of one reading and `removed` are thrown away, on average; None where that is unknown.
    """

    table: str
    equal: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    rows: float | None = None
    removed: float | None = None
    index: str | None = None
    bound: tuple[str, ...] = ()


def indexes_of(plan: Node | Sequence[str]) -> list[str]:
    """The names of the indexes that a plan uses, sorted."""
    if isinstance(plan, Mapping):
        return sorted({str(node["Index Name"]) for node, _ in _nodes(plan) if "Index Name" in node})
    found = (_INDEX_OF_SQLITE.search(line) for line in plan)
    return sorted({match.group(1) for match in found if match})


def scans_of(plan: Node | Sequence[str], statement: str = "") -> list[Scan]:
    """What a plan reads row by row, in its order.

    Of SQLite's only tables that are read from end to end; what for, their `statement` says.
    """
    if not isinstance(plan, Mapping):
        found = (_TABLE_OF_SQLITE.match(line) for line in plan if "USING" not in line)
        tables = [match.group(1) for match in found if match]
        return [Scan(table, **asdict(asked_of(statement, table))) for table in tables]
    return [_scan(node, above) for node, above in _nodes(plan) if node.get("Node Type") in ROW_BY_ROW]


def _nodes(node: Node, above: tuple[Node, ...] = ()) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Every node with those above it, the nearest first."""
    yield node, above
    for child in node.get("Plans", ()):
        yield from _nodes(child, (node, *above))


def _scan(node: Node, above: tuple[Node, ...]) -> Scan:
    asked, kept = (_compared(str(node.get(key, ""))) for key in ("Index Cond", "Filter"))
    equal, ranges = ([*dict.fromkeys([*one, *other])] for one, other in zip(asked, kept, strict=True))
    # How much of an index was read for what it was asked for, the plan does not say.
    known = "Actual Rows" in node and not any(asked)
    return Scan(
        str(node["Relation Name"]),
        tuple(equal),
        tuple(column for column in ranges if column not in equal),
        _order(above, str(node.get("Alias", node["Relation Name"]))),
        float(node["Actual Rows"]) if known else None,
        float(node.get("Rows Removed by Filter", 0)) if known else None,
        node.get("Index Name"),
        tuple(dict.fromkeys([*asked[0], *asked[1]])),
    )


def _compared(condition: str) -> tuple[list[str], list[str]]:
    """The columns that a condition compares with a value: for equality, and otherwise."""
    equal: list[str] = []
    ranges: list[str] = []
    for part in conjuncts(condition):
        match = _CONDITION.match(part)
        if match:
            side = equal if match.group(2) in ("=", "IS NULL") else ranges
            side.append(match.group(1).strip('"'))
    return equal, ranges


def _order(above: tuple[Node, ...], alias: str) -> tuple[tuple[str, bool], ...]:
    """The columns by which what a scan returns is sorted next, be it after joins, as far as each is a column of its own."""
    sorting = next((node for node in above if node.get("Node Type") in ("Sort", "Incremental Sort")), None)
    if sorting is None or any(node.get("Node Type") not in PASSING for node in above[: above.index(sorting)]):
        return ()
    keys = []
    for text in sorting.get("Sort Key", ()):
        match = _SORT_KEY.match(str(text))
        if match is None or (match.group(1) or alias).strip('"') != alias:
            break
        keys.append((match.group(2).strip('"'), match.group(3) is not None))
    return tuple(keys)
