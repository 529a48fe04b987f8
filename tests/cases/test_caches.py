"""Whole runs of the shop: each cell has caches of its own, of every kind, and nothing of anybody else's is touched."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perflab.analysis.summary import summarise
from perflab.run.store import Run, load
from perflab.servers.valkey import ValkeyServer
from tests.perflab.tasks import PROJECT, task

pytestmark = [
    pytest.mark.servers,
    pytest.mark.replays,
    pytest.mark.slow,
    # a replay takes turns with others on the machine
    pytest.mark.timeout(900),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a private Valkey and /proc"),
]

CASES = PROJECT / "tests" / "cases" / "caches"
KEPT = PROJECT / "cases-filecache"  # where the shop itself keeps files


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix=f"perflab-test-{os.getpid()}-", dir="/var/tmp"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


Replayed = Callable[[str], Run]


@pytest.fixture(scope="module")
def replayed(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """Replays a scenario, once."""
    runs: dict[str, Run] = {}

    def run(name: str) -> Run:
        if name not in runs:
            folder = tmp_path_factory.mktemp(name)
            arguments = {
                "scenario": str(CASES / f"{name}.yaml"), "profile": "smoke", "overrides": {}, "seed": 1,
                "directory": str(folder / "run"), "command": "perflab run",
            }  # fmt: skip
            with task("replay", arguments, home, folder / "task.log") as replay:
                assert replay.end() == 0, replay.log.read_text()[-3000:] + str(replay.events[-1])
            runs[name] = load(folder / "run")
        return runs[name]

    return run


def sound(run: Run) -> None:
    """Every request is answered, all answers are the same, and nobody is shown an old item."""
    assert run.complete
    subjects = run.samples[run.samples["role"] != "reference"]
    assert set(subjects["status"]) == {200}
    summary = summarise(run).as_dict()
    assert summary["equivalence"]["compared"] > 20
    assert summary["equivalence"]["changed"] == 0
    assert [claim["verdict"] for claim in summary["claims"]] == ["supported"]
    wrong = {"changed_response", "stale_response", "cache_counts_disagree", "leaked", "tables_differ"}
    assert [finding for finding in summary["findings"] if finding["class"] in wrong] == []
    assert (run.tables["differing"] == 0).all()


def first_lookups(run: Run) -> set[int]:
    """The hits of each cell's first request that looks anything up: others' entries would be hits."""
    lookups = run.samples[
        (run.samples["cache_hits"] + run.samples["cache_misses"] > 0) & (run.samples["role"] != "reference")
    ]
    firsts = lookups.sort_values("step").groupby(["round", "cell"], observed=True).first()
    return set(firsts["cache_hits"])


def cached(run: Run) -> None:
    subjects = run.samples[run.samples["phase"] == "measured"].groupby("cell", observed=True)["cache_hits"].sum()
    assert subjects["all_on"] > 0 and subjects["all_off"] == 0


def test_a_cache_in_files_and_keys_without_a_prefix_are_each_cells_own(replayed: Replayed) -> None:
    run = replayed("isolated")
    sound(run)
    cached(run)
    assert first_lookups(run) == {0}
    assert not KEPT.exists(), "nothing of the project's own is read or written"


def test_a_project_that_clears_its_cache_clears_its_own(replayed: Replayed) -> None:
    sound(replayed("clear"))
    cached(replayed("clear"))


@pytest.mark.parametrize("name", ["isolated", "clear", "pattern"])
def test_what_is_somebody_elses_on_a_server_of_the_users_stays(
    replayed: Replayed, name: str, home: Path, valkey: ValkeyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The marks of a project in production, and the entries that it would itself write."""
    theirs = {
        "somebody-elses:session": b"important",
        "catalogue:item:1": b"the production's own",
        "shop:1:item:1": b"1",
    }
    client = valkey.client()
    client.mset(theirs)
    before = set(client.keys("*"))
    monkeypatch.setenv("PERFLAB_CACHE_URL", valkey.url())
    arguments = {
        "scenario": str(CASES / f"{name}.yaml"), "profile": "smoke", "overrides": {"replay_s": 1, "rounds": 2}, "seed": 1,
        "directory": str(tmp_path / "run"), "command": "perflab run",
    }  # fmt: skip
    with task("replay", arguments, home, tmp_path / "task.log") as replay:
        code = replay.end()
        log = replay.log.read_text()[-3000:] + str(replay.events[-1])
    assert client.mget(*theirs) == list(theirs.values())
    assert set(client.keys("*")) == before, "and nothing of the lab's is left"
    client.delete(*theirs)
    client.close()
    assert code == 0, log
    run = load(tmp_path / "run")
    if name == "pattern":  # counts by the raw connection, under a name without the prefix
        (outcome, *_) = [row for row in run.meta["first_requests"]["outcomes"] if row["endpoint"] == "write"]
        assert "unset PERFLAB_CACHE_URL" in str(outcome["error"])
        assert run.meta["first_requests"]["left_out"] == ["write"]
    else:
        sound(run)


def test_the_table_of_a_cache_in_the_database_is_made(replayed: Replayed) -> None:
    run = replayed("dbcache")
    sound(run)
    cached(run)
    assert "cache_table" not in set(run.tables["table"])


def test_a_project_that_drops_entries_by_a_pattern_shows_nothing_old(replayed: Replayed) -> None:
    """With a lock and a counter by the raw connection, which work where the cache is off, too."""
    run = replayed("pattern")
    sound(run)
    cached(run)
    assert first_lookups(run) == {0}


def test_sessions_in_the_switched_cache_are_remarked_on() -> None:
    from perflab.cli.check import check

    text = check(CASES / "sessions.yaml")
    (note,) = [line for line in text.splitlines() if line.startswith("Note: ")]
    assert "sessions are in the cache 'default'" in note and "SESSION_CACHE_ALIAS" in note
    assert not [line for line in check(CASES / "isolated.yaml").splitlines() if line.startswith("Note: ")]
