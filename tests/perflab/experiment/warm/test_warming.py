"""How long a warm-up is, what is known of it, and when it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perflab.errors import SubjectError
from perflab.experiment.warm import warming
from perflab.experiment.warm.warming import Progress, ends_s, length_s
from perflab.scenario.loading import load
from perflab.scenario.profiles import resolve
from perflab.worker.protocol import WarmedUp
from tests.perflab.workload.hamlet import MARKETPLACE

SCENARIO = load(MARKETPLACE)


def done(hits: int = 0, misses: int = 0, executed: int = 10, failed: int = 0, ttl_s: float | None = None) -> WarmedUp:
    return WarmedUp(executed, 1, 0, hits, misses, failed, ttl_s)


def progress_of(*parts: tuple[float, WarmedUp]) -> Progress:
    progress = Progress()
    for at_s, part in parts:
        progress.add(at_s, 100, part)
    return progress


@pytest.mark.parametrize(
    ("overrides", "has_cache", "seconds"),
    [
        ({"warm_s": 30}, True, 30.0),
        ({"warm_s": 0}, True, 0.0),
        ({"warm_s": None}, True, None),
        ({"warm_s": None}, False, 0.0),
        ({"warm_s": 30}, False, 30.0),
    ],
)
def test_the_profile_says_how_long_it_is_or_the_hit_rate_decides(
    overrides: dict[str, Any], has_cache: bool, seconds: float | None
) -> None:
    assert length_s(resolve(SCENARIO, "smoke", overrides), has_cache) == seconds


def test_the_traffic_says_it_where_the_profile_does_not() -> None:
    question = resolve(SCENARIO, "smoke", {"warm_s": None})
    data = question.scenario.as_dict()
    data["traffic"]["warm"] = {"hours": 0.5}
    scenario = type(SCENARIO).model_validate(data)
    scenario._source = SCENARIO.source
    assert length_s(resolve(scenario, "smoke"), True) == 1800


@pytest.mark.parametrize(
    ("given_s", "at_s", "ttl_s", "why"),
    [
        (30.0, 29.9, None, None),
        (30.0, 30.0, None, "as given"),
        (30.0, 29.9, 10.0, None),
        (None, 299.0, 300.0, None),
        (None, 300.0, 300.0, "longest time to live"),
        (None, 3599.0, float("inf"), None),
        (None, 3600.0, float("inf"), "longest warm-up"),
        (None, 600.0, None, None),
    ],
)
def test_it_ends_as_given_or_when_nothing_older_can_be_left(
    given_s: float | None, at_s: float, ttl_s: float | None, why: str | None
) -> None:
    assert ends_s(given_s, at_s, progress_of((at_s, done(ttl_s=ttl_s)))) == why


def test_it_is_warm_when_the_hit_rate_rises_no_more_while_the_time_doubles() -> None:
    rising = progress_of((20.0, done(10, 90)), (40.0, done(40, 60)), (80.0, done(60, 40)))
    assert rising.hit_rate(20.0, 80.0) == 0.5
    assert not rising.is_warm(80.0)
    steady = progress_of((20.0, done(10, 90)), (40.0, done(40, 60)), (80.0, done(409, 591)))
    assert steady.is_warm(80.0)
    assert progress_of((20.0, done()), (40.0, done())).is_warm(40.0), "nothing is ever looked up"


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


class Passing:
    """Traffic of ten requests a second."""

    at_s = 0.0

    def before(self, until_s: float) -> Any:
        yield [None] * round(10 * (until_s - self.at_s))
        self.at_s = until_s


def execute(worker: Executing, given_s: float | None) -> tuple[Progress, str, Passing, list[str]]:
    history: Any = Passing()
    testbed: Any = type("Testbed", (), {"question": resolve(SCENARIO, "smoke")})
    shown: list[str] = []
    handle: Any = worker
    progress, why, last = warming.execute(handle, history, given_s, testbed, lambda event: shown.append(event["name"]))
    assert len(last) == min(1000, progress.sum("requests"))
    return progress, why, history, shown


def test_a_given_length_is_kept_and_shown_as_it_passes() -> None:
    progress, why, history, shown = execute(Executing(), 12.0)
    assert (why, history.at_s, progress.sum("requests")) == ("as given", 12.0, 120)
    assert [part["until_s"] for part in progress.parts] == [5.0, 10.0, 12.0]
    assert shown[-1] == "warm up: 0.2 min of traffic"


def test_without_a_length_the_hit_rate_is_looked_at_whenever_the_time_has_doubled() -> None:
    _, why, history, _ = execute(Executing(), None)
    assert (why, history.at_s) == ("steady hit rate", 960.0)


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
