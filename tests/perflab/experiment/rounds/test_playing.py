"""A round as a whole, and how much of its traffic and of its checks is replayed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from perflab.errors import PerflabError, SubjectError
from perflab.experiment.replay.turns import RoundRows
from perflab.experiment.responses import IgnoredFields
from perflab.experiment.rounds import playing
from perflab.experiment.rounds.playing import RoundPlan, check_within, play_round, replay_within
from perflab.run.response import Mask, VaryingPlace
from perflab.run.tables import Row
from tests.perflab.experiment.replay.test_loop import CELLS, FACTORS, Responding, replay_of, step


def test_checks_are_made_in_whole_blocks_as_far_as_the_budget_reaches() -> None:
    replay, workers = replay_of()
    checks = [step(n, phase="check") for n in range(2)]
    assert check_within(replay, [checks, checks, checks], 10.0, clock=iter([0.0, 1.0, 9.0, 11.0]).__next__) == 2
    assert sum(map(len, workers["all_on"].blocks)) == 4


@dataclass
class Ticking:
    """A clock that goes on by itself: each reading takes half a second."""

    now: float = 0.0

    def __call__(self) -> float:
        self.now += 0.5
        return self.now


def test_a_trace_is_cut_to_what_fits_in_whole_blocks() -> None:
    replay, workers = replay_of()
    times: list[float] = []
    blocks = ([step(n * 2, n), step(n * 2 + 1, n)] for n in range(10_000))
    measured = replay_within(replay, blocks, 20.0, lambda rows, replayed_s: times.append(replayed_s), Ticking())
    assert measured == len(times) == len(workers["all_on"].blocks)
    assert 5 < measured < 20
    assert {len(w.blocks) for w in workers.values()} == {measured}, "the same cut for all cells"
    assert times == sorted(times) and times[0] > 0


def test_at_least_one_block_is_measured_however_long_the_warm_up_took() -> None:
    replay, _ = replay_of()
    blocks = [[step(n, n, "warmup")] for n in range(50)] + [[step(50, 50)], [step(51, 51)]]
    assert replay_within(replay, blocks, 3.0, lambda rows, replayed_s: None, Ticking()) == 1


@dataclass
class Played:
    """What happened while a round was played."""

    events: list[str] = field(default_factory=list)
    warm: Any = None
    stops_at: int = 0  # at which look the round sees that it has to stop; 0 for never
    looks: int = 0

    def raise_if_stopping(self) -> None:
        self.looks += 1
        if self.looks == self.stops_at:
            raise PerflabError("stopped")

    @contextmanager
    def phases(self, name: str) -> Iterator[None]:
        self.events.append(name)
        yield

    def play(self, monkeypatch: pytest.MonkeyPatch, caching: frozenset[str] = frozenset(), **what: Any) -> None:
        names = [cell.name for cell in CELLS if cell.role != "reference"]
        pool = SimpleNamespace(handles=self.workers, pids=[])
        monkeypatch.setattr(playing, "cell_databases", lambda *arguments: nullcontext({name: name for name in names}))
        monkeypatch.setattr(playing, "round_workers", lambda *arguments: nullcontext(pool))
        servers = SimpleNamespace(
            database=None,
            counters=lambda: None,
            dead_server=lambda: None,
            pinned=lambda pids: nullcontext(),
            cache="cache",
        )
        profile = SimpleNamespace(slice=1)
        scenario = SimpleNamespace(factor_names=FACTORS, traffic=SimpleNamespace(timeout_s=9))
        testbed: Any = SimpleNamespace(
            question=SimpleNamespace(profile=profile, scenario=scenario), token="t", seed=1, began_s=0.0, servers=servers,
            leave_nothing=lambda: self.events.append("keys deleted"), warm=self.warm,
            prepared=SimpleNamespace(others_of=lambda template: {}), raise_if_stopping=self.raise_if_stopping,
            folder_of=lambda cell, number: Path(f"{number}-{cell}"),
        )  # fmt: skip
        plan = RoundPlan(3, CELLS, {}, caching, [(step(0),), (step(1, 1),)], 60.0, compare=False)
        ignored = IgnoredFields()
        ignored.add("read", [VaryingPlace(Mask("/body/at"), "time", "x")])
        play_round(testbed, plan, ignored, Path, self.save, phases=self.phases, **what)

    def __post_init__(self) -> None:
        self.workers = {cell.name: Listening() for cell in CELLS}
        self.saved: list[RoundRows] = []

    def save(self, rows: RoundRows) -> None:
        self.saved.append(rows)


class Listening(Responding):
    """A worker that also remembers which places it is to ignore."""

    def ignore(self, endpoint: str, masks: Sequence[Mask]) -> None:
        self.ignored = {endpoint: list(masks)}


def test_a_round_starts_from_the_warm_state(monkeypatch: pytest.MonkeyPatch) -> None:
    restored: list[Any] = []
    played = Played(
        warm=SimpleNamespace(
            restore_files=lambda *arguments: restored.append(arguments),
            restore_entries=lambda *arguments: restored.append(arguments),
        )
    )
    played.play(monkeypatch, caching=frozenset({"all_on"}))
    (folders, caching), (cache, number, cells) = restored
    assert folders == {name: Path(f"3-{name}") for name in played.workers if name != "reference"}
    assert (cache, number, caching) == ("cache", 3, frozenset({"all_on"}))
    assert cells == {"all_on": played.workers["all_on"]}
    assert played.events[1:5] == ["restore caches", "start workers", "restore caches", "replay"], (
        "files before a worker opens them, entries before anything is measured"
    )


@pytest.mark.parametrize(
    ("look", "phases"),
    [
        (1, ["clone databases"]),
        (2, ["clone databases", "start workers"]),
        (3, ["clone databases", "start workers", "replay", "save"]),
    ],
)
def test_a_round_ends_before_its_next_step_or_block_once_another_one_has_failed(
    monkeypatch: pytest.MonkeyPatch, look: int, phases: list[str]
) -> None:
    played = Played(stops_at=look)
    with pytest.raises(PerflabError, match="stopped"):
        played.play(monkeypatch)
    assert played.events == phases
    assert [len(rows.trace) for rows in played.saved] == [1] * (look == 3), "what was measured is saved"


def test_a_round_is_played_in_its_phases_and_its_rows_are_saved_before_its_databases_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played = Played()
    played.play(monkeypatch, after_replay=lambda replay: replay.rows.usage.append({"number": replay.conditions.number}))
    assert played.events == [
        "clone databases", "start workers", "replay", "save", "end round", "forget caches", "keys deleted",
    ]  # fmt: skip
    (rows,) = played.saved
    assert (len(rows.trace), len(rows.samples), rows.usage) == (2, 16, [{"number": 3}])
    assert {worker.ignored["read"][0].field for worker in played.workers.values()} == {"/body/at"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, SubjectError("failed")])
def test_the_rows_of_a_round_that_fails_are_saved(monkeypatch: pytest.MonkeyPatch, error: Any) -> None:
    def fail(rows: Sequence[Row], replayed_s: float) -> None:
        raise error

    played = Played()
    with pytest.raises((KeyboardInterrupt, SubjectError)):
        played.play(monkeypatch, on_block=fail)
    (rows,) = played.saved
    assert (len(rows.trace), len(rows.samples)) == (1, 8)
    assert played.events == ["clone databases", "start workers", "replay", "save"]
