"""One response at a time: with workers made up for it, and with real ones, a lock for all keys, one for each, and none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from perflab.analysis.caching.concurrency import WAITED_SHARE
from perflab.experiment.after.serial import HELD_S, MAX_ALONE_S, TRIES, serial
from perflab.experiment.workers import WorkerPool
from perflab.run.tables import CONCURRENCY, Row
from perflab.servers.valkey import ValkeyServer
from perflab.worker.process import sample_of
from perflab.worker.protocol import Done, WorkerConfig
from perflab.workload.steps import Step
from tests.perflab.steps import step_of

COUNTING = "tests.projects.counting"
ALONE_S = 0.01


def read(path: str, endpoint: str = "job") -> Step:
    return step_of(path, endpoint=endpoint, user=5, phase="warmup")


@dataclass
class Pretending:
    """A worker. `took_s`: how long a request takes while another worker is held up."""

    took_s: Callable[[], float] = lambda: ALONE_S
    alone: dict[str, Any] = field(default_factory=dict)
    held: list[tuple[float, float | None]] = field(default_factory=list)
    began: list[float | None] = field(default_factory=list)
    logged_in: int = 0

    def block(self, steps: Sequence[Step], timeout_s: float) -> Done:
        usual = {"latency_s": ALONE_S, "query_count": 3, "cache_misses": 1, "started_s": 0.0, "status": 200}
        return Done([sample_of(step=step.step, **{**usual, **self.alone}) for step in steps])

    def hold(self, steps: Sequence[Step], pause_s: float, not_before_s: float | None = None) -> None:
        self.held.append((pause_s, not_before_s))

    def begin(self, steps: Sequence[Step], not_before_s: float | None = None) -> None:
        self.began.append(not_before_s)

    def log_in(self, steps: Sequence[Step]) -> None:
        self.logged_in += len(steps)

    def done(self, steps: Sequence[Step], timeout_s: float) -> Done:
        return Done([sample_of(step=step.step, started_s=0.0, status=200, latency_s=self.took_s()) for step in steps])


def held_up() -> Pretending:
    return Pretending(took_s=lambda: HELD_S + ALONE_S)


def rows_of(first: Pretending, second: Pretending, *steps: Step) -> list[Row]:
    return list(serial(cast(Any, [first, second, None]), lambda: None, steps, 1.0, lambda: 100.0))


STEPS = [read("/jobs/1"), read("/jobs/2"), read("/jobs/3")]


def test_a_request_that_goes_ahead_is_tried_once() -> None:
    first, second = held_up(), Pretending()
    (row,) = rows_of(first, second, *STEPS)
    assert set(row) <= set(CONCURRENCY.names)
    assert (row["endpoint"], row["path"], row["key"], row["waited_s"]) == ("job", "/jobs/2", "/jobs/1", 0.0)
    ((pause_s, held_from_s),), (begins_s,) = first.held, second.began
    assert pause_s == pytest.approx(HELD_S / 3), "a third before each of the three queries"
    assert (first.logged_in, second.logged_in) == (1, 1), "before, so that no login is held up"
    assert held_from_s is not None and begins_s == pytest.approx(held_from_s + HELD_S / 2)


def test_a_request_that_waits_has_to_wait_each_time() -> None:
    second = Pretending(took_s=lambda: ALONE_S + HELD_S / 2)
    (row,) = rows_of(held_up(), second, *STEPS)
    assert row["waited_s"] == pytest.approx(HELD_S / 2) and len(second.began) == TRIES
    once = iter([ALONE_S + HELD_S / 2, ALONE_S])
    (row,) = rows_of(held_up(), Pretending(took_s=once.__next__), *STEPS)
    assert row["waited_s"] == 0.0 < WAITED_SHARE * HELD_S


@pytest.mark.parametrize(
    ("alone", "steps"),
    [
        ({"cache_misses": 0}, STEPS),  # the response to the first request serves the second one as well
        ({"query_count": 0}, STEPS),
        ({"latency_s": 2 * MAX_ALONE_S}, STEPS),
        ({}, STEPS[:1]),
        ({}, [read("/account"), step_of("/account", endpoint="job", user=6)]),  # it may be the same response
        ({}, []),
    ],
)
def test_what_cannot_be_told_has_no_row(alone: dict[str, Any], steps: list[Step]) -> None:
    assert rows_of(held_up(), Pretending(alone=alone), *steps) == []


def test_a_worker_that_was_not_held_up_says_nothing() -> None:
    assert rows_of(Pretending(), Pretending(took_s=lambda: ALONE_S + HELD_S), *STEPS) == []


@pytest.mark.servers
def test_one_lock_for_all_keys_is_told_from_one_for_each(valkey: ValkeyServer, tmp_path: Path) -> None:
    url = valkey.key_space("serial").url
    cache = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}
    config = WorkerConfig("all_on", COUNTING, {"ALLOWED_HOSTS": ["*"], "CACHES": {"default": cache}})
    steps = [read(f"/locked/{lock}/{n}/", lock) for lock in ("all", "each", "none") for n in (1, 2)]
    with WorkerPool.start({str(n): config for n in range(2)}, lambda _: tmp_path / "worker.log", {}) as pool:
        rows = list(serial([*pool.handles.values()], valkey.forget, steps, 30.0))
    waits = {row["endpoint"]: row["waited_s"] >= WAITED_SHARE * HELD_S for row in rows}
    assert waits == {"all": True, "each": False, "none": False}
