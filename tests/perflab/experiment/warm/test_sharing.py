"""Which cells can take over the entries of all_on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from perflab.errors import PerflabError
from perflab.experiment.warm import sharing
from perflab.experiment.warm.sharing import sample_of, sources
from perflab.experiment.workers import WorkerPool
from perflab.run.cells import cells_of
from tests.perflab.steps import step_of

CELLS = cells_of(("queries", "caching"))
CACHING = frozenset(cell.name for cell in CELLS if cell.levels and cell.is_on("caching"))


class Storing:
    """A worker whose caches hold what its cell stores."""

    def __init__(self, memory: dict[str, bytes], folder: Path | None = None) -> None:
        self.entries = memory
        self.config = SimpleNamespace(folder=None if folder is None else str(folder))
        self.executed: Sequence[Any] = ()
        self.failing: PerflabError | None = None

    def begin(self, steps: Sequence[Any]) -> None:
        self.executed = steps

    def has_replied(self, steps: Sequence[Any], timeout_s: float, wait_s: float) -> bool:
        return True

    def done(self, steps: Sequence[Any], timeout_s: float) -> Any:
        assert steps is self.executed and timeout_s == 9
        return self.failing

    def memory(self) -> Any:
        return {"default": (self.entries, {})}


def sources_of(
    monkeypatch: pytest.MonkeyPatch, stored: dict[str, Storing], dumped: dict[str, dict[str, bytes]] | None = None
) -> dict[str, str]:
    """What the cells take their entries from, where these workers stand for them."""
    started: list[Any] = []

    def start(configs: Any, log_of: Any, seeds: Any) -> Any:
        started.append(list(configs))
        return nullcontext(SimpleNamespace(handles=stored))

    monkeypatch.setattr(sharing, "cell_databases", lambda *arguments: nullcontext({}))
    monkeypatch.setattr(WorkerPool, "start", start)
    emptied: list[bool] = []
    testbed: Any = SimpleNamespace(
        everything_on="all_on",
        cells=CELLS, caching=CACHING, token="t", cells_at_once=1,
        question=SimpleNamespace(scenario=SimpleNamespace(traffic=SimpleNamespace(timeout_s=9))),
        prepared=SimpleNamespace(templates={cell.name: "warm" for cell in CELLS}, others_of=lambda template: {}),
        servers=SimpleNamespace(database=None, cache=SimpleNamespace(dump=lambda names: (dumped or {}).get(names, {}))),
        worker_config=lambda cell, databases, number: cell.name, leave_nothing=lambda: emptied.append(True),
    )  # fmt: skip
    result = sources(testbed, [step_of("/", 1, at_s=5.0)], lambda cell: None)
    assert started == [["caching", "all_on"]] and emptied == [True], "no control: each is as the cell that it controls"
    return result


def test_cells_that_store_the_same_take_over_the_entries_of_all_on(monkeypatch: pytest.MonkeyPatch) -> None:
    same = {name: Storing({"a": b"1"}) for name in ("caching", "all_on")}
    assert sources_of(monkeypatch, same) == dict.fromkeys(CACHING, "all_on")


def test_one_that_stores_something_else_has_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = {"caching": Storing({"a": b"2"}), "all_on": Storing({"a": b"1"})}
    expected = {"caching": "caching", "all_on": "all_on", "twin": "all_on", "canary": "all_on"}
    assert sources_of(monkeypatch, other) == expected
    same = {name: Storing({}) for name in ("caching", "all_on")}
    assert sources_of(monkeypatch, same, {"-1 caching ": {"0 key": b"x"}, "-1 all_on ": {"0 key": b"y"}}) == expected
    (tmp_path / "caches").mkdir()
    (tmp_path / "caches" / "entry").write_bytes(b"x")
    in_files = {"caching": Storing({}, tmp_path), "all_on": Storing({}, tmp_path / "none")}
    assert sources_of(monkeypatch, in_files) == expected


def test_a_worker_that_fails_is_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = {name: Storing({}) for name in ("caching", "all_on")}
    stored["caching"].failing = PerflabError("the worker died")
    with pytest.raises(PerflabError, match="the worker died"):
        sources_of(monkeypatch, stored)


def test_a_few_different_reads_of_each_endpoint_are_made_at_one_time_the_last_ones() -> None:
    steps = [step_of(f"/{n % 9}/", n, at_s=float(n), endpoint="read", user=1) for n in range(30)]
    steps += [step_of("/w/", 30, at_s=30.0, endpoint="write", method="POST", writes=True)]
    sample = sample_of(steps)
    assert [step.path for step in sample] == ["/2/", "/1/", "/0/", "/8/", "/7/"]
    assert {step.at_s for step in sample} == {30.0}
    assert sample_of([]) == []
