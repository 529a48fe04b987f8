"""The machine that a run takes place on: facts without names and paths, its limits, its processors."""

from __future__ import annotations

import json
import os
import platform
import socket
import subprocess
import sys
from importlib import metadata
from itertools import cycle
from pathlib import Path
from typing import Any

import django
import psutil
import pytest

import perflab
from perflab.experiment import host
from perflab.experiment.host import Pinning, plan_lanes, plan_pinning


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    done = subprocess.run(["git", "-C", str(folder), *who, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_versions_are_those_that_run_here() -> None:
    versions = host.versions()
    assert versions["python"] == platform.python_version()
    assert versions["django"] == django.__version__
    assert versions["perflab"] is not None and versions["perflab"].startswith(perflab.__version__[:1])
    assert set(host.PACKAGES) < set(versions)


def test_perflab_knows_its_version_without_being_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    versions = host.versions()
    assert versions["perflab"] == perflab.__version__
    assert versions["django"] is None, "unknown"


def test_a_machine_is_described_without_being_named() -> None:
    facts = host.machine()
    assert facts["cores"] == os.cpu_count()
    assert facts["memory_bytes"] > 2**28
    assert set(facts["calibration"]) == {"reference_s", "variation", "processor_share", "n"}
    assert facts["calibration"]["reference_s"] > 0
    assert facts["system"].startswith(platform.system())
    text = json.dumps(facts)
    assert socket.gethostname() not in text and str(Path.home()) not in text


class Host:
    """Two clocks, and a request that takes what the test says."""

    def __init__(self, *times: float, processor_share: float = 1.0) -> None:
        self.now = self.worked = 0.0
        self.times = cycle(times)
        self.processor_share = processor_share

    def request(self) -> None:
        time = next(self.times)
        self.now += time
        self.worked += time * self.processor_share

    def calibration(self, watch_s: float) -> dict[str, Any]:
        return host.calibration(watch_s, self.request, lambda: self.now, lambda: self.worked)


def test_a_steady_host_has_no_variation() -> None:
    figures = Host(2**-10, processor_share=0.75).calibration(0.5)
    assert figures == {"reference_s": 2**-10, "variation": 0.0, "processor_share": 0.75, "n": 512}


def test_a_request_that_was_interrupted_moves_no_median() -> None:
    steady = [0.001] * 60
    figures = Host(*steady, 0.1).calibration(1.0)
    assert figures["reference_s"] == pytest.approx(0.001)


def test_variation_is_that_between_windows_not_between_requests() -> None:
    by_turns = Host(*[0.001] * 200, *[0.002] * 100).calibration(2.0)
    mixed = Host(0.001, 0.002).calibration(2.0)
    assert by_turns["variation"] > 0.4
    assert mixed["variation"] < 0.1


def test_of_a_short_watch_the_variation_is_unknown() -> None:
    assert Host(0.001).calibration(0.05)["variation"] is None
    assert Host(0.001).calibration(0.0) == {
        "reference_s": None, "variation": None, "processor_share": None, "n": 0,
    }  # fmt: skip


def test_the_revision_is_the_commit_and_whether_files_differ_from_it(tmp_path: Path) -> None:
    assert host.git_revision(tmp_path) is None, "no repository"
    git(tmp_path, "init", "-q")
    assert host.git_revision(tmp_path) is None, "no commit"
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-q", "-m", "one")
    revision = git(tmp_path, "rev-parse", "HEAD")
    assert host.git_revision(tmp_path) == revision[:12]
    (tmp_path / "untracked").write_text("of no account")
    assert host.git_revision(tmp_path) == revision[:12]
    (tmp_path / "file").write_text("two")
    assert host.git_revision(tmp_path) == revision[:12] + "+"


def test_without_git_there_is_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert host.git_revision(Path(__file__).parent) is None


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A process in the group jobs/ours; files of its groups are for the test to write."""
    (tmp_path / "groups" / "jobs" / "ours").mkdir(parents=True)
    (tmp_path / "own").write_text("3:cpuset:/\n0::/jobs/ours\n")
    monkeypatch.setattr(host, "GROUPS", tmp_path / "groups")
    monkeypatch.setattr(host, "OWN_GROUP", tmp_path / "own")
    return tmp_path


def test_without_a_limit_nothing_is_known(system: Path) -> None:
    assert host.processor_quota() is None
    assert host.memory_limit() is None
    (system / "groups" / "jobs" / "ours" / "cpu.max").write_text("max 100000\n")
    (system / "groups" / "jobs" / "ours" / "memory.max").write_text("max\n")
    assert host.processor_quota() is None
    assert host.memory_limit() is None


def test_the_tightest_group_counts(system: Path) -> None:
    for group, quota, memory in (("jobs", "150000 100000", "1048576"), ("jobs/ours", "300000 100000", "max")):
        (system / "groups" / group / "cpu.max").write_text(f"{quota}\n")
        (system / "groups" / group / "memory.max").write_text(f"{memory}\n")
    (system / "cpu.max").write_text("1 100000\n")  # above the groups: none of theirs
    assert host.processor_quota() == 1.5
    assert host.memory_limit() == 1024**2


def test_without_control_groups_no_limit_is_known(system: Path) -> None:
    (system / "own").unlink()
    assert host.processor_quota() is None
    assert host.memory_limit() is None


def test_what_is_measured_has_a_core_of_its_own() -> None:
    allowed = os.sched_getaffinity(0)
    planned = plan_pinning()
    assert os.sched_getaffinity(0) == allowed, "a plan changes nothing"
    if len(allowed) < 2:
        assert not planned.possible
        pytest.skip("one core")
    assert planned.possible and planned.reason is None
    assert len(planned.measured) == 1
    assert {*planned.measured, *planned.others} == allowed
    assert not {*planned.measured} & {*planned.others}
    assert planned.measured[0] == max(allowed)


def test_with_one_core_it_says_so() -> None:
    """In a process that may use one core only."""
    code = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
        "from perflab.experiment.host import plan_pinning; p = plan_pinning()\n"
        "print(p.possible, p.reason, p.measured == p.others)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "False there is only one core True"


def test_a_pinning_is_kept_as_facts() -> None:
    assert Pinning(True, (3,), (0, 1, 2)).facts() == {
        "pinned": True, "measured_cores": [3], "other_cores": [0, 1, 2], "reason": None,
    }  # fmt: skip
    refused = Pinning(False, (), (), "the system refuses it")
    assert refused.facts()["reason"] == "the system refuses it"


@pytest.mark.parametrize(("quota", "expected"), [(None, 4), (1.5, 1), (0.5, 1), (3.0, 3), (8.0, 4)])
def test_so_many_cores_may_be_kept_busy_as_affinity_and_quota_allow(
    quota: float | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil.Process, "cpu_affinity", lambda process: [0, 1, 2, 3])
    monkeypatch.setattr(host, "processor_quota", lambda: quota)
    assert host.cores() == expected


@pytest.mark.parametrize(
    ("siblings", "lanes"),
    [
        ({0: "0", 1: "1", 2: "2", 3: "3"}, [3, 2, 1, 0]),
        ({0: "0,2", 1: "1,3", 2: "0,2", 3: "1,3"}, [3, 2]),
        ({0: "0-1", 1: "0-1", 2: "2-3", 3: "2-3"}, [3, 1]),
        ({}, [3, 2, 1, 0]),  # a system that does not tell
    ],
)
def test_a_lane_has_a_core_that_it_shares_with_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, siblings: dict[int, str], lanes: list[int]
) -> None:
    monkeypatch.setattr(host, "plan_pinning", lambda: Pinning(True, (3,), (0, 1, 2)))
    monkeypatch.setattr(host, "PROCESSORS", tmp_path)
    for number, text in siblings.items():
        (tmp_path / f"cpu{number}" / "topology").mkdir(parents=True)
        (tmp_path / f"cpu{number}" / "topology" / "thread_siblings_list").write_text(f"{text}\n")
    assert plan_lanes() == [Pinning(True, (core,), (core,)) for core in lanes]


def test_without_pinning_there_is_no_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "plan_pinning", lambda: Pinning(False, (0,), (0,), "there is only one core"))
    assert plan_lanes() == []
