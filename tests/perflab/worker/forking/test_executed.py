"""A worker in an interpreter of its own: what it is started with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from perflab.worker.forking import executed as executing
from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import WorkerConfig
from tests.perflab.steps import step_of

CONFIG = WorkerConfig(
    "all_on", "tests.projects.tiny", {"ALLOWED_HOSTS": ["*"]}, environment={"TINY_GREETING": "servus"}
)


@contextmanager
def started(log: Path, hash_seed: int | None = None) -> Iterator[WorkerHandle]:
    handle = WorkerHandle.start(CONFIG, log, hash_seed)
    try:
        yield handle
    finally:
        handle.stop()


def environment_of(pid: int) -> dict[bytes, bytes]:
    pairs = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return {name: value for name, _, value in (pair.partition(b"=") for pair in pairs)}


def test_it_works_in_a_session_and_with_an_environment_and_an_output_of_its_own(tmp_path: Path) -> None:
    with started(tmp_path / "log", 7) as handle:
        handle.wait_ready()
        environment = environment_of(handle.pid)
        assert environment[b"PYTHONHASHSEED"] == b"7" and environment[b"TINY_GREETING"] == b"servus"
        assert os.getsid(handle.pid) == handle.pid, "Ctrl-C is the experiment's to handle"
        assert os.readlink(f"/proc/{handle.pid}/fd/0") == os.devnull
        assert {os.readlink(f"/proc/{handle.pid}/fd/{n}") for n in (1, 2)} == {str(tmp_path / "log")}
        (sample,) = handle.block([step_of("/fail/")]).samples
        assert sample.status == 500
    assert "broken on purpose" in (tmp_path / "log").read_text()


def test_its_hash_seed_is_at_random_unless_one_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    seeds: list[str] = []

    def popen(command: list[str], **options: Any) -> None:
        commands.append(command)
        seeds.append(options["env"]["PYTHONHASHSEED"])

    monkeypatch.setattr("perflab.worker.forking.executed.subprocess.Popen", popen)
    with (tmp_path / "log").open("wb") as output:
        for hash_seed in (0, 4, None, None):
            executing.executed(CONFIG, (11, 12, 13), output, hash_seed)
    assert seeds[:2] == ["0", "4"]
    assert seeds[2] != seeds[3]
    assert all(0 <= int(seed) < 2**32 for seed in seeds), "what Python takes"
    assert {tuple(command[-3:]) for command in commands} == {("11", "12", "13")}


def test_it_has_no_other_descriptors_than_it_is_given(tmp_path: Path) -> None:
    left, right = os.pipe()
    os.set_inheritable(left, True)
    try:
        with started(tmp_path / "log") as handle:
            handle.wait_ready()
            places = [os.readlink(entry) for entry in Path(f"/proc/{handle.pid}/fd").iterdir()]
        assert os.readlink(f"/proc/self/fd/{left}") not in places
        assert sum(place.startswith("socket:") for place in places) == 1
    finally:
        os.close(left)
        os.close(right)
