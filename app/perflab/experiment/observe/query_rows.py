"""The queries of one request as rows of the table `queries`, by their fingerprint.

The worker records each query's text as it is; parsing it takes longer than most queries, and is left to this process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from perflab.analysis.database.fingerprint import fingerprint
from perflab.run.tables import Row
from perflab.worker.probes.detail import Query


def query_rows(queries: Iterable[Query]) -> Iterator[Row]:
    """Yield a row for each fingerprint among the queries of one request.

    `times` is how often it ran, `seconds` and `rows` are the sums over those, `sql` is the first's, `source` the line that
    made most of them, `statement` is the slowest's. `rows` is None where the database reported none.
    """
    by_fingerprint: dict[str, list[Query]] = {}
    for query in queries:
        by_fingerprint.setdefault(fingerprint(query.sql), []).append(query)
    for text, group in by_fingerprint.items():
        rows = [query.rows for query in group if query.rows is not None]
        yield {
            "fingerprint": text,
            "sql": group[0].sql,
            "times": len(group),
            "seconds": sum(query.seconds for query in group),
            "rows": sum(rows) if rows else None,
            "source": Counter(query.source for query in group).most_common(1)[0][0],
            "relation": next((query.relation for query in group if query.relation), None),
            "statement": max(group, key=lambda query: query.seconds).statement,
        }
