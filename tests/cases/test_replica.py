"""A project with a replica, a copy that only its router knows, and another database: through a whole run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from perflab.analysis.summary import summarise
from perflab.run.store import Run
from tests.cases.replaying import replayed, state_folder

pytestmark = [
    pytest.mark.servers,
    pytest.mark.replays,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="POSIX process clocks"),
]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with state_folder() as made:
        yield made


@pytest.fixture(scope="module")
def run(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return replayed("tests/cases/replica/replica.yaml", tmp_path_factory.mktemp("replica"), home)


def test_every_request_works_on_every_alias(run: Run) -> None:
    subjects = run.samples[run.samples["role"] != "reference"]
    assert set(subjects["status"]) == {200}
    item = subjects[(subjects["endpoint"] == "item") & (subjects["phase"] == "measured")]
    assert set(item["query_count"]) == {4}, "one on each connection"
    assert item["db_cpu_s"].notna().all()


def test_mirrors_share_and_the_other_alias_has_its_own_rows(run: Run) -> None:
    assert run.environment["databases"] == [
        "database replica: shares the database of default, by its own connection",
        "database reports: shares the database of default, by its own connection",
        "database log: has a database of its own",
    ]
    written = set(run.tables["table"])
    assert {"replica_item", "log.replica_entry"} <= written
    entries = run.tables[run.tables["table"] == "log.replica_entry"]
    assert (entries["rows"] >= 200).all(), "seeded where its router writes it"


def test_nothing_is_blamed(run: Run) -> None:
    kinds = {finding.kind for finding in summarise(run).findings}
    assert kinds <= {"index_unused"}, summarise(run).findings
    assert run.meta["statements"]


def test_no_clone_stays(run: Run, home: Path) -> None:
    assert run.complete
    assert not list(home.glob("run/*/sockets/*"))
