"""A round of the load test: what becomes of results and records, and a small run as a whole, on real servers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psutil
import pytest

from perflab.experiment.capacity.plan import Timed, Window
from perflab.experiment.capacity.round import LoadRound, _add_records, _bytes, _request_rows
from perflab.experiment.load.schedule import Result
from perflab.run.store import Run, load
from perflab.run.tables.capacity import CAPACITY_REQUESTS, CAPACITY_WINDOWS, NEAR, THREAD_STATES, WINDOW_KINDS
from perflab.run.tables.declaring import POOL, Row
from perflab.worker.serving.application import UNNUMBERED
from perflab.worker.serving.records import RECORD, SAMPLE_EVERY_S
from tests.perflab.steps import step_of

PROJECT = Path(__file__).resolve().parents[4]

# -- results ---------------------------------------------------------------------------------------------------------


def test_each_request_is_a_row_with_its_step_and_what_became_of_it() -> None:
    window = Window(4, "all_on", NEAR, 20.0, 3.0, 2)
    timed = [
        Timed(step_of("/a/", 17, endpoint="a"), 0.25),
        Timed(step_of("/b/", 18, endpoint="b", method="POST", body="{}"), 0.5),
    ]
    results = [Result(100, 0.251, 0.26, 0.27, 200, 12, None), Result(101, 0.5, None, 10.5, None, None, "timeout")]
    first, second = _request_rows(3, window, timed, results)
    assert first == {
        "round": 3, "window": 4, "cell": "all_on", "endpoint": "a", "method": "GET", "step": 17, "intended_s": 0.25,
        "sent_s": 0.251, "first_byte_s": 0.26, "last_byte_s": 0.27, "status": 200, "response_bytes": 12, "error": None,
    }  # fmt: skip
    assert (second["step"], second["method"], second["status"], second["error"]) == (18, "POST", None, "timeout")
    names = {column.name for column in CAPACITY_REQUESTS.columns}
    assert set(first) | {"served_s", "served_cpu_s"} == names


def test_a_result_that_is_missing_is_no_silence() -> None:
    window = Window(4, "all_on", NEAR, 20.0, 3.0, 2)
    with pytest.raises(ValueError, match="zip"):
        list(_request_rows(1, window, [Timed(step_of(), 0.0)], []))


def test_a_body_is_sent_as_bytes() -> None:
    assert (_bytes(None), _bytes("é"), _bytes(b"\xff")) == (None, "é".encode(), b"\xff")


def test_the_key_of_its_caches_and_folders_is_no_rounds() -> None:
    bed: Any = SimpleNamespace(question=SimpleNamespace(profile=SimpleNamespace(rounds=7)))
    unused = cast(Any, None)
    assert LoadRound(bed, unused, unused, unused, [], 2, unused).key == 8


def test_what_was_measured_before_a_failure_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[tuple[int, int, int]] = []
    writer: Any = SimpleNamespace(save_load_round=lambda *args: saved.append((args[0], len(args[1]), len(args[2]))))
    unused = cast(Any, None)
    test = LoadRound(unused, writer, unused, unused, [], 3, unused)
    windows = [Window(n, "all_on", NEAR, 20.0, 3.0, n) for n in range(2)]
    segments: Any = SimpleNamespace(of=lambda window: [Timed(step_of(), 0.0)])

    def send(self: LoadRound, window: Window, *others: Any) -> tuple[Row, list[Result]]:
        if window.number:
            raise RuntimeError("the server is gone")
        row: Row = {"round": 3, "window": 0, "cell": "all_on", "first": 0, "count": 1}
        return row, [Result(0, 0.0, 0.1, 0.1, 200, 2, None)]

    monkeypatch.setattr(LoadRound, "_window", send)
    with pytest.raises(RuntimeError, match="gone"):
        test._windows(windows, segments, {"all_on": server_with(tmp_path / "records")}, {"all_on": {}})
    assert saved == [(3, 1, 1)]


# -- what the servers wrote down -------------------------------------------------------------------------------------


def server_with(folder: Path, *records: tuple[int, float, float, float]) -> Any:
    folder.mkdir()
    (folder / "1.records").write_bytes(b"".join(RECORD.pack(*record) for record in records))
    return SimpleNamespace(config=SimpleNamespace(records=str(folder)))


def sample(state: str, at_s: float) -> tuple[int, float, float, float]:
    return (-1 - THREAD_STATES.index(state), at_s, 0.0, 0.0)


def window_row(cell: str, first: int, count: int) -> Row:
    return {"cell": cell, "first": first, "count": count}


def requests_of(*cells: str) -> list[Row]:
    return [{"cell": cell} for cell in cells]


def test_requests_get_their_service_by_their_number_in_their_cell(tmp_path: Path) -> None:
    servers = {
        "all_off": server_with(tmp_path / "off", (1, 10.5, 0.2, 0.1), (0, 10.0, 0.4, 0.3), (UNNUMBERED, 9.0, 1.0, 1.0)),
        "all_on": server_with(tmp_path / "on", (0, 11.0, 0.05, 0.04)),
    }
    requests = requests_of("all_off", "all_on", "all_off", "all_off")
    rows = [window_row("all_off", 0, 3), window_row("all_on", 0, 1)]
    _add_records(rows, requests, servers)
    served = [(row.get("served_s"), row.get("served_cpu_s")) for row in requests]
    assert served == [(0.4, 0.3), (0.05, 0.04), (0.2, 0.1), (None, None)]
    assert all("first" not in row and "count" not in row for row in rows)


def test_a_window_gets_the_mean_number_of_threads_in_each_state_while_it_lasted(tmp_path: Path) -> None:
    ten_looks = 10 * SAMPLE_EVERY_S
    records = [
        (0, 100.0, 0.01, 0.01), (1, 100.0 + ten_looks, 0.01, 0.01), (2, 200.0, 0.01, 0.01), (3, 200.0 + ten_looks, 0.01, 0.01),
        *(sample("database", 100.0 + n * SAMPLE_EVERY_S) for n in range(5)),
        *(sample(POOL, 100.1) for _ in range(20)),
        sample("orm", 150.0), sample("orm", 99.9), sample("orm", 200.1),
    ]  # fmt: skip
    rows = [window_row("all_on", 0, 2), window_row("all_on", 2, 2)]
    _add_records(rows, requests_of(*["all_on"] * 4), {"all_on": server_with(tmp_path / "on", *records)})
    first, second = rows
    assert (first["in_database"], first[f"in_{POOL}"], first["in_orm"]) == pytest.approx((0.5, 2.0, 0.0))
    assert (second["in_database"], second["in_orm"]) == pytest.approx((0.0, 0.1))
    assert {f"in_{state}" for state in THREAD_STATES} == set(first) - {"cell"}


def test_where_the_server_does_not_tell_all_is_unknown(tmp_path: Path) -> None:
    requests, rows = requests_of("all_on"), [window_row("all_on", 0, 1)]
    _add_records(rows, requests, {"all_on": server_with(tmp_path / "on")})
    assert requests == [{"cell": "all_on"}]
    assert {row[f"in_{state}"] for row in rows for state in THREAD_STATES} == {None}


# -- as a whole ------------------------------------------------------------------------------------------------------

# Windows of 0.2 seconds instead of three: nothing here is about how good an estimate is.
SHORT = """
import sys
from perflab.experiment import task
from perflab.experiment.capacity import plan
plan.SHORTEST_S = 0.2
plan.SETTLE_REQUESTS = 10
sys.exit(task.main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The library on gunicorn with a load test of three rounds; afterwards, that nothing of it is left."""
    folder = tmp_path_factory.mktemp("load")
    home = Path(tempfile.mkdtemp(prefix=f"perflab-test-{os.getpid()}-", dir="/var/tmp"))
    scenario = folder / "library.yaml"
    text = (PROJECT / "tests" / "projects" / "library" / "scenario.yaml").read_text()
    scenario.write_text(f"{text}capacity: {{seconds: 1, rounds: 3, workers: 1}}\n")
    arguments = {
        "scenario": str(scenario), "profile": "smoke", "overrides": {"rounds": 1, "replay_s": 1}, "seed": 1,
        "directory": str(folder / "run"), "command": "perflab run",
    }  # fmt: skip
    environment = {**os.environ, "PERFLAB_HOME": str(home), "PYTHONPATH": str(PROJECT / "app"), "LOADED": str(folder)}
    log = folder / "task.log"
    try:
        # it ends when its input does
        with log.open("w") as output, subprocess.Popen(
            [sys.executable, "-c", SHORT, "replay", json.dumps(arguments)], stdin=subprocess.PIPE, stdout=output,
            stderr=output, cwd=PROJECT, env=environment,
        ) as process:  # fmt: skip
            code = process.wait()
        assert code == 0, log.read_text()[-3000:]
        yield load(folder / "run")
        assert processes_with("LOADED", str(folder)) == []
    finally:
        shutil.rmtree(home, ignore_errors=True)


def processes_with(name: str, value: str) -> list[psutil.Process]:
    """The processes that have this variable, as all have that a run starts."""
    processes = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(name) == value:
                processes.append(process)
        except psutil.Error:
            continue
    return processes


whole = [
    pytest.mark.servers,
    pytest.mark.replays,
    pytest.mark.slow,
    # a replay takes turns with others on the machine
    pytest.mark.timeout(900),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a private Valkey and /proc"),
]


def marked(test: Any) -> Any:
    for mark in whole:
        test = mark(test)
    return test


@marked
def test_a_small_run_saves_every_window_and_every_request(run: Run) -> None:
    windows, requests = run.capacity_windows, run.capacity_requests
    assert run.complete
    assert set(windows.columns) == {column.name for column in CAPACITY_WINDOWS.columns}
    assert set(zip(windows["round"], windows["cell"].astype(str), strict=True)) == {
        (number, cell) for number in (1, 2, 3) for cell in ("all_off", "all_on")
    }
    assert set(windows["kind"].astype(str)) == set(WINDOW_KINDS)
    assert (windows[["rate_per_s", "seconds"]] > 0).all(axis=None)
    used = windows.groupby(["round", "cell"], observed=True)[["app_cpu_s", "generator_cpu_s"]].sum()
    assert (used > 0).all(axis=None), "the clock of a single window ticks in hundredths"
    assert windows[["db_cpu_s", "connections", "on_locks"]].isna().all(axis=None), "SQLite is in the application"
    of_window = requests.groupby(["round", "window", "cell"], observed=True).size()
    assert len(of_window) == len(windows)


@marked
def test_a_small_run_has_no_failed_request_and_knows_what_each_cost(run: Run) -> None:
    requests = run.capacity_requests
    assert len(requests) > 200
    assert requests["error"].isna().all() and (requests["status"] < 500).all()
    assert set(requests["endpoint"].astype(str)) == {"year", "book", "add", "lend"}
    assert (requests["served_cpu_s"] > 0).all() and (requests["served_s"] > 0).all()
    for earlier, later in (("intended_s", "sent_s"), ("sent_s", "first_byte_s"), ("first_byte_s", "last_byte_s")):
        assert (requests[earlier] <= requests[later]).all()
    assert (requests["served_s"] <= requests["last_byte_s"] - requests["sent_s"]).all()


@marked
def test_both_cells_of_a_small_run_are_asked_for_the_same(run: Run) -> None:
    requests = run.capacity_requests
    for _, own in requests.groupby("round"):
        steps = {cell: set(rows["step"]) for cell, rows in own.groupby(own["cell"].astype(str))}
        shared = steps["all_off"] & steps["all_on"]
        assert len(shared) >= 0.5 * min(map(len, steps.values()))
