"""What a process may have of its machine, from the files of a system that is made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.experiment import cgroup


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A process in the group jobs/ours; files of its groups are for the test to write."""
    (tmp_path / "groups" / "jobs" / "ours").mkdir(parents=True)
    (tmp_path / "own").write_text("3:cpuset:/\n0::/jobs/ours\n")
    monkeypatch.setattr(cgroup, "GROUPS", tmp_path / "groups")
    monkeypatch.setattr(cgroup, "OWN_GROUP", tmp_path / "own")
    monkeypatch.setattr(cgroup, "MEMORY", tmp_path / "meminfo")
    return tmp_path


def test_without_a_limit_nothing_is_known(system: Path) -> None:
    assert cgroup.processor_quota() is None
    assert cgroup.memory_limit() is None
    (system / "groups" / "jobs" / "ours" / "cpu.max").write_text("max 100000\n")
    (system / "groups" / "jobs" / "ours" / "memory.max").write_text("max\n")
    assert cgroup.processor_quota() is None
    assert cgroup.memory_limit() is None


def test_the_tightest_group_counts(system: Path) -> None:
    for group, quota, memory in (("jobs", "150000 100000", "1048576"), ("jobs/ours", "300000 100000", "max")):
        (system / "groups" / group / "cpu.max").write_text(f"{quota}\n")
        (system / "groups" / group / "memory.max").write_text(f"{memory}\n")
    (system / "cpu.max").write_text("1 100000\n")  # above the groups: none of theirs
    assert cgroup.processor_quota() == 1.5
    assert cgroup.memory_limit() == 1024**2


def test_other_systems_say_nothing(system: Path) -> None:
    (system / "own").unlink()
    assert cgroup.processor_quota() is None
    assert cgroup.memory_limit() is None
    assert cgroup.available_memory() is None


def test_available_memory_is_in_bytes(system: Path) -> None:
    (system / "meminfo").write_text("MemTotal:       8000 kB\nMemAvailable:   3000 kB\n")
    assert cgroup.available_memory() == 3000 * 1024
    (system / "meminfo").write_text("MemTotal:       8000 kB\n")
    assert cgroup.available_memory() is None
