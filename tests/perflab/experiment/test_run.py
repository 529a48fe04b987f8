"""The experiment with real servers, as a process of its own: what it saves, and what it says when something breaks.

The first is the marketplace's own scenario. Those that are broken on purpose are of a small project with one factor, so that
they have six workers instead of eleven; they share a state folder and its seeded data.
"""

from __future__ import annotations

import errno
import getpass
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ruamel.yaml import YAML

from perflab.analysis.effects.stopping import ADDITIONAL_ROUNDS, MIN_ROUNDS_TO_STOP
from perflab.analysis.profile import remaining
from perflab.analysis.summary import summarise
from perflab.experiment import liveness
from perflab.experiment import run as experiment
from perflab.experiment.progress import Phases
from perflab.run.cells import cells_of
from perflab.run.scenario import scenario_hash
from perflab.run.store import Run, load
from perflab.run.tables import COUNTERS, PARTS, SAMPLES, TRACE
from perflab.scenario.loading import load as load_scenario
from perflab.scenario.profiles import resolve
from perflab.servers.ownership import RUN_PREFIX
from perflab.servers.postgres import PostgresServer
from tests.perflab.tasks import PROJECT, Task, alive, task
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.servers,
    pytest.mark.replays,
    pytest.mark.slow,
    # a replay takes turns with others on the machine
    pytest.mark.timeout(900),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="private servers and /proc"),
]

MARKETPLACE = PROJECT / "scenarios" / "marketplace.yaml"
LIBRARY = PROJECT / "tests" / "projects" / "library" / "scenario.yaml"
FACTORS = ("indexes", "queries", "caching")
ENDPOINTS = ("payments", "profile", "account", "job", "update-profile")
CACHING = {"name": "caching", "kind": "cache", "aliases": ["default"]}
COMPLETE = {"scale": 0.002, "rounds": 2, "replay_s": 1, "warmup_blocks": 1, "warm_s": 5, "index_study_s": 2}
TINY = {"scale": 0.05, "rounds": 2, "replay_s": 1, "warm_s": 0}
ONE_ROUND = {**TINY, "rounds": 1}
ENDLESS = {**TINY, "replay_s": 600}


@dataclass(frozen=True)
class Bench:
    """Where this module's runs happen."""

    home: Path
    folder: Path

    def replay(self, name: str, scenario: Path, overrides: dict[str, Any], seed: int = 1) -> Any:
        arguments = {
            "scenario": str(scenario.relative_to(PROJECT) if scenario.is_relative_to(PROJECT) else scenario),
            "profile": "smoke",
            "overrides": overrides,
            "seed": seed,
            "directory": str(self.run(name)),
            "command": "perflab run scenario.yaml --profile smoke",
        }
        return task("replay", arguments, self.home, self.folder / f"{name}.log")

    def run(self, name: str) -> Path:
        return self.folder / "reports" / name

    def variant(self, name: str, factor: dict[str, Any], **traffic: Any) -> Path:
        """The library's scenario with one factor, on the same data."""
        text: dict[str, Any] = YAML(typ="safe").load(LIBRARY)
        text["subject"]["settings"] = "tests.projects.library.cached"
        text["traffic"] |= traffic
        path = self.folder / f"{name}.yaml"
        path.write_text(json.dumps({**text, "factors": [factor], "claims": []}))
        return path

    def left_running(self) -> list[str]:
        return [folder.name for folder in (self.home / "run").iterdir()]


@contextmanager
def new_bench(factory: pytest.TempPathFactory) -> Iterator[Bench]:
    home = Path(tempfile.mkdtemp(prefix=f"perflab-test-{os.getpid()}-", dir="/var/tmp"))
    yield Bench(home, factory.mktemp("experiment"))
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def marketplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with new_bench(tmp_path_factory) as bench:
        yield bench


@pytest.fixture(scope="module")
def complete(marketplace: Bench) -> Run:
    """The marketplace's scenario, small."""
    with marketplace.replay("complete", MARKETPLACE, COMPLETE) as replay:
        assert replay.end() == 0, replay.log.read_text()[-3000:]
    assert replay.said(event="phase", name="seed: migrate")
    assert replay.events[-1].items() >= {"event": "result", "status": "complete"}.items()
    return load(marketplace.run("complete"))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Where the runs of the small project happen, with its data."""
    with new_bench(tmp_path_factory) as bench:
        arguments = {
            "scenario": str(bench.variant("seeded", CACHING)),
            "profile": "smoke",
            "overrides": TINY,
            "seed": 1,
        }
        with task("seed", arguments, bench.home, bench.folder / "seed.log") as seeding:
            assert seeding.end() == 0, seeding.log.read_text()[-3000:]
        yield bench


@pytest.fixture(scope="module")
def small(bench: Bench) -> Path:
    """A scenario with one factor."""
    return bench.variant("small", CACHING)


# -- a run that goes well ----------------------------------------------------------------------------------------------


def test_a_run_that_ended_well_is_complete(complete: Run) -> None:
    assert complete.complete
    assert complete.meta["error"] is None
    assert [cell["name"] for cell in complete.cells] == [cell.name for cell in cells_of(FACTORS)]
    assert sorted(complete.samples["round"].unique()) == [1, 2]
    assert complete.meta["parameters"] == {**COMPLETE, "profile": "smoke", "seed": 1}
    assert 0 < complete.meta["checks"]["made"] <= complete.meta["checks"]["of"]


def test_rounds_start_from_what_the_traffic_before_them_left(complete: Run) -> None:
    warm, facts = complete.meta["warm"], complete.environment["warm"]
    assert facts["why"] == "as given" and 5 <= facts["seconds"] < 6
    assert facts["requests"] == sum(part["requests"] for part in warm["parts"])
    assert warm["executed"] <= facts["requests"] and warm["changed"] == 0
    assert set(warm["sources"].values()) == {"all_on"}, "each cell stores the same"
    assert complete.trace.groupby("round")["at_s"].min().between(facts["seconds"], facts["seconds"] + 1).all()
    first = complete.samples[(complete.samples["cell"] == "all_on") & (complete.samples["phase"] == "warmup")]
    assert first["cache_hits"].sum() > 0, "entries of before the round"
    assert len(set(first.groupby("round")["step"].count())) == 1
    assert (
        complete.samples[complete.samples["phase"] == "warmup"].groupby("cell", observed=True)["step"].count().nunique()
        == 1
    )


def test_further_checks_show_nothing_of_a_sound_project(complete: Run) -> None:
    rows = complete.meta["further_checks"]
    assert "open_to_anyone" in {row["class"] for row in rows}, (
        "the first of them; a slow machine may not reach the others"
    )
    assert not [row for row in rows if any(row["cells"].values())]
    checked = {cell["name"] for cell in complete.cells} - {"canary", "reference"}
    assert all(set(row["cells"]) <= checked for row in rows)
    assert "check answers" not in complete.failed_stages


def test_tables_have_their_columns_and_keys(complete: Run) -> None:
    assert list(complete.samples.columns) == list(SAMPLES.with_factors(FACTORS).names)
    assert list(complete.trace.columns) == list(TRACE.names)
    assert list(complete.counters.columns) == list(COUNTERS.names)
    assert not complete.samples.duplicated(["round", "step", "cell"]).any()
    assert not complete.trace.duplicated(["round", "step"]).any()
    assert not complete.counters.duplicated(["round", "block", "cell"]).any()


def test_every_column_is_filled_where_something_can_be_known(complete: Run) -> None:
    subjects = complete.samples[complete.samples["role"] != "reference"]
    first = subjects["predecessor"].isna()
    assert (subjects.loc[first, "block"] == 0).all(), "only the first cell of a round comes after nobody"
    filled = subjects.drop(columns=["error", "predecessor"])
    assert filled.columns[filled.isna().any()].empty
    assert subjects["error"].isna().all()
    for name in ("latency_s", "app_cpu_s", "db_cpu_s", "cache_cpu_s"):
        assert (subjects[name] >= 0).all()
        assert subjects[name].sum() > 0
    assert not complete.counters.isna().any().any()
    assert (complete.counters.drop(columns=["round", "block", "cell"]) >= 0).all().all()


def test_the_reference_has_no_subject_whose_columns_it_could_fill(complete: Run) -> None:
    reference = complete.samples[complete.samples["cell"] == "reference"]
    unknown = ["db_cpu_s", "cache_cpu_s", "query_count", "query_time_s", "cache_hits", "user", *FACTORS]
    assert reference[unknown].isna().all().all()
    assert reference[["latency_s", "app_cpu_s", "status", "response_digest"]].notna().all().all()
    assert set(reference["response_digest"]) == {reference["response_digest"].iloc[0]}
    measured = complete.trace[complete.trace["phase"] == "measured"]
    in_block = measured["step"] - measured.groupby(["round", "block"])["step"].transform("min")
    first_two = measured[in_block % complete.scenario["profiles"]["smoke"]["slice"] < 2]
    assert sorted(reference["step"]) == sorted(first_two["step"]), "two in each slice"


def test_all_cells_replay_the_same_steps_and_answer_alike(complete: Run) -> None:
    measured = complete.samples[(complete.samples["phase"] == "measured") & (complete.samples["role"] != "reference")]
    steps = {cell: set(zip(rows["round"], rows["step"], strict=True)) for cell, rows in measured.groupby("cell")}
    assert len(steps) == 11
    measured_steps = {(row.round, row.step) for row in complete.trace.itertuples() if row.phase == "measured"}
    assert all(theirs == measured_steps for theirs in steps.values())
    assert measured.groupby(["round", "step"])["response_digest"].nunique().eq(1).all()


def test_switches_switch(complete: Run) -> None:
    measured = complete.samples[complete.samples["phase"] == "measured"]
    mean: Callable[[str, str], float] = lambda cell, column: float(  # noqa: E731
        measured.loc[measured["cell"] == cell, column].mean()
    )
    assert mean("queries", "query_count") < mean("all_off", "query_count") / 2
    assert mean("indexes", "query_count") == mean("all_off", "query_count")
    for cell in ("all_off", "queries", "indexes", "indexes+queries"):
        rows = complete.samples[complete.samples["cell"] == cell]
        assert not rows[["cache_hits", "cache_misses"]].any().any(), "its cache is off"
    assert mean("caching", "cache_misses") > 0
    by_cell = complete.counters.groupby("cell")[["cache_server_hits", "cache_server_misses"]].sum()
    assert not by_cell.loc["all_off"].any()
    counted = complete.samples.groupby("cell")[["cache_hits", "cache_misses"]].sum()
    assert (by_cell.loc["all_on"] > 0).any() and (counted.loc["all_on"] > 0).any()


def test_the_traces_of_rounds_differ(complete: Run) -> None:
    first, second = (complete.trace[complete.trace["round"] == number]["path"].head(20).tolist() for number in (1, 2))
    assert first != second


def test_a_run_says_where_it_took_place(complete: Run) -> None:
    facts = complete.environment
    assert facts["perflab"] and facts["django"] and facts["python"]
    assert facts["postgres"]["private"] and facts["cache"]["private"]
    assert facts["clocks"] == {"db": True, "cache": True}
    assert facts["postgres"]["settings"]["fsync"] == "off"
    assert facts["machine"]["cores"] == os.cpu_count()
    assert facts["machine"]["calibration"]["reference_s"] > 0
    assert facts["indexes"]["indexes"]["count"] == 22
    assert sum(facts["rows"].values()) == sum(load_rows(complete).values()) > 1000
    names = [phase["name"] for phase in complete.meta["phases"]]
    assert names[:5] == ["seed", "first requests", "wait for other replays", "start servers", "prepare databases"]
    assert {"clone databases", "start workers", "replay", "save", "profile", "burst", "stop servers"} <= set(names)


def load_rows(run: Run) -> dict[str, int]:
    return dict(run.environment["rows"])


def test_after_its_rounds_a_run_says_where_the_remaining_time_goes(complete: Run) -> None:
    assert complete.failed_stages == {}
    profile = complete.profile
    parts = profile[profile["source"].isna()]
    assert set(parts["part"]) == set(PARTS)
    seen = parts.groupby("endpoint")["time_share"].sum()
    assert seen[seen > 0].round(6).eq(1).all() and len(seen[seen > 0]) > 5
    lines = profile[profile["source"].notna()]
    assert lines["source"].str.match(r"app/\S+\.py:\d+ \S+$").all() and lines["part"].isna().all()
    whole = remaining(profile, complete.samples)[0]
    assert whole["covered"] > 0.3 and sum(part["share"] for part in whole["parts"].values()) == pytest.approx(1)
    assert {part for part in PARTS if whole["parts"][part]["share"] > 0.01} >= {"database", "cache", "orm", "framework"}


def test_after_its_rounds_a_run_says_what_four_workers_do_at_once(complete: Run) -> None:
    burst = complete.concurrency
    stampedes = burst[burst["kind"] == "stampede"]
    assert {"payments", "profile", "account", "job"} <= set(stampedes["endpoint"])
    assert stampedes["worker_count"].eq(4).all() and stampedes["computed_count"].between(1, 4).all()
    assert (stampedes["query_count_at_once"] >= stampedes["query_count_alone"]).all()
    counters = burst[burst["kind"] == "counter"]
    assert {"payments", "profile", "account", "job"} <= set(counters["endpoint"])
    assert counters["key"].str.endswith(":hits").all()
    assert (counters["count_due"] == counters["count_made"]).all(), "the marketplace counts atomically"


def test_a_saved_run_tells_no_names_and_no_paths(complete: Run, marketplace: Bench) -> None:
    text = (complete.directory / "run.json").read_text()
    paths = [str(PROJECT), str(marketplace.home), str(marketplace.folder), str(Path.home()), "/tmp/", "/var/"]
    assert [path for path in paths if path in text] == []
    names = {socket.gethostname(), getpass.getuser()} - {"root"}  # root is a word of its own in many a text
    assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", text)] == []


def test_nothing_is_left_of_a_run(complete: Run, marketplace: Bench) -> None:
    assert marketplace.left_running() == []
    assert not list(complete.directory.rglob(".*")), "no half-written file"


def test_indexes_are_counted_planned_and_taken_away(complete: Run) -> None:
    catalogue = complete.catalogue
    assert len(catalogue["candidates"]) == 22 and {*catalogue["superfluous"]} < {*catalogue["candidates"]}
    assert "payment_payer_idx" in catalogue["superfluous"], "the foreign key has one of its own"
    assert catalogue["migrations"]["marketplace"].startswith("0004")
    assert catalogue["urls"]["all"] > catalogue["urls"]["asked"] > 10
    assert all(index["bytes"] > 0 for index in catalogue["indexes"])
    assert any(index["build_s"] for index in catalogue["indexes"])
    used = complete.usage[complete.usage["cell"] == "all_off"].groupby("index")["scans"].sum()
    assert used.sum() > 0 and not {*catalogue["candidates"]} & {*used.index}, "all_off lacks them"
    assert set(complete.plans["cell"]) == {"all_off", "all_on", "indexes+queries"}
    assert complete.plans["seconds"].notna().any() and complete.plans["plan"].str.contains("Index Name").any()
    ledger = complete.index_study
    assert set(ledger["cell"]) == {"all_on", "pruned"} and sorted(ledger["round"].unique()) == [3, 4, 5, 6]
    durable = ledger["durable"].astype(bool)
    assert set(ledger.loc[durable, "round"]) == {5, 6} and set(ledger.loc[durable, "method"]) <= {
        "POST",
        "PATCH",
        "DELETE",
    }
    assert ledger["error"].isna().all() and (ledger.loc[durable, "phase"] == "measured").any()
    assert (complete.index_study_counters["wal_bytes"] > 0).any()


# -- enough, and no more -----------------------------------------------------------------------------------------------


def test_a_run_stops_once_it_is_as_precise_as_was_asked_for(marketplace: Bench) -> None:
    """With the marketplace: nine short rounds of the library were once not precise enough, beside other tests."""
    scenario: dict[str, Any] = YAML(typ="safe").load(MARKETPLACE)
    scenario["traffic"]["endpoints"] = [e for e in scenario["traffic"]["endpoints"] if e["name"] in ENDPOINTS]
    precise = marketplace.folder / "precise.yaml"
    changes = {"factors": [CACHING], "claims": [], "precision": {"metric": "latency_s", "within": 0.9}}
    precise.write_text(json.dumps({**scenario, **changes}))
    with marketplace.replay("precise", precise, {**COMPLETE, "rounds": 9, "replay_s": 6, "index_study_s": 0}) as replay:
        assert replay.end() == 0, replay.log.read_text()[-3000:]
    run = load(marketplace.run("precise"))
    assert run.complete
    assert run.samples["round"].max() == run.meta["stopped_after"]
    assert (
        MIN_ROUNDS_TO_STOP + ADDITIONAL_ROUNDS <= run.meta["stopped_after"] < 9
    )  # so few requests that noise may cost a round more


def test_no_round_begins_once_the_minutes_are_over() -> None:
    times = iter([59.0, 61.0])
    writer: Any = SimpleNamespace(lock=nullcontext())
    stop = experiment._Stop(None, 9, writer, Phases(lambda event: None), 60.0, lambda: next(times))
    assert stop.after_a_round()
    assert not stop.after_a_round() and stop.is_over and not stop.met


def test_what_a_run_is_judged_by_is_hashed_before_it_begins(complete: Run) -> None:
    assert complete.meta["preregistration"] == scenario_hash(complete.scenario)
    assert "stopped_after" not in complete.meta


# -- taking turns ------------------------------------------------------------------------------------------------------


def test_two_replays_take_turns_on_data_that_is_there(bench: Bench, small: Path) -> None:
    with bench.replay("one", small, ONE_ROUND) as earlier, bench.replay("other", small, ONE_ROUND) as other:
        assert (earlier.end(), other.end()) == (0, 0)
    first, second = sorted((earlier, other), key=lambda it: it.said(event="phase", name="start servers")[0]["at"])
    # It may have waited before as well: for the data, which the first one looks for under a lock.
    waits = [event["name"] for event in second.said(event="phase") if f"pid {first.process.pid}" in event["name"]]
    assert any(name.startswith("waiting for another replay on this machine") for name in waits), waits
    saved = first.said(event="phase", name="save")
    assert len(saved) == 1
    assert second.said(event="phase", name="start servers")[0]["at"] > saved[-1]["at"]
    for replay in (earlier, other):
        assert not replay.said(event="phase", name="seed: migrate"), "the data was there"
    assert load(bench.run("one")).complete and load(bench.run("other")).complete


# -- when something breaks ---------------------------------------------------------------------------------------------


def failed(bench: Bench, name: str, replay: Task, kind: str) -> Run:
    """The saved run of a task that failed as it should: one line, exit code 2, nothing left, what was measured is kept."""
    assert replay.end() == 2
    assert replay.error["kind"] == kind, replay.error
    assert "\n" not in replay.error["message"]
    run = load(bench.run(name))
    assert bench.left_running() == []
    return run


def test_an_endpoint_that_fails_in_some_cells_ends_nothing_and_has_its_factor(bench: Bench) -> None:
    factor = {"name": "broken", "kind": "setting", "setting": "ROOT_URLCONF",
              "when_off": "tests.projects.library.urls", "when_on": "tests.projects.unhappy_failing"}  # fmt: skip
    with bench.replay("failing", bench.variant("failing", factor), ONE_ROUND) as replay:
        assert replay.end() == 0, replay.log.read_text()[-3000:]
    run = load(bench.run("failing"))
    assert run.complete
    errors = run.samples[run.samples["error"].notna()]
    assert set(errors["cell"]) == {"all_on", "twin", "canary"}
    assert set(errors["endpoint"]) == {"book"} and set(errors["status"]) == {500}
    assert all("(RuntimeError: broken on purpose at tests/projects/unhappy.py:" in error for error in errors["error"])
    (finding,) = [finding for finding in summarise(run).findings if finding.kind == "status"]
    assert (finding.endpoint, list(finding.factors)) == ("book", ["broken"])
    assert "broken on purpose" in (run.directory / "logs" / "worker-all_on.log").read_text()


def test_a_request_that_hangs_is_named_with_its_cell(bench: Bench) -> None:
    factor = {"name": "stuck", "kind": "setting", "setting": "ROOT_URLCONF",
              "when_off": "tests.projects.library.urls", "when_on": "tests.projects.unhappy_hanging"}  # fmt: skip
    with bench.replay("hanging", bench.variant("hanging", factor, timeout_s=3), ENDLESS) as replay:
        run = failed(bench, "hanging", replay, "WorkerDied")
    assert run.status == "failed"
    assert re.search(
        r"endpoint book, cell (all_on|twin|canary), GET /books/\d+/: the worker did not respond within 3 s",
        run.meta["error"],
    )
    assert len(run.trace)


@pytest.mark.parametrize(("kind", "name"), [("postgres", "PostgreSQL"), ("valkey", "cache server")])
def test_a_server_that_goes_away_fails_the_run(bench: Bench, small: Path, kind: str, name: str) -> None:
    """Also the cache server, without which this project answers as if nothing had happened."""
    with bench.replay(kind, small, ENDLESS) as replay:
        replay.wait_for(event="progress", phase="replay")
        os.kill(replay.server(kind).pid, signal.SIGKILL)
        run = failed(bench, kind, replay, "ServerError")
    assert run.status == "failed"
    assert f"the private {name} has ended" in run.meta["error"]
    assert "endpoint " in run.meta["error"] and ", cell " in run.meta["error"]
    assert len(run.samples) and len(run.counters)


def test_a_worker_that_dies_is_named(bench: Bench, small: Path) -> None:
    with bench.replay("died", small, ENDLESS) as replay:
        replay.wait_for(event="progress", phase="replay")
        os.kill(replay.workers()[0].pid, signal.SIGKILL)
        run = failed(bench, "died", replay, "WorkerDied")
    assert run.status == "failed"
    assert "cell " in run.meta["error"] and "the worker " in run.meta["error"]
    assert len(run.samples)


def test_a_pass_that_fails_leaves_the_run_complete_and_is_told(bench: Bench, small: Path) -> None:
    with bench.replay("lost-pass", small, ONE_ROUND) as replay:
        replay.wait_for(event="phase", name="burst")
        wait_until(lambda: len(replay.workers()) == 4 or replay.ended(), 60, "its workers")
        os.kill(replay.workers()[0].pid, signal.SIGKILL)
        assert replay.end() == 0
    run = load(bench.run("lost-pass"))
    assert run.complete and run.meta["error"] is None
    assert "cell all_on" in run.failed_stages["burst"] and "the worker" in run.failed_stages["burst"]
    assert len(run.samples) and len(run.profile)
    assert bench.left_running() == []


def test_ctrl_c_in_a_pass_interrupts_the_run(bench: Bench, small: Path) -> None:
    with bench.replay("stopped-pass", small, ONE_ROUND) as replay:
        replay.wait_for(event="phase", name="profile")
        replay.process.send_signal(signal.SIGINT)
        replay.end(30)
    run = load(bench.run("stopped-pass"))
    assert run.status == "interrupted" and run.failed_stages == {}
    assert set(run.samples["round"]) == {1}
    assert bench.left_running() == []


def test_whatever_becomes_of_the_servers_what_was_measured_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(*arguments: Any) -> None:
        (stack,) = (argument for argument in arguments if isinstance(argument, ExitStack))
        stack.callback(signal.raise_signal, signal.SIGINT)  # while they are stopped

    monkeypatch.setattr(experiment, "_measure", measured)
    directory = tmp_path / "reports" / "marketplace" / "20261124-101500"
    directory.parent.mkdir(parents=True)
    with pytest.raises(KeyboardInterrupt):
        experiment.run(
            resolve(load_scenario(MARKETPLACE), "smoke"), 1, directory, {}, "perflab run", lambda event: None
        )
    assert load(directory).complete and liveness.mark_interrupted(tmp_path / "reports") == []


def test_a_full_disk_keeps_the_rounds_before(bench: Bench, small: Path) -> None:
    with bench.replay("full", small, TINY) as replay:
        replay.wait_for(event="phase", name="start workers", times=2)
        path = bench.run("full") / "samples" / f".round-002.parquet.{replay.process.pid}"
        path.symlink_to("/dev/full")
        run = failed(bench, "full", replay, "StoreError")
    assert run.status == "failed"
    assert os.strerror(errno.ENOSPC) in run.meta["error"] and "round-002.parquet" in run.meta["error"]
    assert set(run.samples["round"]) == {1}
    assert run.samples["latency_s"].notna().all()


@pytest.mark.parametrize("how", ["interrupt", "parent gone"])
def test_an_interrupted_run_keeps_what_was_measured(bench: Bench, small: Path, how: str) -> None:
    with bench.replay(how, small, ENDLESS) as replay:
        replay.wait_for(event="progress", phase="replay", times=2)
        everything = replay.tree()
        if how == "parent gone":
            assert replay.process.stdin is not None
            replay.process.stdin.close()
        else:
            replay.process.send_signal(signal.SIGINT)
        replay.end(30)
        wait_until(lambda: not alive(everything), 5, "its processes are gone")
        run = load(bench.run(how))
    assert run.status == "interrupted"
    assert run.samples["block"].nunique() >= 2
    if how != "parent gone":  # then nobody reads what it says, and it may have to leave early
        assert replay.error["kind"] == "Interrupted"
        assert replay.process.returncode == 2
    else:
        command_line_clean(bench.home)
    assert bench.left_running() == []


# -- kill -9 -----------------------------------------------------------------------------------------------------------


def killed(replay: Task) -> None:
    """Kill the orchestrator; within 5 s no process of it lives."""
    everything = replay.tree()
    assert len(everything) > 1
    replay.process.kill()
    wait_until(lambda: not alive(everything), 5, "its processes are gone")


def command_line_clean(home: Path) -> str:
    environment = {**os.environ, "PERFLAB_HOME": str(home), "PYTHONPATH": str(PROJECT / "app")}
    done = subprocess.run(
        [sys.executable, "-m", "perflab", "clean"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def files(home: Path) -> list[str]:
    """What lies in a state folder, two levels deep, but for the programs' copies."""
    return sorted(str(path.relative_to(home)) for path in home.glob("*/*") if path.parent.name != "bin")


def test_killed_while_seeding(bench: Bench, small: Path) -> None:
    before = files(bench.home)
    with bench.replay("killed-seeding", small, TINY, seed=99) as replay:
        replay.wait_for(event="phase", name="seed: migrate")
        killed(replay)
    assert files(bench.home) != before
    command_line_clean(bench.home)
    assert files(bench.home) == before, "data that was not finished goes too"


def test_killed_while_the_workers_start(bench: Bench, small: Path) -> None:
    before = files(bench.home)
    with bench.replay("killed-starting", small, TINY) as replay:
        replay.wait_for(event="phase", name="start workers")
        wait_until(lambda: len(replay.workers()) >= 2 or replay.ended(), 60, "two workers")
        killed(replay)
    command_line_clean(bench.home)
    assert files(bench.home) == before


def test_killed_while_replaying(bench: Bench, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(bench.home)
    with bench.replay("killed-replaying", small, ENDLESS) as replay:
        replay.wait_for(event="progress", phase="replay", times=2)
        killed(replay)
    monkeypatch.setenv("PERFLAB_HOME", str(bench.home))
    (data,) = (bench.home / "data").glob("*/pg")
    with PostgresServer(data) as server:  # the next start
        assert [name for name in server.databases() if name.startswith(RUN_PREFIX)] == []
        oids = {str(oid) for (oid,) in server.maintenance.execute("SELECT oid FROM pg_database")}
        assert {folder.name for folder in (data / "base").iterdir() if folder.name.isdigit()} == oids
        assert len(bench.left_running()) == 1, "its own"
    assert files(bench.home) == before
    assert bench.run("killed-replaying") in liveness.mark_interrupted(bench.folder)
    run = load(bench.run("killed-replaying"))
    assert run.status == "interrupted"
    assert run.samples.empty
