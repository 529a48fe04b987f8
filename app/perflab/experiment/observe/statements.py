"""The number of statements that each cell's databases received in a round, beside the number that Django sent.

More than Django sent came past its wrappers: a cursor of the driver's own, a connection of the project's own. Costs one query
of the server's counts for each cell, after the round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from perflab.analysis.database.fingerprint import fingerprint
from perflab.run.tables import Row
from perflab.servers.aliases.layout import name_of
from perflab.servers.database import Database
from perflab.worker.probes.queries import is_compared

# The lab's own: the worker's last statement of a block, and what reads or warms a clone.
OWN = ("pg_stat_force_next_flush", "perflab.", "pg_extension", "pg_stat_user_", "to_regclass")
PLACEHOLDER = re.compile(r"\$\d+|%s|\?")
MAX_TEXTS = 3


def received(
    server: Database,
    number: int,
    databases: Mapping[str, str],
    others: Iterable[str],
    sent: Mapping[str, int | None],
    queries: Iterable[Row],
) -> list[dict[str, Any]]:
    """Return the two counts of each cell, for run.json; a cell whose counts are unknown is left out.

    Args:
        server: The database server.
        number: Number of the round.
        databases: The database of each cell.
        others: The aliases that have databases of their own.
        sent: How many statements each cell sent through Django.
        queries: The recorded queries of the checks: a text that is none of theirs is named as an example.
    """
    recorded = {_comparable(str(row["sql"])) for row in queries}
    rows = []
    for cell, database in databases.items():
        through_django = sent.get(cell)
        calls = server.statements([database, *(name_of(database, alias) for alias in others)])
        if through_django is None or calls is None:
            continue
        compared = {text: n for text, n in calls.items() if is_compared(text) and not any(own in text for own in OWN)}
        unseen = sorted((n, text) for text, n in compared.items() if _comparable(text) not in recorded)[: -MAX_TEXTS - 1 : -1]
        rows.append(
            {
                "round": number,
                "cell": cell,
                "sent": through_django,
                "received": sum(compared.values()),
                "unseen": [{"sql": text, "times": n} for n, text in unseen] if recorded else [],
            }
        )
    return rows


def _comparable(text: str) -> str:
    """Return a statement so that Django's text and the server's are alike: values and placeholders are the same."""
    return PLACEHOLDER.sub("?", fingerprint(PLACEHOLDER.sub("%s", text)))
