"""The columns of the three tables, which are a contract with whoever reads a run."""

from __future__ import annotations

from dataclasses import fields

from perflab.run import tables
from perflab.run.tables import (
    COUNTER_COLUMNS,
    DTYPES,
    MEASURED,
    REQUEST_COLUMNS,
    SAMPLE_COLUMNS,
    TRACE_COLUMNS,
    Sample,
    reserved_names,
    samples_columns,
)

SAMPLES = """
    round step block position cell role phase indexes queries predecessor started_s
    endpoint method status user
    latency_s app_cpu_s db_cpu_s cache_cpu_s
    query_count duplicate_query_count query_time_s
    cache_hits cache_misses cache_sets cache_deletes
    response_bytes response_digest error
"""


def test_the_columns_of_samples_in_their_order() -> None:
    assert samples_columns(("indexes", "queries")) == tuple(SAMPLES.split())


def test_the_columns_of_trace_and_counters() -> None:
    assert " ".join(TRACE_COLUMNS) == "round step block at_s phase endpoint method path body user affected_by"
    assert COUNTER_COLUMNS[:3] == ("round", "block", "cell")


def test_every_column_has_a_type_and_a_factor_is_text() -> None:
    columns = {*samples_columns(()), *TRACE_COLUMNS, *COUNTER_COLUMNS}
    others = {"rows", "written", "differing", "times", "seconds", "hit", "ttl_s", "bytes", "in_transaction"}
    others |= {"raw_bytes", "pack_s", "unpack_s", "scans", "entries", "durable", "used", "before_s", "after_s"}
    others |= {"request_count", "sample_count", "time_share", "worker_count", "spread_s", "computed_count"}
    others |= {"query_count_at_once", "query_count_alone", "count_due", "count_made"}
    assert columns | others == set(DTYPES)


def test_what_may_be_unknown_can_be_null() -> None:
    never_unknown = {"round", "step", "block", "position"}
    whole = {name for name, kind in DTYPES.items() if kind.startswith("int")}
    assert whole == never_unknown, "lower-case integer types of pandas know no null"


def test_a_sample_is_what_the_worker_knows_of_a_request() -> None:
    assert {f.name for f in fields(Sample)} == {"step", "started_s", "status", *SAMPLE_COLUMNS}


def test_what_is_measured_can_be_asked_for_in_a_claim() -> None:
    assert set(MEASURED) < set(SAMPLE_COLUMNS)
    assert "latency_s" in MEASURED and "response_digest" not in MEASURED


def test_a_factor_cannot_have_the_name_of_a_column() -> None:
    assert {"cell", "latency_s", "user", *REQUEST_COLUMNS} <= reserved_names()
    assert {"rows", "times"} <= reserved_names(), "it would take the type that they have in other tables"
    assert not {"caching", "queries", "indexes"} & reserved_names()


def test_the_version_says_what_it_means() -> None:
    assert tables.SCHEMA_VERSION == 1
