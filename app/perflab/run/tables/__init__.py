"""The tables of a saved run: every column of each of them, declared once.

The worker makes one Sample per request, the experiment adds its place in the run, the writer writes the tables, and the
store reads them. A value that is unknown is None here and null in the files, never 0. Times are in seconds, sizes in bytes.

A measured column is one field of Sample. Its flags decide where else it appears: claims may be about every number,
`effect` makes it a column of the effects, `timed` withholds its verdict while the machine is not steady.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from perflab.run.tables.capacity import CAPACITY_REQUESTS, CAPACITY_WINDOWS
from perflab.run.tables.declaring import (
    BLOCK,
    BODY,
    CELL,
    ENDPOINT,
    EXPECTED,
    FINGERPRINT,
    GOT,
    KIND,
    METHOD,
    PATH,
    PHASE,
    POINTER,
    ROUND,
    SECONDS,
    SOURCE,
    STATEMENT,
    STEP,
    USER,
    DType,
)
from perflab.run.tables.declaring import PARTS as PARTS
from perflab.run.tables.declaring import Column as Column
from perflab.run.tables.declaring import Row as Row
from perflab.run.tables.declaring import Table as Table
from perflab.run.tables.declaring import rows_where as rows_where

# The version of the files in a run's directory. Raise it when a column or a key changes its meaning; schema1.py translates.
#   1  2026-11  first
#   2  2026-11  checks have the phase `check`; effects of one factor are `X from baseline` and `X leave-one-out`
SCHEMA_VERSION = 2


def column(
    dtype: DType,
    *,
    unit: str | None = None,
    title: str | None = None,
    timed: bool = False,
    effect: bool = False,
    more_is_better: bool = False,
) -> Any:
    """Declare a field of Sample as a column of the samples, named as the field; None until something measures it.

    Args:
        dtype: Arrow's name of its type.
        unit: The unit of its values.
        title: What people call it.
        timed: Whether it depends on the machine's speed.
        effect: Whether cells are compared by it.
        more_is_better: Whether an increase is a gain.
    """
    made = Column("", dtype, unit, title, timed=timed, effect=effect, more_is_better=more_is_better)
    return field(default=None, metadata={"column": made})


@dataclass(frozen=True, slots=True)
class Sample:
    """One request as the worker measured it: its outcome and its cost.

    `error` is None or one line; with an error, the times are those until the failure. `response_digest` is the hash of status,
    compared headers and canonical body without the endpoint's ignored fields, see response.py: those that the worker knows of.
    A row of the table has the final digest, without the fields that the comparison of this very response found to be volatile.
    `started_s` is a reading of the monotonic clock, which all processes share; the experiment subtracts its start.
    """

    step: int
    started_s: float
    status: int | None
    latency_s: float | None = column("float64", unit="s", title="service time", timed=True, effect=True)
    app_cpu_s: float | None = column("float64", unit="s", title="application CPU", timed=True, effect=True)
    db_cpu_s: float | None = column("float64", unit="s", title="database CPU", timed=True, effect=True)
    cache_cpu_s: float | None = column("float64", unit="s", title="cache CPU", timed=True, effect=True)
    query_count: int | None = column("int32", unit="queries", title="queries", effect=True)
    duplicate_query_count: int | None = column("int32", unit="queries", title="repeated queries", effect=True)
    query_time_s: float | None = column("float64", unit="s", title="time in queries", timed=True, effect=True)
    query_app_cpu_s: float | None = column("float64", unit="s", title="application CPU in queries", timed=True)
    commit_time_s: float | None = column("float64", unit="s", title="time in COMMIT", timed=True, effect=True)
    connects: int | None = column("int32", unit="connections", title="new database connections")
    cache_hits: int | None = column("int32", unit="operations", more_is_better=True)
    cache_misses: int | None = column("int32", unit="operations")
    cache_sets: int | None = column("int32", unit="operations")
    cache_deletes: int | None = column("int32", unit="operations")
    response_bytes: int | None = column("int64", unit="bytes", title="response size")
    response_digest: str | None = column("string")
    error: str | None = column("string")


SAMPLE_COLUMNS = tuple(
    replace(f.metadata["column"], name=f.name) for f in fields(Sample) if "column" in f.metadata
)  # fmt: skip

# What stands before a line of a package in `source`, where no line of the project is responsible.
THIRD_PARTY = "third-party code: "

SAMPLES = Table(
    "samples",
    (
        ROUND, STEP, BLOCK, Column("position", "int16", nullable=False), CELL, Column("role"), PHASE,
        Column("predecessor"), Column("started_s", "float64", "s"), ENDPOINT, METHOD, Column("status", "int16"), USER,
        *SAMPLE_COLUMNS,
    ),
    has_levels=True,
)  # fmt: skip
TRACE = Table(
    "trace",
    (
        ROUND, STEP, BLOCK, Column("at_s", "float64", "s"), PHASE, ENDPOINT, METHOD, PATH, BODY, USER,
        Column("affected_by", "int32"),
    ),
)  # fmt: skip
# One row per request of before the rounds that wrote, or whose response no cache served, with its digest.
BEFORE = Table("before", (*TRACE.columns, Column("writes", "bool"), Column("response_digest")), per_round=False)
# What the servers counted in a warm-up or measured block of a cell, and the memory of its worker at the block's end.
COUNTERS = Table(
    "counters",
    (
        ROUND, BLOCK, CELL, Column("wal_bytes", "int64", "bytes"), Column("buffers_hit", "int64"),
        Column("buffers_read", "int64"), Column("rows_read", "int64", "rows"), Column("cache_server_hits", "int64"),
        Column("cache_server_misses", "int64"), Column("cache_server_bytes", "int64", "bytes"),
        Column("memory_bytes", "int64", "bytes"),
    ),
)  # fmt: skip
# One row per place where a response is not the baseline's.
DIFFERENCES = Table("differences", (ROUND, STEP, CELL, ENDPOINT, POINTER, KIND, EXPECTED, GOT))
# One row per round, cell and table that a round wrote to, with the first difference from the baseline's, if there is one.
WRITTEN = Table(
    "tables",
    (
        ROUND, CELL, Column("table"), Column("rows", "int64", "rows"), Column("written", "int64", "rows"),
        Column("differing", "int64", "rows"), POINTER, KIND, EXPECTED, GOT,
    ),
)  # fmt: skip
# One row per check, cell and query text (literals aside): how often it ran in that one request, and from where.
QUERIES = Table(
    "queries",
    (
        ROUND, STEP, CELL, ENDPOINT, FINGERPRINT, Column("sql"), Column("times", "int32"), SECONDS,
        Column("rows", "int64", "rows"), SOURCE, Column("relation"), STATEMENT,
    ),
)  # fmt: skip
# One row per cache operation of a check. `raw_bytes`, `pack_s` and `unpack_s` are those of a compressed entry;
# `together`: one call was given several keys. `taken_back`: the request's own hit of this key does not count.
# `counts`: a set of what the request found there, counted on.
OPERATIONS = Table(
    "operations",
    (
        ROUND, STEP, CELL, ENDPOINT, Column("name"), Column("key"), Column("hit", "bool"), Column("ttl_s", "float64", "s"),
        Column("bytes", "int64", "bytes"), SOURCE, Column("in_transaction", "bool"), Column("raw_bytes", "int64", "bytes"),
        Column("pack_s", "float64", "s"), Column("unpack_s", "float64", "s"), Column("together", "bool"),
        Column("taken_back", "bool"), Column("counts", "bool"),
    ),
)  # fmt: skip
# One row per round, cell and index: how often the round's traffic scanned it, and how many of its entries were read.
USAGE = Table("usage", (ROUND, CELL, Column("index"), Column("scans", "int64"), Column("entries", "int64")))
DURABLE = Column("durable", "bool")  # in the index study: whether the database waited for its disk
INDEX_STUDY = Table("ledger", (*SAMPLES.columns, DURABLE), has_levels=True)
INDEX_STUDY_COUNTERS = Table("ledger_counters", (*COUNTERS.columns, DURABLE))
# One row per endpoint and part of the time, see PARTS. Where `source` is not null the row is one of the endpoint's heaviest
# lines of the project's code instead, and `part` is null. `request_count`: how many of the endpoint's requests were profiled.
PROFILE = Table(
    "profile",
    (
        ENDPOINT, Column("part"), SOURCE, Column("request_count", "int32", "requests"), Column("sample_count", "int32"),
        SECONDS, Column("time_share", "float64", "share"),
    ),
    per_round=False,
)  # fmt: skip
# kind `stampede`: one row per request that all workers sent at once: how many of them computed the response, and with how
# many queries. kind `counter`: one row per counter that they incremented: `count_due` one after the other, `count_made` at once.
# kind `serial`: one row per endpoint: while a worker was held up for `held_s` as it computed the response to the path `key`, the
# response to another one took another worker `waited_s` longer than the `alone_s` that it takes by itself.
CONCURRENCY = Table(
    "burst",
    (
        KIND, ENDPOINT, METHOD, PATH, USER, Column("worker_count", "int16"), Column("spread_s", "float64", "s"),
        Column("computed_count", "int16"), Column("query_count_at_once", "int32", "queries"),
        Column("query_count_alone", "int32", "queries"), Column("key"), Column("count_due", "int64"),
        Column("count_made", "int64"), *(Column(name, "float64", "s") for name in ("held_s", "alone_s", "waited_s")),
    ),
    per_round=False,
)  # fmt: skip
# One row per cell and query text of the checks: the plan of the slowest such query (JSON), and how long it took by itself.
# `open_order`: what it sorts by, if rows of its result have the same sort keys; UNSORTED for several rows without an ORDER BY.
UNSORTED = "unsorted"
OPEN_ORDER = Column("open_order")
PLANS = Table("plans", (CELL, ENDPOINT, FINGERPRINT, STATEMENT, SECONDS, Column("plan"), OPEN_ORDER), per_round=False)
# One row per index that a plan suggests: the query's time without and with it, whether it was used, the rows it spares sorting.
SUGGESTIONS = Table(
    "suggestions",
    (
        ENDPOINT, FINGERPRINT, SOURCE, Column("table"), Column("model"), Column("columns"), Column("instead_of"),
        Column("before_s", "float64", "s"), Column("after_s", "float64", "s"), Column("used", "bool"),
        Column("bytes", "int64", "bytes"), Column("sorted_rows", "float64", "rows"),
    ),
    per_round=False,
)  # fmt: skip
TABLES = {
    table.name: table
    for table in (
        SAMPLES, TRACE, COUNTERS, DIFFERENCES, WRITTEN, QUERIES, OPERATIONS, USAGE, INDEX_STUDY, INDEX_STUDY_COUNTERS,
        PROFILE, CONCURRENCY, PLANS, SUGGESTIONS, BEFORE, CAPACITY_WINDOWS, CAPACITY_REQUESTS,
    )
}  # fmt: skip

# The columns of the samples that are numbers: a claim can be about each of them.
MEASURED = tuple(column.name for column in SAMPLE_COLUMNS if column.dtype != "string")


def reserved_names() -> frozenset[str]:
    """Return the names that a factor may not have, because a table with a column per factor has a column of that name."""
    return frozenset(name for table in TABLES.values() if table.has_levels for name in table.names)
