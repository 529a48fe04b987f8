"""The tables of a saved run: every column of each of them, declared once.

The worker makes one Sample per request, the experiment adds its place in the run, the writer writes the tables, and the
store reads them. A value that is unknown is None here and null in the files, never 0. Times are in seconds, sizes in bytes.

A measured column is one field of Sample. Its flags decide where else it appears: claims may be about every number,
`effect` makes it a column of the effects, `timed` withholds its verdict while the machine is not steady.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

# The version of the files in a run's directory. Raise it when a column or a key changes its meaning; schema1.py translates.
#   1  2026-11  first
#   2  2026-11  checks have the phase `check`; effects of one factor are `X from baseline` and `X leave-one-out`
SCHEMA_VERSION = 2

Row = dict[str, Any]
DType = Literal["bool", "int16", "int32", "int64", "float64", "string"]  # as Arrow names them

# What pandas calls a column that may be null; the others keep their name.
NULLABLE = {"bool": "boolean", "int16": "Int16", "int32": "Int32", "int64": "Int64"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    `title` is what people call it. For a measured column, `timed` means that it depends on the machine's speed, `effect` that
    cells are compared by it, and `more_is_better` that an increase is a gain.
    """

    name: str
    dtype: DType = "string"
    unit: str | None = None
    title: str | None = None
    nullable: bool = True
    timed: bool = False
    effect: bool = False
    more_is_better: bool = False

    @property
    def pandas_dtype(self) -> str:
        """The dtype of this column in a DataFrame."""
        return NULLABLE.get(self.dtype, self.dtype) if self.nullable else self.dtype


@dataclass(frozen=True)
class Table:
    """One table of a run, a folder of its own. `per_round`: one file per round, or one for the whole run.

    `has_levels`: it has one column per factor, after `phase`, which says whether the factor was off or on.
    """

    name: str
    columns: tuple[Column, ...]
    per_round: bool = True
    has_levels: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def dtypes(self) -> dict[str, str]:
        """The dtype in pandas of each column."""
        return {column.name: column.pandas_dtype for column in self.columns}

    def with_factors(self, factors: Sequence[str]) -> Table:
        """Return this table with a column of text for each factor; itself where it has no levels."""
        if not self.has_levels:
            return self
        place = self.names.index("phase") + 1
        levels = (Column(name) for name in factors)
        return replace(self, columns=(*self.columns[:place], *levels, *self.columns[place:]), has_levels=False)

    @cached_property
    def schema(self) -> Any:
        """The table as a `pyarrow.Schema`, each field with its unit and title."""
        import pyarrow as pa

        def described(column: Column) -> Any:
            metadata = {key: text for key in ("unit", "title") if (text := getattr(column, key))}
            return pa.field(column.name, pa.type_for_alias(column.dtype), nullable=column.nullable, metadata=metadata)

        return pa.schema([described(column) for column in self.columns])

    def frame(self, rows: Iterable[Row]) -> pd.DataFrame:
        """Return rows as a DataFrame with exactly these columns, typed; a value that a row lacks is null."""
        import pandas as pd

        return pd.DataFrame.from_records(list(rows), columns=list(self.names)).astype(self.dtypes)


def rows_where(table: pd.DataFrame, /, **values: object) -> pd.DataFrame:
    """Return the rows of a DataFrame in which each of these columns has this value; null equals nothing."""
    for column, value in values.items():
        table = table[(table[column] == value).to_numpy(bool, na_value=False)]
    return table


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

ROUND, STEP, BLOCK = (Column(name, "int32", nullable=False) for name in ("round", "step", "block"))
CELL, PHASE, ENDPOINT, METHOD, PATH, BODY, USER = map(
    Column, ("cell", "phase", "endpoint", "method", "path", "body", "user")
)
# A place in a response and the two values there: `expected` and `got` are JSON.
POINTER, KIND, EXPECTED, GOT = map(Column, ("pointer", "kind", "expected", "got"))
FINGERPRINT, STATEMENT, SOURCE = map(Column, ("fingerprint", "statement", "source"))
SECONDS = Column("seconds", "float64", "s")
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
        PROFILE, CONCURRENCY, PLANS, SUGGESTIONS, BEFORE,
    )
}  # fmt: skip

# What a sampled stack belongs to; worker/probes/stacks.py has the rule.
PARTS = ("database", "cache", "orm", "serialising", "middleware", "application", "framework")

# The columns of the samples that are numbers: a claim can be about each of them.
MEASURED = tuple(column.name for column in SAMPLE_COLUMNS if column.dtype != "string")


def reserved_names() -> frozenset[str]:
    """Return the names that a factor may not have, because a table with a column per factor has a column of that name."""
    return frozenset(name for table in TABLES.values() if table.has_levels for name in table.names)
