"""Where a run took place, as facts without names and paths."""

from __future__ import annotations

import json
import os
import platform
import socket
import subprocess
from itertools import cycle
from pathlib import Path
from typing import Any

import django
import pytest

import perflab
from perflab.experiment import environment


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    done = subprocess.run(["git", "-C", str(folder), *who, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_versions_are_those_that_run_here() -> None:
    found = environment.versions()
    assert found["python"] == platform.python_version()
    assert found["django"] == django.__version__
    assert found["perflab"] is not None and found["perflab"].startswith(perflab.__version__[:1])
    assert set(environment.PACKAGES) < set(found)


def test_a_machine_is_described_without_being_named() -> None:
    facts = environment.machine()
    assert facts["cores"] == os.cpu_count()
    assert facts["memory_bytes"] is None or facts["memory_bytes"] > 2**28
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
        return environment.calibration(watch_s, self.request, lambda: self.now, lambda: self.worked)


def test_a_steady_host_has_no_variation() -> None:
    found = Host(2**-10, processor_share=0.75).calibration(0.5)
    assert found == {"reference_s": 2**-10, "variation": 0.0, "processor_share": 0.75, "n": 512}


def test_a_request_that_was_interrupted_moves_no_median() -> None:
    steady = [0.001] * 60
    found = Host(*steady, 0.1).calibration(1.0)
    assert found["reference_s"] == pytest.approx(0.001)


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
    assert environment.git_revision(tmp_path) is None, "no repository"
    git(tmp_path, "init", "-q")
    assert environment.git_revision(tmp_path) is None, "no commit"
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-q", "-m", "one")
    revision = git(tmp_path, "rev-parse", "HEAD")
    assert environment.git_revision(tmp_path) == revision[:12]
    (tmp_path / "untracked").write_text("of no account")
    assert environment.git_revision(tmp_path) == revision[:12]
    (tmp_path / "file").write_text("two")
    assert environment.git_revision(tmp_path) == revision[:12] + "+"


def test_without_git_there_is_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.git_revision(Path(__file__).parent) is None
