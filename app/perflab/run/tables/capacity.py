"""The tables of the load test."""

from __future__ import annotations

from perflab.run.tables.declaring import CELL, ENDPOINT, KIND, METHOD, PARTS, POOL, ROUND, SECONDS, STEP, Column, Table

# One row per window of the load test: a cell under one rate of requests. `kind`: one of WINDOW_KINDS. CPU times are those of all
# processes of a kind together; `in_*` and `on_locks` are mean numbers of busy threads by where they are, and of backends.
THREAD_STATES = (*PARTS, POOL)
SETTLE, NEAR, FAR, OVERLOAD, RECOVERY = WINDOW_KINDS = ("settle", "near", "far", "overload", "recovery")
WINDOW = Column("window", "int32", nullable=False)
CAPACITY_WINDOWS = Table(
    "capacity_windows",
    (
        ROUND, WINDOW, CELL, KIND, Column("rate_per_s", "float64", "1/s"), SECONDS, Column("app_cpu_s", "float64", "s"),
        Column("db_cpu_s", "float64", "s"), Column("cache_cpu_s", "float64", "s"), Column("generator_cpu_s", "float64", "s"),
        Column("connections", "int32", "connections"), Column("on_locks", "float64"), Column("on_disk", "float64"),
        *(Column(f"in_{state}", "float64") for state in THREAD_STATES),
    ),
)  # fmt: skip
# One row per request of the load test. `intended_s` is when it was to be sent, from the beginning of its window, as the other
# times; `served_s` and `served_cpu_s` what the server's thread spent on it, null where the server does not tell.
CAPACITY_REQUESTS = Table(
    "capacity_requests",
    (
        ROUND, WINDOW, CELL, ENDPOINT, METHOD, STEP,
        *(Column(name, "float64", "s") for name in ("intended_s", "sent_s", "first_byte_s", "last_byte_s")),
        Column("status", "int16"), Column("response_bytes", "int64", "bytes"), Column("error"),
        Column("served_s", "float64", "s"), Column("served_cpu_s", "float64", "s"),
    ),
)  # fmt: skip
