"""The warm-up of one cell: what is executed, shown and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perflab.errors import SubjectError
from perflab.experiment.warm import warming
from perflab.experiment.warm.length import Progress
from perflab.scenario.loading import load
from perflab.scenario.profiles import resolve
from perflab.worker.protocol import WarmedUp
from tests.perflab.steps import step_of
from tests.perflab.workload.hamlet import MARKETPLACE

SCENARIO = load(MARKETPLACE)


def done(hits: int = 0, misses: int = 0, executed: int = 10, failed: int = 0, ttl_s: float | None = None) -> WarmedUp:
    return WarmedUp(executed, 1, 0, hits, misses, failed, ttl_s)


class Executing:
    """A worker whose requests fail, or hit ever more often."""

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails
        self.parts = 0

    def begin_warm_up(self, steps: Any) -> None:
        self.steps = len(steps)

    def warmed_up(self, steps: Any, timeout_s: float) -> WarmedUp:
        self.parts += 1
        return done(
            hits=min(80, 2 * self.parts), misses=20, executed=self.steps, failed=self.steps if self.fails else 0
        )


class Ticking:
    """A clock that goes on by itself with each reading."""

    def __init__(self, step_s: float) -> None:
        self.step_s = step_s
        self.now = 0.0

    def __call__(self) -> float:
        self.now += self.step_s
        return self.now


class Passing:
    """Traffic of ten requests a second."""

    at_s = 0.0

    def before(self, until_s: float) -> Any:
        yield [step_of("/", writes=True, method="POST")] * round(10 * (until_s - self.at_s))
        self.at_s = until_s


def execute(worker: Executing, given_s: float | None, step_s: float = 0.0) -> tuple[Progress, str, Passing, list[str]]:
    history: Any = Passing()
    testbed: Any = type("Testbed", (), {"question": resolve(SCENARIO, "smoke"), "everything_on": "all_on"})
    shown: list[str] = []
    handle: Any = worker
    progress, why, last = warming.execute(
        handle, history, given_s, testbed, lambda event: shown.append(event["name"]), Ticking(step_s)
    )
    assert len(last) == min(1000, progress.sum("requests"))
    return progress, why, history, shown


def test_a_given_length_is_kept_and_shown_as_it_passes() -> None:
    progress, why, history, shown = execute(Executing(), 12.0, 5.0)
    assert (why, history.at_s, progress.sum("requests")) == ("as given", 12.0, 120)
    assert [part["until_s"] for part in progress.parts] == [5.0, 10.0, 12.0]
    assert shown == ["warm up: 0.1 min of traffic", "warm up: 0.2 min of traffic", "warm up: 0.2 min of traffic"]
    assert len(progress.rows) == 120 and {row["response_digest"] for row in progress.rows} == {None}, (
        "all of them write"
    )


def test_without_a_length_the_hit_rate_is_looked_at_whenever_the_time_has_doubled() -> None:
    _, why, history, _ = execute(Executing(), None)
    assert (why, history.at_s) == ("steady hit rate", 960.0)


def test_without_a_length_it_takes_no_longer_than_the_replay() -> None:
    _, why, history, _ = execute(Executing(), None, 5.0)  # the profile replays for 20 s
    assert why == "as long as the replay may take" and history.at_s < 60


def test_a_warm_up_whose_requests_fail_ends_with_the_place_of_the_log() -> None:
    with pytest.raises(SubjectError, match=r"^50 of 50 requests of the warm-up failed; see worker-all_on.log"):
        execute(Executing(fails=True), None)


def test_only_folders_with_files_are_kept(tmp_path: Path) -> None:
    cell, kept = tmp_path / "cell", tmp_path / "warm"
    (cell / "files" / "media").mkdir(parents=True)
    assert warming._kept_files(cell, kept) is None
    (cell / "caches" / "0").mkdir(parents=True)
    (cell / "caches" / "0" / "entry").write_text("x")
    assert warming._kept_files(cell, kept) == kept
    assert [path.name for path in kept.iterdir()] == ["caches"]
