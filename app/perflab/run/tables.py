"""What a measurement is: the columns of the three tables, and the values that travel between worker and store.

The worker makes one Sample per request, the experiment adds where in the run it stands, the store writes tables.
Unknown is None here and null in the files, never 0. Times are in seconds, sizes in bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# The version of the files in a run's directory. Raise it when a column or a key changes its meaning.
#   1  2026-11  first
SCHEMA_VERSION = 1

Row = dict[str, Any]

PLACE_COLUMNS = ("round", "step", "block", "position", "cell", "role", "phase")
REQUEST_COLUMNS = ("predecessor", "started_s", "endpoint", "method", "status", "user")
SAMPLE_COLUMNS = (
    "latency_s",
    "app_cpu_s",
    "db_cpu_s",
    "cache_cpu_s",
    "query_count",
    "duplicate_query_count",
    "query_time_s",
    "cache_hits",
    "cache_misses",
    "cache_sets",
    "cache_deletes",
    "response_bytes",
    "response_digest",
    "error",
)
TRACE_COLUMNS = ("round", "step", "block", "at_s", "phase", "endpoint", "method", "path", "body", "user", "affected_by")
COUNTER_COLUMNS = (
    "round",
    "block",
    "cell",
    "wal_bytes",
    "buffers_hit",
    "buffers_read",
    "rows_read",
    "cache_server_hits",
    "cache_server_misses",
    "cache_server_bytes",
)
# One per place where an answer is not the baseline's; what was expected and what came is JSON text.
DIFFERENCE_COLUMNS = ("round", "step", "cell", "endpoint", "pointer", "kind", "expected", "got")
# One per round, cell and table that a round wrote to, with the first difference from the baseline's, if there is one.
TABLE_COLUMNS = (
    "round", "cell", "table", "rows", "written", "differing", "pointer", "kind", "expected", "got",
)  # fmt: skip
# One per check, cell and query text (literals aside): how often it ran in that one request, and whence.
QUERY_COLUMNS = (
    "round", "step", "cell", "endpoint", "fingerprint", "sql", "times", "seconds", "rows", "source", "relation",
    "statement",
)  # fmt: skip
# One per operation on a key of a cache, of the checks. `raw_bytes`, `pack_s` and `unpack_s`: of an entry that is compressed.
OPERATION_COLUMNS = (
    "round", "step", "cell", "endpoint", "name", "key", "hit", "ttl_s", "bytes", "source", "in_transaction",
    "raw_bytes", "pack_s", "unpack_s",
)  # fmt: skip
# What a sampled stack belongs to; worker/probes/stacks.py has the rule.
PARTS = ("database", "cache", "orm", "serialising", "middleware", "application", "framework")
# One per endpoint and part, where a sampled profile saw its time go. Where `source` is not null it is one of the endpoint's
# heaviest lines of the project's instead, and `part` is null. `request_count`: how many of the endpoint were profiled.
PROFILE_COLUMNS = ("endpoint", "part", "source", "request_count", "sample_count", "seconds", "time_share")
# kind `stampede`: one per request that all workers asked at once, and how many of them computed its answer, with how many
# queries. kind `counter`: one per counter that they counted in; one after the other they add `count_due`, at once `count_made`.
BURST_COLUMNS = (
    "kind", "endpoint", "method", "path", "user", "worker_count", "spread_s", "computed_count", "query_count_at_once",
    "query_count_alone", "key", "count_due", "count_made",
)  # fmt: skip

# One per round, cell and index: how often it was scanned by the round's traffic, and how many of its entries were read.
USAGE_COLUMNS = ("round", "cell", "index", "scans", "entries")
# One per cell and query text of the checks: the plan of the slowest one (JSON), and how long that took alone.
PLAN_COLUMNS = ("cell", "endpoint", "fingerprint", "statement", "seconds", "plan")
# One per index that a plan asks for: how long the query took without it and with it, and whether the plan then used it.
SUGGESTION_COLUMNS = (
    "endpoint", "fingerprint", "source", "table", "model", "columns", "instead_of", "before_s", "after_s", "used", "bytes",
)  # fmt: skip

# The phase of a run in which its databases are compared, as run.json calls it.
TABLES_PHASE = "compare databases"

# What a request can be asked for, so that a factor or a claim cannot take the name of something else.
MEASURED = tuple(c for c in SAMPLE_COLUMNS if c not in ("response_digest", "error"))

DTYPES = {
    "round": "int32", "step": "int32", "block": "int32", "position": "int16",
    "cell": "string", "role": "string", "phase": "string", "predecessor": "string",
    "started_s": "float64", "at_s": "float64",
    "endpoint": "string", "method": "string", "status": "Int16", "user": "string", "path": "string", "body": "string",
    "affected_by": "Int32",
    "latency_s": "float64", "app_cpu_s": "float64", "db_cpu_s": "float64", "cache_cpu_s": "float64",
    "query_count": "Int32", "duplicate_query_count": "Int32", "query_time_s": "float64",
    "cache_hits": "Int32", "cache_misses": "Int32", "cache_sets": "Int32", "cache_deletes": "Int32",
    "response_bytes": "Int64", "response_digest": "string", "error": "string",
    "wal_bytes": "Int64", "buffers_hit": "Int64", "buffers_read": "Int64", "rows_read": "Int64",
    "rows": "Int64", "written": "Int64", "differing": "Int64",
    "times": "Int32", "seconds": "float64", "hit": "boolean", "ttl_s": "float64", "bytes": "Int64",
    "in_transaction": "boolean", "raw_bytes": "Int64", "pack_s": "float64", "unpack_s": "float64",
    "scans": "Int64", "entries": "Int64",
    "before_s": "float64", "after_s": "float64", "used": "boolean", "durable": "boolean",
    "request_count": "Int32", "sample_count": "Int32", "time_share": "float64",
    "worker_count": "Int16", "spread_s": "float64", "computed_count": "Int16", "query_count_at_once": "Int32",
    "query_count_alone": "Int32", "count_due": "Int64", "count_made": "Int64",
    "cache_server_hits": "Int64", "cache_server_misses": "Int64", "cache_server_bytes": "Int64",
}  # fmt: skip


def samples_columns(factors: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of the samples table, in order, with one column per factor."""
    return (*PLACE_COLUMNS, *factors, *REQUEST_COLUMNS, *SAMPLE_COLUMNS)


def reserved_names() -> frozenset[str]:
    """Names that a factor may not have, because they are columns: of the samples, or of a table whose type they would take."""
    return frozenset({*samples_columns(()), *DTYPES})


@dataclass(frozen=True, slots=True)
class Sample:
    """One measured request, as the worker sends it: what was asked, what was answered and what it cost.

    `error` is None or one line; then the times say how long it took to fail. `response_digest` is the hash of status, compared
    headers and canonical body without the endpoint's ignored fields, see response.py: those that the worker knows of. A row of
    the table has the final digest, without the fields that the comparison of this very response found to be volatile.
    `started_s` is a reading of the monotonic clock, which all processes share; the experiment subtracts its start.
    """

    step: int
    started_s: float
    status: int | None
    latency_s: float | None
    app_cpu_s: float | None
    db_cpu_s: float | None
    cache_cpu_s: float | None
    query_count: int | None
    duplicate_query_count: int | None
    query_time_s: float | None
    cache_hits: int | None
    cache_misses: int | None
    cache_sets: int | None
    cache_deletes: int | None
    response_bytes: int | None
    response_digest: str | None
    error: str | None
