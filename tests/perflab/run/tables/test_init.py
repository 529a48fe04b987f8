"""The tables of a run, whose columns are a contract with everybody who reads one."""

from __future__ import annotations

from dataclasses import fields

import pandas as pd
import pyarrow as pa
import pytest

from perflab.run import tables
from perflab.run.tables import (
    COUNTERS,
    INDEX_STUDY,
    MEASURED,
    SAMPLE_COLUMNS,
    SAMPLES,
    TABLES,
    TRACE,
    Column,
    Sample,
    Table,
    reserved_names,
    rows_where,
)

NAMES = """
    round step block position cell role phase indexes queries predecessor started_s
    endpoint method status user
    latency_s app_cpu_s db_cpu_s cache_cpu_s
    query_count duplicate_query_count query_time_s query_app_cpu_s commit_time_s connects
    cache_hits cache_misses cache_sets cache_deletes
    response_bytes response_digest error
"""


def test_the_columns_of_samples_in_their_order() -> None:
    assert SAMPLES.with_factors(("indexes", "queries")).names == tuple(NAMES.split())
    assert INDEX_STUDY.with_factors(("indexes", "queries")).names == (*NAMES.split(), "durable")


def test_only_tables_with_levels_have_columns_for_factors() -> None:
    assert [name for name, table in TABLES.items() if table.has_levels] == ["samples", "ledger"]
    assert TRACE.with_factors(("indexes",)) is TRACE


def test_the_columns_of_trace_and_counters() -> None:
    assert " ".join(TRACE.names) == "round step block at_s phase endpoint method path body user affected_by"
    assert COUNTERS.names[:3] == ("round", "block", "cell")


def test_there_are_seventeen_tables_each_with_every_column_once() -> None:
    assert len(TABLES) == 17
    for table in TABLES.values():
        assert len(set(table.names)) == len(table.columns), table.name


def test_only_the_place_of_a_row_is_never_unknown() -> None:
    assert {c.name for t in TABLES.values() for c in t.columns if not c.nullable} == {
        "round",
        "step",
        "block",
        "position",
        "window",
    }
    whole = {name for table in TABLES.values() for name, dtype in table.dtypes.items() if dtype.startswith("int")}
    assert whole == {"round", "step", "block", "position", "window"}, "lower-case integer types of pandas know no null"


def test_a_unit_is_what_the_name_ends_in() -> None:
    for table in TABLES.values():
        for column in table.columns:
            unit = "1/s" if column.name.endswith("_per_s") else "s"
            assert not column.name.endswith("_s") or column.unit == unit, column
            assert not column.name.endswith("_bytes") or column.unit == "bytes", column


def test_a_schema_is_arrows_with_units_and_titles() -> None:
    schema = SAMPLES.with_factors(("caching",)).schema
    assert schema.field("latency_s").type == pa.float64()
    assert schema.field("latency_s").metadata == {b"unit": b"s", b"title": b"service time"}
    assert not schema.field("round").nullable and schema.field("status").nullable
    assert schema.field("caching").type == pa.string()


def test_a_measured_column_is_one_field_of_sample() -> None:
    declared = {f.name: f.metadata["column"] for f in fields(Sample) if "column" in f.metadata}
    assert [column.name for column in SAMPLE_COLUMNS] == [*declared]
    assert {f.name for f in fields(Sample)} - {*declared} == {"step", "started_s", "status"}
    sample = Sample(step=1, started_s=0.5, status=200)
    assert {getattr(sample, name) for name in declared} == {None}, "what nothing measures is unknown"


def test_what_is_measured_can_be_claimed() -> None:
    assert set(MEASURED) < {column.name for column in SAMPLE_COLUMNS}
    assert "latency_s" in MEASURED and "response_digest" not in MEASURED


def test_a_factor_cannot_have_the_name_of_a_column_beside_its_own() -> None:
    assert {"cell", "latency_s", "user", "predecessor", "status"} <= reserved_names()
    assert "durable" in reserved_names(), "the index study has a column of that name, and one per factor"
    free = {"rows", "bytes", "hit", "used", "times", "seconds", "scans", "entries", "written"}
    assert not {*free, "caching", "queries", "indexes"} & reserved_names(), "columns of tables without levels are free"


def test_rows_are_typed_and_what_they_lack_is_null() -> None:
    table = Table(
        "x",
        (Column("number", "int32"), Column("flag", "bool"), Column("text"), Column("place", "int16", nullable=False)),
    )
    frame = table.frame([{"number": 1, "place": 3}, {"flag": True, "text": "a", "place": 4}])
    assert [str(dtype) for dtype in frame.dtypes] == ["Int32", "boolean", "string", "int16"]
    assert frame["number"].tolist() == [1, pd.NA] and frame["flag"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [({"cell": "a"}, [0, 2]), ({"cell": "a", "n": 2}, [2]), ({"cell": "x"}, []), ({}, [0, 1, 2, 3])],
)
def test_rows_where_columns_have_values(wanted: dict[str, object], rows: list[int]) -> None:
    table = pd.DataFrame({"cell": ["a", "b", "a", None], "n": [1, 2, 2, None]}).astype({"cell": "string", "n": "Int32"})
    assert rows_where(table, **wanted).index.tolist() == rows


def test_the_version_says_what_it_means() -> None:
    assert tables.SCHEMA_VERSION == 2
