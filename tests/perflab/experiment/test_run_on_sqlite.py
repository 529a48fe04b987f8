"""The experiment on SQLite, as a process of its own: somebody's small project as it is, and the marketplace when asked to."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from perflab.analysis.summary import summarise
from perflab.report.first_page.limitations import limitations
from perflab.report.sections import provenance
from perflab.report.sentences import verdict
from perflab.run.store import Run, load
from tests.perflab.tasks import task

pytestmark = [
    pytest.mark.servers,
    pytest.mark.replays,
    pytest.mark.slow,
    # a replay takes turns with others on the machine
    pytest.mark.timeout(900),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a private Valkey and /proc"),
]

LIBRARY = "tests/projects/library/scenario.yaml"
MARKETPLACE = "scenarios/marketplace.yaml"
UNKNOWN_COUNTERS = ["wal_bytes", "buffers_hit", "buffers_read", "rows_read"]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix=f"perflab-test-{os.getpid()}-", dir="/var/tmp"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def replayed(scenario: str, overrides: Mapping[str, Any], home: Path, folder: Path) -> Run:
    directory = folder / "reports" / "run"
    arguments = {
        "scenario": scenario, "profile": "smoke", "overrides": dict(overrides), "seed": 1, "directory": str(directory),
        "command": "perflab run",
    }  # fmt: skip
    with task("replay", arguments, home, folder / "task.log") as replay:
        assert replay.end() == 0, replay.log.read_text()[-3000:] + json.dumps(replay.events[-1])
    return load(directory)


@pytest.fixture(scope="module")
def library(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return replayed(LIBRARY, {"rounds": 2, "replay_s": 3}, home, tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def marketplace(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    tiny = {"scale": 0.002, "rounds": 1, "replay_s": 1, "warmup_blocks": 1, "warm_s": 3, "database": "sqlite"}
    return replayed(MARKETPLACE, tiny, home, tmp_path_factory.mktemp("marketplace"))


@pytest.fixture(params=["library", "marketplace"])
def run(request: pytest.FixtureRequest) -> Run:
    saved: Run = request.getfixturevalue(request.param)
    return saved


def test_it_completes_with_a_process_and_a_file_for_each_cell(run: Run) -> None:
    assert run.complete
    assert set(run.samples["cell"]) == {cell["name"] for cell in run.cells}
    assert run.samples["error"].isna().all()


def test_what_nobody_can_tell_is_null_and_all_else_is_there(run: Run) -> None:
    subjects = run.samples[run.samples["role"] != "reference"]
    assert subjects["db_cpu_s"].isna().all()
    for name in ("latency_s", "app_cpu_s", "cache_cpu_s", "query_count", "query_time_s", "response_digest"):
        assert subjects[name].notna().all(), name
    assert (subjects["query_count"] > 0).any()
    assert len(run.counters)
    assert run.counters[UNKNOWN_COUNTERS].isna().all(axis=None)
    assert run.counters["cache_server_bytes"].notna().all()


def test_all_responses_are_compared_and_the_same(run: Run) -> None:
    summary = summarise(run).as_dict()
    assert summary["equivalence"]["compared"] > 20
    assert summary["equivalence"]["changed"] == 0
    expected = {"repeated_query", "index_duplicate"}  # those are true of both projects
    assert [finding for finding in summary["findings"] if finding["class"] not in expected] == []


def test_what_was_written_is_the_same_in_every_file(run: Run) -> None:
    assert (run.tables["written"] > 0).any()
    assert (run.tables["differing"] == 0).all(), run.tables[run.tables["differing"] > 0].to_dict("records")


def test_the_page_says_what_is_unknown_and_why(run: Run) -> None:
    facts = dict(provenance.provenance(run))
    assert facts["Database"].startswith("SQLite 3.")
    assert any("SQLite runs inside the application" in sentence for sentence in limitations(run))
    (claim,) = [claim for claim in summarise(run).as_dict()["claims"] if claim["metric"] == "db_cpu_s"]
    assert claim["verdict"] == "not measured"


def test_a_project_on_sqlite_keeps_its_options_and_the_index_makes_a_difference_to_the_file(library: Run) -> None:
    assert library.environment["sqlite"]["settings"].items() >= {"journal_mode": "wal", "synchronous": "normal"}.items()
    assert library.environment["indexes"] == {"indexes": {"count": 1, "names": ["book_year_idx"]}}
    assert "postgres" not in library.environment
    per_cell = (
        library.samples[library.samples["endpoint"] == "year"].groupby("cell", observed=True)["query_count"].mean()
    )
    assert per_cell["all_off"] > per_cell["all_on"] == 1
    assert {"library_book"} == set(library.tables["table"])


def test_the_marketplace_has_all_its_indexes(marketplace: Run) -> None:
    assert marketplace.environment["sqlite"]["settings"]["journal_mode"] == "delete"
    assert marketplace.environment["indexes"]["indexes"]["count"] == 22
    assert marketplace.scenario["subject"]["database"] == "sqlite"


def test_no_clone_stays(run: Run, home: Path) -> None:
    left = [path.name for path in home.glob("data/*/sqlite/*")]
    assert left and all(name.startswith("perflab_template_") and name.endswith(".sqlite3") for name in left)


def test_without_factors_there_is_one_cell_and_its_control(home: Path, tmp_path: Path) -> None:
    text = Path(LIBRARY).read_text(encoding="utf-8")
    alone = tmp_path / "alone.yaml"
    alone.write_text(text[: text.index("factors:")] + text[text.index("profiles:") :], encoding="utf-8")
    run = replayed(str(alone), {"rounds": 1, "replay_s": 1.5, "warm_s": 2}, home, tmp_path)
    assert run.complete and not run.failed_stages
    assert set(run.samples["cell"]) == {"all_off", "twin_off", "reference"}
    summary = summarise(run)
    assert summary.effects == () and summary.levels and "database" in summary.parts
    assert {finding.kind for finding in summary.findings} <= {"repeated_query", "index_duplicate"}
    assert verdict(summary, run.status).first.startswith("A request takes ")
