"""The workers of a round: who is started with what, and that all are stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psutil
import pytest

from perflab.errors import WorkerDied
from perflab.experiment.testbed import Testbed as Bed  # pytest collects what begins with Test
from perflab.experiment.workers import STOP_TIMEOUT_ON_ERROR_S, WorkerPool, round_workers
from perflab.run.cells import Cell, cells_of
from perflab.worker.protocol import WorkerConfig

CELLS = cells_of(("queries",))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, int]]]:
    """What each start was given: the cells in their order, and the hash seeds."""
    seen: list[tuple[list[str], dict[str, int]]] = []

    def start(
        configs: Mapping[str, WorkerConfig], log_of: Callable[[str], Any], hash_seeds: Mapping[str, int]
    ) -> WorkerPool:
        seen.append((list(configs), dict(hash_seeds)))
        return WorkerPool()

    monkeypatch.setattr(WorkerPool, "start", start)
    return seen


def bed_of(seed: int = 1) -> Bed:
    def worker_config(cell: Cell, databases: Mapping[str, str], number: int) -> WorkerConfig:
        return WorkerConfig(f"{cell.name} {number}", None)

    return cast(Bed, SimpleNamespace(seed=seed, worker_config=worker_config))


def start_rounds(seed: int, numbers: range) -> None:
    for number in numbers:
        round_workers(bed_of(seed), CELLS, {}, number, Path)


def test_the_same_seed_and_round_start_the_same_way(started: list[tuple[list[str], dict[str, int]]]) -> None:
    start_rounds(1, range(3))
    start_rounds(1, range(3))
    assert started[:3] == started[3:]


def test_no_cell_is_always_the_last_one_and_each_process_has_a_hash_seed_of_its_own(
    started: list[tuple[list[str], dict[str, int]]],
) -> None:
    start_rounds(1, range(40))
    assert {order[-1] for order, _ in started} == {cell.name for cell in CELLS}
    seeds = [seed for _, seeds in started for seed in seeds.values()]
    assert len(set(seeds)) == len(seeds)


def test_another_seed_starts_another_way(started: list[tuple[list[str], dict[str, int]]]) -> None:
    start_rounds(1, range(1))
    start_rounds(2, range(1))
    assert started[0] != started[1]


class Handle:
    """A worker that notes how it was told to stop, and may refuse."""

    def __init__(self, log: list[str], name: str, refuses: bool = False) -> None:
        self.log, self.name, self.refuses = log, name, refuses

    def dismiss(self) -> None:
        self.log.append(f"dismiss {self.name}")

    def stop(self, timeout_s: float) -> None:
        self.log.append(f"stop {self.name} {timeout_s}")
        if self.refuses:
            raise RuntimeError("it does not end")


def test_all_are_dismissed_before_anyone_is_waited_for_and_the_rest_is_stopped_if_one_fails() -> None:
    log: list[str] = []
    pool = WorkerPool({"a": Handle(log, "a"), "b": Handle(log, "b", refuses=True)})  # type: ignore[dict-item]  # what stop needs
    with pytest.raises(RuntimeError, match="does not end"):
        pool.stop(1.0)
    assert log == ["dismiss a", "dismiss b", "stop b 1.0", "stop a 1.0"]


def test_after_a_failure_they_are_not_waited_for_long() -> None:
    log: list[str] = []
    with pytest.raises(KeyError), WorkerPool({"a": Handle(log, "a")}):  # type: ignore[dict-item]  # what stop needs
        raise KeyError
    assert log[-1] == f"stop a {STOP_TIMEOUT_ON_ERROR_S}"


TINY = WorkerConfig("all_on", "tests.projects.tiny", {"ALLOWED_HOSTS": ["*"]})


def test_workers_with_the_same_seed_are_forked_and_others_start_by_themselves(tmp_path: Path) -> None:
    configs = {"a": TINY, "b": TINY, "c": TINY, "reference": WorkerConfig("reference", None)}
    with WorkerPool.start(configs, lambda name: tmp_path / f"{name}.log", {"c": 3}) as pool:
        (server,) = pool.servers
        kinds = {name: type(handle.process).__name__ for name, handle in pool.handles.items()}
        assert kinds == {"a": "ForkedProcess", "b": "ForkedProcess", "c": "Popen", "reference": "Popen"}
        assert len({*pool.pids, server.process.pid}) == 5
    assert server.process.returncode == 0, "nothing is left"


def test_a_worker_that_cannot_be_set_up_leaves_no_process(tmp_path: Path) -> None:
    broken = replace(TINY, settings_module="tests.projects.missing")
    with pytest.raises(WorkerDied, match=r"tests\.projects\.missing"):
        WorkerPool.start({"a": TINY, "b": broken, "c": TINY}, lambda name: tmp_path / f"{name}.log", {})
    assert not [child for child in psutil.Process().children(recursive=True) if "forking" in " ".join(child.cmdline())]
