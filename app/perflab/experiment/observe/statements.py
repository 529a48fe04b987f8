"""The number of statements that each cell's databases received in a round, beside the number that Django sent.

More than Django sent came past its wrappers: a cursor of the driver's own, a connection of the project's own. Costs one query
of the server's counts for each cell, after the round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from perflab.analysis.database.fingerprint import fingerprint
from perflab.experiment.replay.loop import Replay
from perflab.servers.aliases.layout import name_of
from perflab.servers.database import SQLITE, Database
from perflab.worker.probes.queries import is_compared

# The lab's own, the worker's last statement of a block and what reads or warms a clone; and the checks of deferred keys, which
# the server counts like a client's statements because it makes them in COMMIT.
NOT_A_CLIENTS = (
    "pg_stat_force_next_flush", "perflab.", "pg_extension", "pg_stat_user_", "to_regclass", "OPERATOR(pg_catalog.",
)  # fmt: skip
PLACEHOLDER = re.compile(r"\$\d+|%s|\?")
MAX_TEXTS = 3


def received(
    server: Database, databases: Mapping[str, str], others: Iterable[str], replay: Replay
) -> list[dict[str, Any]]:
    """Return the two counts of each cell, for run.json; a cell whose counts are unknown is left out.

    SQLite counts nothing itself: there the two counts are of the checks, whose statements it tells one by one.

    Args:
        server: The database server.
        databases: The database of each cell.
        others: The aliases that have databases of their own.
        replay: The round. A text that is none of its recorded queries' is named as an example.
    """
    recorded = {_comparable(str(row["sql"])) for row in replay.rows.queries}
    rows = []
    for cell, database in databases.items():
        if server.vendor == SQLITE:
            own = [row for row in replay.rows.queries if row["cell"] == cell and is_compared(str(row["sql"]))]
            sent: int | None = sum(int(row["times"]) for row in own)
            unseen = dict(replay.bypassing.get(cell, {}))
            total = (sent or 0) + sum(unseen.values())
        else:
            sent = replay.sent.get(cell)
            calls = server.statements([database, *(name_of(database, alias) for alias in others)])
            if sent is None or calls is None:
                continue
            compared = {
                text: n
                for text, n in calls.items()
                if is_compared(text) and not any(part in text for part in NOT_A_CLIENTS)
            }
            total = sum(compared.values())
            unseen = {text: n for text, n in compared.items() if recorded and _comparable(text) not in recorded}
        most = sorted(unseen.items(), key=lambda item: (-item[1], item[0]))[:MAX_TEXTS]
        rows.append(
            {
                "round": replay.conditions.number,
                "cell": cell,
                "sent": sent,
                "received": total,
                "unseen": [{"sql": text, "times": times} for text, times in most],
            }
        )
    return rows


def _comparable(text: str) -> str:
    """Return a statement so that Django's text and the server's are alike: values and placeholders are the same."""
    return PLACEHOLDER.sub("?", fingerprint(PLACEHOLDER.sub("%s", text)))
