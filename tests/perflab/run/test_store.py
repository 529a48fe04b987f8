"""The run directory: written a round at a time, read back as it was, and never half a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import perflab
from perflab.errors import InputError, StoreError
from perflab.run.store import Run, find, load, reports_of, saved
from perflab.run.tables import CONCURRENCY, COUNTERS, PROFILE, QUERIES, SAMPLES, SCHEMA_VERSION, TRACE
from perflab.run.writer import RunWriter

META: dict[str, Any] = {
    "run_id": "20261124-120000",
    "scenario_name": "shop",
    "scenario": {"title": "Does <it> pay?"},
    "parameters": {"profile": "smoke", "seed": 1},
    "factors": ["caching"],
    "cells": [{"name": "all_off", "role": "treatment", "levels": {"caching": False}}],
    "environment": {"python": "3.11.7"},
}
TRACE_ROW = {"round": 1, "step": 0, "block": 0, "at_s": 0.5, "phase": "measured", "endpoint": "job", "method": "GET",
         "path": "/jobs/1", "body": None, "user": "7", "affected_by": None}  # fmt: skip
SAMPLE = {"round": 1, "step": 0, "block": 0, "position": 0, "cell": "all_off", "role": "treatment",
          "phase": "measured", "caching": "off", "status": 200, "latency_s": 0.0123, "query_count": 3}  # fmt: skip
COUNTED = {"round": 1, "block": 0, "cell": "all_off", "wal_bytes": 0, "buffers_hit": 12}


def writer(reports: Path, run_id: str = "20261124-120000", **meta: Any) -> RunWriter:
    return RunWriter.create(reports / "shop" / run_id, {**META, "run_id": run_id, **meta})


def save(made: RunWriter, number: int = 1) -> None:
    made.save_round(
        number, [{**TRACE_ROW, "round": number}], [{**SAMPLE, "round": number}], [{**COUNTED, "round": number}]
    )


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    made = writer(tmp_path)
    save(made, 1)
    save(made, 2)
    made.finish("complete")
    run = load(made.directory)
    assert run.complete and run.meta["error"] is None and run.meta["schema"] == SCHEMA_VERSION
    assert (run.run_id, run.scenario_name, run.factors) == ("20261124-120000", "shop", ("caching",))
    assert run.scenario["title"] == "Does <it> pay?"
    assert run.environment == {"python": "3.11.7"}
    assert [cell["name"] for cell in run.cells] == ["all_off"]
    assert list(run.samples.columns) == list(SAMPLES.with_factors(("caching",)).names)
    assert list(run.trace.columns) == list(TRACE.names)
    assert list(run.counters.columns) == list(COUNTERS.names)
    assert run.samples["round"].tolist() == [1, 2]
    row = run.samples.iloc[0]
    assert (row["latency_s"], row["query_count"], row["status"], row["caching"]) == (0.0123, 3, 200, "off")
    assert run.trace.loc[0, "path"] == "/jobs/1"
    assert run.counters.loc[0, "buffers_hit"] == 12


def test_what_is_unknown_is_null_and_what_is_nought_is_nought(tmp_path: Path) -> None:
    made = writer(tmp_path)
    save(made)
    run = load(made.directory)
    assert run.samples[["db_cpu_s", "cache_hits", "error", "user", "predecessor"]].isna().all().all()
    assert run.trace[["body", "affected_by"]].isna().all().all()
    assert run.counters.loc[0, "wal_bytes"] == 0
    assert run.counters["rows_read"].isna().all()


def test_what_a_pass_found_is_saved_once(tmp_path: Path) -> None:
    made = writer(tmp_path)
    run = load(made.directory)
    assert run.profile.empty and run.concurrency.empty and run.failed_stages == {}
    made.save_once("profile", [{"endpoint": "job", "part": "orm", "request_count": 3, "sample_count": 0}])
    made.save_once(
        "burst", [{"kind": "counter", "endpoint": "job", "key": "hits", "count_due": 200, "count_made": 190}]
    )
    made.save_meta(failed_passes={"burst": "the worker died"})
    run = load(made.directory)
    assert list(run.profile.columns) == list(PROFILE.names) and list(run.concurrency.columns) == list(CONCURRENCY.names)
    assert run.profile.loc[0, "sample_count"] == 0
    assert run.profile[["time_share", "source"]].isna().all().all()
    assert run.concurrency.loc[0, "count_due"] == 200 and run.concurrency["computed_count"].isna().all()
    assert run.failed_stages == {"burst": "the worker died"}


def test_types_do_not_depend_on_what_the_rows_hold(tmp_path: Path) -> None:
    made = writer(tmp_path)
    save(made, 1)
    made.save_round(2, [], [], [])
    made.save_round(3, [TRACE_ROW], [{**SAMPLE, "round": 3, "cache_hits": 1, "db_cpu_s": 0.1}], [COUNTED])
    run = load(made.directory)
    untold = SAMPLES.with_factors(("caching",)).frame([]).dtypes
    for column in run.samples.columns:
        assert run.samples[column].dtype == ("category" if untold[column] == "string" else untold[column])
    assert dict(run.counters.dtypes) == dict(COUNTERS.frame([]).dtypes)


def test_texts_are_kept_once_and_in_order_whatever_round_they_came_in(tmp_path: Path) -> None:
    made = writer(tmp_path)
    for number, users in ((1, ["9", None]), (2, ["10", "9"])):
        rows = [{**SAMPLE, "round": number, "step": step, "user": user} for step, user in enumerate(users)]
        made.save_round(number, [], rows, [])
    kept = load(made.directory).samples["user"]
    assert list(kept.cat.categories) == ["10", "9"]
    assert kept.isna().tolist() == [False, True, False, False]
    assert kept.dropna().tolist() == ["9", "10", "9"]


def without(path: Path, *columns: str) -> None:
    """Write a table again as a version of perflab did that did not have these columns yet, by pandas."""
    pd.read_parquet(path).drop(columns=list(columns)).to_parquet(path, index=False)


@pytest.mark.parametrize("rounds", [(1, 2), (1,), (2,)])
def test_a_column_that_an_older_file_lacks_is_null_there(tmp_path: Path, rounds: tuple[int, ...]) -> None:
    made = writer(tmp_path)
    for number in (1, 2):
        rows = [{**SAMPLE, "round": number, "cache_hits": 2, "user": "7"}]
        queries = [{"round": number, "step": 0, "cell": "all_off", "rows": 4, "relation": "r", "seconds": 0.5}]
        made.save_round(number, [TRACE_ROW], rows, [COUNTED], queries=queries)
    for number in rounds:
        without(made.directory / "samples" / f"round-{number:03d}.parquet", "cache_hits", "user", "latency_s")
        without(made.directory / "queries" / f"round-{number:03d}.parquet", "rows", "relation", "seconds")
    run = load(made.directory)
    lacks = [number in rounds for number in (1, 2)]
    assert list(run.samples.columns) == list(SAMPLES.with_factors(("caching",)).names)
    assert [str(run.samples[c].dtype) for c in ("cache_hits", "user", "latency_s")] == ["Int32", "category", "float64"]
    assert dict(run.queries.dtypes) == dict(QUERIES.frame([]).dtypes)
    for table, columns in (
        (run.samples, ("cache_hits", "user", "latency_s")),
        (run.queries, ("rows", "relation", "seconds")),
    ):
        for column in columns:
            assert table[column].isna().tolist() == lacks, column
    assert run.samples["query_count"].tolist() == [3, 3]


def test_a_column_that_only_a_newer_file_has_is_left_out(tmp_path: Path) -> None:
    made = writer(tmp_path)
    save(made)
    for name in ("samples", "trace"):
        path = made.directory / name / "round-001.parquet"
        pd.read_parquet(path).assign(memory_bytes=7).to_parquet(path, index=False)
    run = load(made.directory)
    assert "memory_bytes" not in run.samples and "memory_bytes" not in run.trace


def test_a_table_without_the_place_of_its_rows_is_one_line(tmp_path: Path) -> None:
    made = writer(tmp_path)
    save(made)
    without(made.directory / "samples" / "round-001.parquet", "step")
    with pytest.raises(StoreError, match=r"cannot read the samples of .*: the column step is missing"):
        _ = load(made.directory).samples


def test_a_run_that_has_measured_nothing_has_empty_tables(tmp_path: Path) -> None:
    run = load(writer(tmp_path).directory)
    assert run.status == "running" and not run.complete
    assert run.samples.empty and list(run.samples.columns) == list(SAMPLES.with_factors(("caching",)).names)
    assert run.trace.empty and run.counters.empty


def test_rounds_come_in_their_order(tmp_path: Path) -> None:
    made = writer(tmp_path)
    for number in (10, 2, 1):
        save(made, number)
    assert load(made.directory).samples["round"].tolist() == [1, 2, 10]


# -- finding one -------------------------------------------------------------------------------------------------------


def test_a_run_is_found_by_its_folder_its_id_or_as_the_latest(tmp_path: Path) -> None:
    first, second = writer(tmp_path, "20261124-120000"), writer(tmp_path, "20261124-130000")
    first.finish("complete")
    second.finish("complete")
    assert load(first.directory).run_id == "20261124-120000"
    assert load(str(first.directory)).run_id == "20261124-120000"
    assert load("20261124-120000", tmp_path).run_id == "20261124-120000"
    assert load("latest", tmp_path).run_id == "20261124-130000"
    assert saved(tmp_path) == [first.directory, second.directory]


@pytest.mark.parametrize("status", ["running", "failed", "interrupted"])
def test_the_latest_is_the_newest_that_is_complete(tmp_path: Path, status: str) -> None:
    writer(tmp_path, "20261124-120000").finish("complete")
    writer(tmp_path, "20261124-130000").finish(status)
    assert load("latest", tmp_path).run_id == "20261124-120000"


def test_without_a_complete_one_the_latest_is_the_newest(tmp_path: Path) -> None:
    writer(tmp_path, "20261124-120000").finish("failed")
    writer(tmp_path, "20261124-130000").finish("interrupted")
    assert load("latest", tmp_path).status == "interrupted"


def test_the_latest_of_all_scenarios(tmp_path: Path) -> None:
    RunWriter.create(tmp_path / "zoo" / "20261124-120000", META).finish("complete")
    RunWriter.create(tmp_path / "arc" / "20261124-130000", META).finish("complete")
    assert find("latest", tmp_path).parent.name == "arc"


def test_a_run_that_is_not_there_is_an_error_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no saved run"):
        load("latest", tmp_path)
    with pytest.raises(InputError, match="there are no runs yet"):
        load("20261124-120000", tmp_path)
    writer(tmp_path)
    with pytest.raises(InputError, match=r"no run '2026' .*20261124-120000"):
        load("2026", tmp_path)
    RunWriter.create(tmp_path / "zoo" / "20261124-120000", META)
    with pytest.raises(InputError, match=r"several runs .* give the directory"):
        load("20261124-120000", tmp_path)


def test_files_of_another_version_are_refused_with_what_to_do(tmp_path: Path) -> None:
    made = writer(tmp_path)
    made.save_meta(schema=SCHEMA_VERSION + 1)
    with pytest.raises(
        StoreError, match=rf"version {SCHEMA_VERSION + 1}, but this perflab reads versions 1 to {SCHEMA_VERSION}; use"
    ):
        load(made.directory)


def test_files_without_a_version_are_refused(tmp_path: Path) -> None:
    made = writer(tmp_path)
    (made.directory / "run.json").write_text("{}")
    with pytest.raises(StoreError, match="version None"):
        load(made.directory)


@pytest.mark.parametrize("text", ["", '{"schema": 1', "[]", "1", "\udcff"])
def test_half_a_run_json_is_one_line(tmp_path: Path, text: str) -> None:
    made = writer(tmp_path)
    (made.directory / "run.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(StoreError, match=r"run\.json") as caught:
        load(made.directory)
    assert "\n" not in str(caught.value)
    writer(tmp_path, "20261124-110000").finish("complete")
    assert load("latest", tmp_path).run_id == "20261124-110000", "it does not hide the others"


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all"])
def test_a_table_that_cannot_be_read_is_one_line(tmp_path: Path, content: bytes) -> None:
    made = writer(tmp_path)
    save(made)
    (made.directory / "samples" / "round-001.parquet").write_bytes(content)
    with pytest.raises(StoreError, match="cannot read the samples of") as caught:
        _ = load(made.directory).samples
    assert "\n" not in str(caught.value)
    assert len(load(made.directory).trace) == 1


def test_what_users_import(tmp_path: Path) -> None:
    made = writer(tmp_path)
    assert isinstance(perflab.load(made.directory), Run) and issubclass(perflab.Run, Run)
    with pytest.raises(AttributeError, match="nothing"):
        _ = perflab.nothing


def test_a_file_that_does_not_describe_a_run_says_what_it_lacks(tmp_path: Path) -> None:
    directory = writer(tmp_path).directory
    (directory / "run.json").write_text(f'{{"schema": {SCHEMA_VERSION}, "scenario": {{}}, "status": "complete"}}')
    with pytest.raises(
        StoreError, match=r"does not describe a run: it lacks scenario_name, factors, cells, environment"
    ):
        load(directory)


def test_a_run_is_found_as_seen_from_the_folder_of_its_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = writer(tmp_path / "reports")
    monkeypatch.chdir(tmp_path.parent)
    assert find("reports/shop/20261124-120000", tmp_path / "reports").resolve() == made.directory.resolve()


def test_reports_are_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reports_of(tmp_path) == tmp_path / "reports"
    monkeypatch.setenv("PERFLAB_REPORTS", "other")
    assert reports_of(tmp_path) == tmp_path / "other"
    monkeypatch.setenv("PERFLAB_REPORTS", "/elsewhere")
    assert reports_of(tmp_path) == Path("/elsewhere")
    monkeypatch.setenv("PERFLAB_REPORTS", "")
    assert reports_of(tmp_path) == tmp_path / "reports"
