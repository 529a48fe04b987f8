"""A project's own DATABASES entry, its threads and async views, what goes past Django's cursors: through whole runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from perflab.analysis.summary import summarise
from perflab.run.records import Finding
from perflab.run.store import Run
from tests.cases.replaying import replayed, state_folder

pytestmark = [
    pytest.mark.servers,
    pytest.mark.replays,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="POSIX process clocks"),
]

FOLDER = "tests/cases/runtime"
# As urls.py has it: its app is not installed here.
CPU_S = 0.005


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with state_folder() as made:
        yield made


@pytest.fixture(scope="module")
def run(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return replayed(f"{FOLDER}/runtime.yaml", tmp_path_factory.mktemp("runtime"), home)


@pytest.fixture(scope="module")
def findings(run: Run) -> list[Finding]:
    return list(summarise(run).findings)


def of(run: Run, endpoint: str) -> pd.DataFrame:
    """The measured requests of an endpoint in the cells that are measured."""
    samples = run.samples
    return samples[
        (samples["endpoint"] == endpoint) & (samples["phase"] == "measured") & (samples["role"] != "reference")
    ]


def test_every_request_works_as_in_production(run: Run) -> None:
    subjects = run.samples[run.samples["role"] != "reference"]
    assert set(subjects["status"]) == {200}
    assert run.environment["databases"] == [
        "database default: without its pool: each thread of a worker keeps one connection",
        "database default: without sslmode of its OPTIONS: the server is perflab's",
    ]


def test_the_projects_own_entry_decides_how_its_queries_run(run: Run) -> None:
    """The view responds with 418 unless isolation level, both timeouts and the transaction are the project's."""
    assert set(of(run, "about")["status"]) == {200}


def test_the_cpu_of_all_threads_counts(run: Run) -> None:
    for endpoint in ("sync_cpu", "async_cpu"):
        cpu = of(run, endpoint)["app_cpu_s"]
        assert len(cpu) and (cpu >= CPU_S).all(), endpoint


@pytest.mark.parametrize(
    ("endpoint", "queries"),
    [
        ("buy", 2),
        ("about", 4),
        ("sync_cpu", 0),
        ("async_cpu", 1),
        ("async_parallel", 2),
        ("pooled", 3),
        ("streamed", 1),
    ],
)
def test_queries_of_all_threads_count(run: Run, endpoint: str, queries: int) -> None:
    assert set(of(run, endpoint)["query_count"]) == {queries}


def test_a_new_backend_in_a_request_gives_its_cpu(run: Run) -> None:
    parallel = of(run, "async_parallel")
    assert (parallel["connects"] > 0).any()
    assert parallel["db_cpu_s"].notna().all() and (parallel["db_cpu_s"] > 0).all()


def test_deferred_keys_are_checked_in_the_commit_and_its_time_is_a_line_of_its_own(run: Run) -> None:
    order, about = of(run, "order"), of(run, "about")
    assert (order["commit_time_s"] > 0).all() and (about["commit_time_s"] > 0).all(), "ATOMIC_REQUESTS commits each"
    assert order["commit_time_s"].median() > 3 * about["commit_time_s"].median()
    assert set(of(run, "sync_cpu")["query_count"]) == {0}


def test_nothing_is_blamed_but_the_threads_that_connect_anew(findings: list[Finding]) -> None:
    blamed = {(finding.kind, finding.endpoint) for finding in findings}
    assert {kind for kind, _ in blamed} <= {"reconnects", "repeated_query", "index_unused"}, findings
    assert {endpoint for kind, endpoint in blamed if kind == "repeated_query"} <= {"pooled"}
    assert {endpoint for kind, endpoint in blamed if kind == "reconnects"} <= {"async_parallel"}


def test_both_counts_of_statements_agree(run: Run) -> None:
    counts: list[dict[str, Any]] = run.meta["statements"]
    assert {row["cell"] for row in counts} == {cell["name"] for cell in run.cells} - {"reference"}
    for row in counts:
        assert row["sent"] > 20
        assert row["received"] == pytest.approx(row["sent"], abs=5), row


# -- what goes past Django -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bypassing(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return replayed(f"{FOLDER}/bypass.yaml", tmp_path_factory.mktemp("bypass"), home)


def test_what_a_drivers_own_cursor_sends_is_said(bypassing: Run) -> None:
    assert set(of(bypassing, "raw")["query_count"]) == {1}
    (finding,) = [finding for finding in summarise(bypassing).findings if finding.kind == "query_counts_disagree"]
    assert "SELECT max(stock) FROM runtime_item" in finding.sentence


def test_a_connection_that_is_opened_again_and_again_is_said(bypassing: Run) -> None:
    rows = bypassing.samples[(bypassing.samples["phase"] == "measured") & (bypassing.samples["role"] != "reference")]
    assert (rows["connects"] > 0).any()
    assert rows["db_cpu_s"].notna().all(), "its CPU counts from the start of the new backend"
    assert "reconnects" in {finding.kind for finding in summarise(bypassing).findings}
