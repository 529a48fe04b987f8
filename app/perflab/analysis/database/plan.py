"""The nodes of a query plan, and the indexes that it uses.

PostgreSQL's plans are those of EXPLAIN (FORMAT JSON): https://www.postgresql.org/docs/current/using-explain.html. SQLite's are
the lines of EXPLAIN QUERY PLAN: https://sqlite.org/eqp.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Node = Mapping[str, Any]
Plan = Node | Sequence[str]
# An index that SQLite builds for one execution of a query, because none is there: https://sqlite.org/optoverview.html#autoindex
AUTOMATIC = re.compile(r"SEARCH (?:TABLE )?(?:\S+ AS )?(\S+) USING AUTOMATIC (?:PARTIAL )?COVERING INDEX \((.+)\)")


def indexes_of(plan: Plan) -> list[str]:
    """Return the names of the indexes that a plan uses, sorted."""
    if isinstance(plan, Mapping):
        return sorted({str(node["Index Name"]) for node, _ in nodes(plan) if "Index Name" in node})
    return sorted({name for line in plan for name in [_index_of_line(line)] if name})


def nodes(node: Node, above: tuple[Node, ...] = ()) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Yield every node of PostgreSQL's plan with the nodes above it, the nearest first."""
    yield node, above
    for child in node.get("Plans", ()):
        yield from nodes(child, (node, *above))


def tables_read(plan: Sequence[str]) -> list[str]:
    """Return the tables (or their aliases) that SQLite's plan reads from end to end."""
    words = (line.removeprefix("SCAN TABLE ").removeprefix("SCAN ").split() for line in plan if _is_full_scan(line))
    return [names[0] for names in words if names]


def automatic_indexes(plan: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the indexes that SQLite builds anew in each execution: the table (or its alias) and the columns it compares."""
    matches = filter(None, map(AUTOMATIC.match, plan))
    return [(match[1], tuple(re.findall(r"(\w+)=\?", match[2]))) for match in matches]


def _is_full_scan(line: str) -> bool:
    return line.startswith("SCAN ") and "USING" not in line


def _index_of_line(line: str) -> str | None:
    """Return the index that follows `USING INDEX` or `USING COVERING INDEX` in a line of SQLite's plan."""
    for words in (" USING INDEX ", " USING COVERING INDEX "):
        _, separator, rest = line.partition(words)
        if separator:
            return rest.split()[0]
    return None
