"""Whole runs of a project that asks for the time in every way: all its clocks, and the database's, show the trace's."""

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
    # a replay takes turns with others on the machine
    pytest.mark.timeout(900),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a private Valkey and /proc"),
]

# The throttle reads a list and writes it back, as DRF's does.
TRUE = ("repeated_query", "counter_race")
SCENARIO = "tests/cases/clocks/scenario.yaml"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with state_folder() as folder:
        yield folder


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def run(request: pytest.FixtureRequest, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return replayed(SCENARIO, tmp_path_factory.mktemp("clocks"), home, {"database": request.param})


def statuses(run: Run, endpoint: str) -> set[int]:
    return set(run.samples.loc[run.samples["endpoint"] == endpoint, "status"])


def test_all_clocks_of_application_and_database_show_the_traces_day(run: Run) -> None:
    assert statuses(run, "today") == {200}
    assert statuses(run, "recent") == {200}, "the last 30 days"
    assert statuses(run, "store") == {201}, "a column's default"


def test_nobody_below_the_limit_is_throttled(run: Run) -> None:
    throttled = run.samples[run.samples["endpoint"] == "throttled"]
    assert set(throttled["status"]) == {200}
    requests = run.trace[(run.trace["endpoint"] == "throttled") & (run.trace["phase"] != "check")]
    assert requests.groupby(["round", "path"], observed=True).size().max() > 4, "too many for one minute"


def test_nothing_differs_and_no_clock_is_left(run: Run) -> None:
    summary = summarise(run).as_dict()
    assert summary["equivalence"]["changed"] == 0
    assert [finding for finding in summary["findings"] if finding["class"] not in TRUE] == []
    assert [claim["verdict"] for claim in summary["claims"]] == ["supported"]
    assert (run.tables["differing"] == 0).all(), "the times that the database stored are the same in all cells"
    assert run.meta["contacts"] == []
