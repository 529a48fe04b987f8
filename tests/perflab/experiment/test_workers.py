"""The workers of a round: who is started with what, and that all are stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from perflab.experiment.testbed import Lab
from perflab.experiment.workers import HURRY_S, Crew, crew_of
from perflab.run.cells import Cell, cells_of
from perflab.worker.protocol import Job

CELLS = cells_of(("queries",))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, int]]]:
    """What each start was given: the cells in their order, and the hash seeds."""
    seen: list[tuple[list[str], dict[str, int]]] = []

    def start(jobs: Mapping[str, Job], log_of: Callable[[str], Any], hash_seeds: Mapping[str, int]) -> Crew:
        seen.append((list(jobs), dict(hash_seeds)))
        return Crew()

    monkeypatch.setattr(Crew, "start", start)
    return seen


def lab(seed: int = 1) -> Lab:
    def job(cell: Cell, databases: Mapping[str, str], number: int) -> Job:
        return Job(f"{cell.name} {number}", None)

    return cast(Lab, SimpleNamespace(seed=seed, job=job))


def crews(seed: int, numbers: range) -> None:
    for number in numbers:
        crew_of(lab(seed), CELLS, {}, number, Path)


def test_the_same_seed_and_round_start_the_same_way(started: list[tuple[list[str], dict[str, int]]]) -> None:
    crews(1, range(3))
    crews(1, range(3))
    assert started[:3] == started[3:]


def test_no_cell_is_always_the_last_one_and_each_process_has_a_hash_seed_of_its_own(
    started: list[tuple[list[str], dict[str, int]]],
) -> None:
    crews(1, range(40))
    assert {order[-1] for order, _ in started} == {cell.name for cell in CELLS}
    seeds = [seed for _, seeds in started for seed in seeds.values()]
    assert len(set(seeds)) == len(seeds)


def test_another_seed_starts_another_way(started: list[tuple[list[str], dict[str, int]]]) -> None:
    crews(1, range(1))
    crews(2, range(1))
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


def test_all_are_told_to_go_before_anyone_is_waited_for_and_the_rest_is_stopped_if_one_fails() -> None:
    log: list[str] = []
    crew = Crew({"a": Handle(log, "a"), "b": Handle(log, "b", refuses=True)})  # type: ignore[dict-item]  # what stop needs
    with pytest.raises(RuntimeError, match="does not end"):
        crew.stop(1.0)
    assert log == ["dismiss a", "dismiss b", "stop b 1.0", "stop a 1.0"]


def test_after_a_failure_they_are_not_waited_for_long() -> None:
    log: list[str] = []
    with pytest.raises(KeyError), Crew({"a": Handle(log, "a")}):  # type: ignore[dict-item]  # what stop needs
        raise KeyError
    assert log[-1] == f"stop a {HURRY_S}"
