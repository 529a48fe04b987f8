"""`perflab clean`: what interrupted runs left goes, and nothing else."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict

from perflab.servers.disk.clean import clean, stop_leftovers
from perflab.servers.disk.home import Home, new_run_folder
from perflab.servers.supervision.process import Identity, boot_id, identify
from tests.perflab.servers.helpers import alive, orchestrator, python, sleeper

HOLD = (
    "import sys; from pathlib import Path; from perflab.servers.supervision.lock import data_lock\n"
    "with data_lock(Path(sys.argv[1]), 'seeding'):\n    print('held', flush=True); sys.stdin.readline()"
)


def test_servers_that_outlived_their_orchestrator_are_stopped(home: Home) -> None:
    """The supervisors are stopped (SIGSTOP), as if they could not notice it."""
    with orchestrator(home.path) as (process, facts):
        for pid in facts["supervisors"]:
            os.kill(pid, signal.SIGSTOP)
        process.kill()
        process.wait()
        left = [*facts["supervisors"], facts["postgres"], facts["valkey"]]  # its client's backend has gone with it
        assert alive(left) == left
        done = clean()
        assert alive(facts["pids"]) == []
        assert len(done.stopped) == 4
        assert list(home.run.iterdir()) == []


def test_a_running_run_is_left_alone(home: Home) -> None:
    with orchestrator(home.path) as (_, facts):
        done = clean()
        assert (done.stopped, done.removed) == ([], [])
        assert alive(facts["pids"]) == facts["pids"]


def test_a_recycled_pid_is_not_killed(home: Home) -> None:
    with sleeper() as innocent:
        folder = new_run_folder(home, "postgres")
        now = identify(innocent.pid)
        assert now is not None
        former = asdict(Identity(innocent.pid, now.started + "0"))
        record = {"kind": "postgres", "boot": boot_id(), "orchestrator": former, "guard": former, "server": former}
        (folder.path / "record.json").write_text(json.dumps({**record, "also_remove": ["/tmp"]}))
        done = stop_leftovers(home)
        assert done.stopped == []
        assert done.removed == [str(folder.path)]  # and not /tmp
        assert innocent.poll() is None


def test_processes_of_an_earlier_boot_are_nobodys(home: Home) -> None:
    with sleeper() as innocent:
        folder = new_run_folder(home, "postgres")
        who = identify(innocent.pid)
        assert who is not None
        record = {
            "kind": "postgres",
            "boot": "another",
            "orchestrator": asdict(who),
            "guard": asdict(who),
            "server": None,
        }
        (folder.path / "record.json").write_text(json.dumps({**record, "also_remove": []}))
        assert stop_leftovers(home).removed == [str(folder.path)]
        assert innocent.poll() is None


def test_data_whose_seeding_was_interrupted_goes_in_any_case_but_not_while_it_is_being_seeded(home: Home) -> None:
    finished, interrupted, seeding = (home.data_folder(name) for name in ("finished", "interrupted", "seeding"))
    (finished / "manifest.json").touch()
    (interrupted / "pg").mkdir()
    with python(home.path, "-c", HOLD, str(seeding)) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        done = clean()
        assert (done.removed, done.refused) == ([str(interrupted)], [])
    assert finished.exists() and seeding.exists()


def test_seeded_data_go_only_when_requested_and_not_while_in_use(home: Home) -> None:
    used, free = home.data_folder("used"), home.data_folder("free")
    (free / "manifest.json").touch()
    with python(home.path, "-c", HOLD, str(used)) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        assert clean().removed == []
        done = clean(data=True)
        assert done.removed == [str(free)]
        assert len(done.refused) == 1
        assert f"in use by pid {process.pid} (seeding)" in done.refused[0]
    assert used.exists()
    assert clean(data=True).removed == [str(used)]


def test_environments_of_revisions_go_only_when_requested_and_not_while_in_use(home: Home) -> None:
    unused, used = home.environments / "unused", home.environments / "used"
    for folder in (unused, used):
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").symlink_to(sys.executable)
    assert clean().removed == []
    with subprocess.Popen([used / "bin" / "python", "-c", "input()"], stdin=subprocess.PIPE) as process:
        done = clean(data=True)
        process.communicate(b"\n")
    assert done.removed == [str(unused)] and done.refused == [f"{used}: in use by process {process.pid}"]
    assert [path.name for path in home.environments.iterdir()] == ["used"]


def test_sqlite_files_of_an_interrupted_run_go_and_those_of_a_running_one_stay(home: Home) -> None:
    interrupted, running = (home.data_folder(name) for name in ("interrupted", "running"))
    for folder in (interrupted, running):
        (folder / "manifest.json").touch()
        (folder / "sqlite").mkdir()
        for name in ("perflab_template_base.sqlite3", "perflab_run_1_0.sqlite3", "perflab_run_1_0.sqlite3-wal"):
            (folder / "sqlite" / name).touch()
    with python(home.path, "-c", HOLD, str(running)) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        done = clean()
    assert (done.removed, done.refused) == (["database perflab_run_1_0"], [])
    assert [path.name for path in (interrupted / "sqlite").iterdir()] == ["perflab_template_base.sqlite3"]
    assert len(list((running / "sqlite").iterdir())) == 3
