"""Requests that repeat more queries than any check: a loop that only some users, objects or pages go through.

The queries of measured requests are counted, not recorded. These requests are therefore made once more, as checks, which show
each query with the line that makes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from perflab.analysis.database.queries import MIN_REPEATED
from perflab.run.tables import Row


@dataclass
class Loops:
    """Find, in each round, the measured request of each read that repeats the most queries.

    Attributes:
        cells: The cells that count: all_on, and the same without caches, whose hits hide queries.
        reads: The endpoints that count: a write cannot be made again.
        seen: How many queries a check of each endpoint has repeated, at most.
    """

    cells: Collection[str]
    reads: Collection[str]
    seen: dict[str, int] = field(default_factory=dict)

    def unseen(self, rows: Iterable[Row]) -> list[int]:
        """Return the Steps of measured requests that repeat more queries than any check of their endpoint: one for each.

        Args:
            rows: The samples of a round, with its checks if it has any.
        """
        most: dict[str, tuple[int, int]] = {}
        for row in rows:
            name, repeats = row["endpoint"], row["duplicate_query_count"] or 0
            if repeats < MIN_REPEATED - 1 or row["cell"] not in self.cells or name not in self.reads:
                continue
            if row["phase"] == "check":
                self.seen[name] = max(self.seen.get(name, 0), repeats)
            elif row["phase"] == "measured" and row["error"] is None and repeats > most.get(name, (0, 0))[0]:
                most[name] = repeats, row["step"]
        unseen = {name: (repeats, step) for name, (repeats, step) in most.items() if repeats > self.seen.get(name, 0)}
        self.seen.update({name: repeats for name, (repeats, _) in unseen.items()})
        return sorted(step for _, step in unseen.values())
