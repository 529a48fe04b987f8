"""Where a run took place, as facts without names and paths."""

from __future__ import annotations

import json
import os
import platform
import socket
import subprocess
from pathlib import Path

import django
import pytest

import perflab
from perflab import environment


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
    assert facts["speed"] > 0
    assert facts["system"].startswith(platform.system())
    text = json.dumps(facts)
    assert socket.gethostname() not in text and str(Path.home()) not in text


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
