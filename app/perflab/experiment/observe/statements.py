"""The number of statements that each cell's databases received, beside the number that Django sent.

More than Django sent came past its wrappers: a cursor of the driver's own, a connection of the project's own. Counted in the
warm-up and in the checks of a round, which execute every kind of request, and not in between: counting takes the backend's CPU.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from perflab.analysis.database.fingerprint import fingerprint
from perflab.experiment.replay.loop import Replay
from perflab.servers.aliases.layout import name_of
from perflab.servers.database import SQLITE, Database
from perflab.worker.probes.queries import is_compared
from perflab.workload.steps import Block

# How often each database got each statement.
Calls = Mapping[str, Mapping[str, int]]

# The lab's own, the worker's last statement of a block and what reads or warms a clone; and the checks of deferred keys, which
# the server counts like a client's statements because it makes them in COMMIT.
NOT_A_CLIENTS = (
    "pg_stat_force_next_flush", "perflab.", "pg_extension", "pg_stat_user_", "to_regclass", "OPERATOR(pg_catalog.",
)  # fmt: skip
PLACEHOLDER = re.compile(r"\$\d+|%s|\?")
MAX_TEXTS = 3


class StatementCounts:
    """Count what the databases of a round receive in its warm-up and its checks.

    Args:
        server: The database server.
        others: The aliases that have databases of their own.
    """

    def __init__(self, server: Database, others: Iterable[str]) -> None:
        self._server = server
        self._others = tuple(others)
        self._calls: Calls | None = {}

    def until_measured(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """Yield a round's blocks, and count until the first measured one."""
        self._server.count_statements(True)
        counting = True
        for steps in blocks:
            if counting and steps[0].is_measured:
                self._calls = self._server.statements()
                self._server.count_statements(False)
                counting = False
            yield steps

    @contextmanager
    def checking(self) -> Iterator[None]:
        """Count what the checks send."""
        self._server.count_statements(True)
        before = self._server.statements()
        try:
            yield
        finally:
            self._calls = _sum(self._calls, before, self._server.statements())
            self._server.count_statements(False)

    def rows(self, databases: Mapping[str, str], replay: Replay) -> list[dict[str, Any]]:
        """Return the two counts of each cell, for run.json; a cell whose counts are unknown is left out.

        SQLite counts nothing itself: there the two counts are of the checks, whose statements it tells one by one.

        Args:
            databases: The database of each cell.
            replay: The round. A text that is none of its recorded queries' is named as an example.
        """
        recorded = {_comparable(str(row["sql"])) for row in replay.rows.queries}
        rows = []
        for cell, database in databases.items():
            sent: int | None
            if self._server.vendor == SQLITE:
                own = [row for row in replay.rows.queries if row["cell"] == cell and is_compared(str(row["sql"]))]
                unseen = dict(replay.bypassing.get(cell, {}))
                sent = sum(int(row["times"]) for row in own)
                total = sent + sum(unseen.values())
            else:
                sent, calls = replay.sent.get(cell), self._of(database)
                if sent is None or calls is None:
                    continue
                total = sum(calls.values())
                unseen = {text: n for text, n in calls.items() if recorded and _comparable(text) not in recorded}
            most = sorted(unseen.items(), key=lambda item: (-item[1], item[0]))[:MAX_TEXTS]
            texts = [{"sql": text, "times": times} for text, times in most]
            place = {"round": replay.conditions.number, "cell": cell}
            rows.append({**place, "sent": sent, "received": total, "unseen": texts})
        return rows

    def _of(self, database: str) -> Counter[str] | None:
        """Return the statements that a cell's databases received from clients, as far as they are compared."""
        if self._calls is None:
            return None
        calls: Counter[str] = Counter()
        for name in (database, *(name_of(database, alias) for alias in self._others)):
            for text, times in self._calls.get(name, {}).items():
                if is_compared(text) and not any(part in text for part in NOT_A_CLIENTS):
                    calls[text] += times
        return calls


def _sum(first: Calls | None, before: Calls | None, after: Calls | None) -> Calls | None:
    """Return what was counted first, and between two readings later; None where one of them is unknown."""
    if first is None or before is None or after is None:
        return None
    return {
        database: {
            text: first.get(database, {}).get(text, 0) + times - before.get(database, {}).get(text, 0)
            for text, times in calls.items()
        }
        for database, calls in after.items()
    }


def _comparable(text: str) -> str:
    """Return a statement so that Django's text and the server's are alike: values and placeholders are the same."""
    return PLACEHOLDER.sub("?", fingerprint(PLACEHOLDER.sub("%s", text)))
