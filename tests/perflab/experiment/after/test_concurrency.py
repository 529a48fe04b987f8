"""The concurrency probe: with workers made up for it, and with four real ones on a real cache server."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from perflab.errors import WorkerDied
from perflab.experiment.after.concurrency import REPEATS, REQUESTS, WORKERS, ConcurrencyProbe, distinct_requests
from perflab.experiment.workers import WorkerPool
from perflab.run.tables import CONCURRENCY, Sample
from perflab.servers.valkey import ValkeyServer
from perflab.worker.protocol import Done, WorkerConfig
from perflab.workload.steps import Step
from tests.perflab.steps import step_of

COUNTING = "tests.projects.counting"


def step(number: int, endpoint: str = "job", path: str | None = None, user: int = 5, writes: bool = False) -> Step:
    return Step(
        1, number, 0, number / 10, "measured", endpoint, "POST" if writes else "GET", path or f"/{endpoint}/{number}", None,
        user, None, writes,
    )  # fmt: skip


def read(path: str = "/job/1", number: int = 0, endpoint: str = "job") -> Step:
    return step_of(path, number, endpoint=endpoint, user=5, phase="warmup")


# -- which requests ------------------------------------------------------------------------------------------------------


def test_reads_are_requested_that_differ_from_each_other() -> None:
    steps = [
        step(0, path="/job/1"), step(1, path="/job/1"), step(2, path="/job/1", user=6), step(3, "apply", writes=True),
        *(step(n) for n in range(10, 20)), step(30, "profile"),
    ]  # fmt: skip
    requests = distinct_requests([steps[:3], steps[3:]])
    assert [step.step for step in requests if step.endpoint == "job"] == [0, 2, 10, 11]
    assert len([step for step in requests if step.endpoint == "job"]) == REQUESTS
    assert [step.endpoint for step in requests if step.endpoint != "job"] == ["profile"]
    assert {step.at_s for step in requests} == {0.0}, "so that nothing expires in between"
    assert {step.phase for step in requests} == {"warmup"}


# -- with workers made up for it -------------------------------------------------------------------------------------------


@dataclass
class Shared:
    """What all workers share: answers that are kept, and integers."""

    kept: set[str] = field(default_factory=set)
    integers: dict[str, int] = field(default_factory=dict)


@dataclass
class Pretending:
    """A worker. `loses`: how many of its counts, of those at once. At once, all workers miss what was missing before."""

    shared: Shared
    loses: Callable[[], int] = lambda: 0
    uncached: bool = False
    not_before_s: float | None = None
    _missing: bool = False

    def begin(self, steps: Sequence[Step], not_before_s: float | None = None) -> None:
        self.not_before_s = not_before_s
        self._missing = steps[0].path not in self.shared.kept

    def done(self, steps: Sequence[Step], timeout_s: float) -> Done:
        done = self.block(steps, timeout_s, self._missing)
        if "count" in self.shared.integers:
            self.shared.integers["count"] -= self.loses()
        return done

    def block(self, steps: Sequence[Step], timeout_s: float, missing: bool = False) -> Done:
        return Done([self.sample(step, missing) for step in steps])

    def sample(self, step: Step, missing: bool) -> Sample:
        hit = step.path in self.shared.kept and not missing
        self.shared.kept.add(step.path)
        self.shared.integers["count"] = self.shared.integers.get("count", 0) + 1
        self.shared.integers["clock_ms"] = self.shared.integers.get("clock_ms", 0) + 7 * (step.step % 3 == 0)
        values: dict[str, Any] = dict.fromkeys(Sample.__slots__)
        cached = {} if self.uncached else {"cache_hits": int(hit), "cache_misses": int(not hit)}
        queries = 3 if self.uncached else 1 + 2 * (not hit)
        return Sample(**{**values, "step": step.step, "started_s": 1.0, "query_count": queries, **cached})


def probe_of(workers: Sequence[Pretending]) -> ConcurrencyProbe:
    shared = workers[0].shared

    def flush() -> None:
        shared.kept.clear()
        shared.integers.clear()

    return ConcurrencyProbe(cast(Any, workers), lambda: dict(shared.integers), flush, 1.0)


def four(**what: Any) -> list[Pretending]:
    shared = Shared()
    return [Pretending(shared, **what) for _ in range(WORKERS)]


def test_all_four_compute_what_nobody_keeps_yet() -> None:
    workers = four()
    (row,) = probe_of(workers).stampedes([read()])
    assert set(row) <= set(CONCURRENCY.names)
    assert (row["kind"], row["endpoint"], row["path"], row["user"]) == ("stampede", "job", "/job/1", "5")
    assert (row["worker_count"], row["computed_count"], row["query_count_at_once"], row["query_count_alone"]) == (
        4,
        4,
        12,
        3,
    )
    starts = {worker.not_before_s for worker in workers}
    assert len(starts) == 1 and None not in starts, "all at the same moment"


def test_slow_requests_are_looked_for_as_long_as_the_budget_allows() -> None:
    probe = probe_of(four())
    probe.budget_s, probe.clock = 2.0, iter(range(100)).__next__
    steps = [replace(read(), step=number, path=f"/job/{number}") for number in range(10)]
    assert len(list(probe.stampedes(steps))) == len(probe.hits) == 3, (
        "the first one in any case, then those within two seconds"
    )


def test_each_endpoint_comes_before_the_second_request_of_any() -> None:
    steps = [replace(read(), step=n, endpoint=name, path=f"/{name}/{n}") for n, name in enumerate("aaabb")]
    assert [step.endpoint for step in distinct_requests([steps])] == ["a", "b", "a", "b", "a"]


def test_what_no_cache_keeps_is_not_asked_at_once() -> None:
    assert list(probe_of(four(uncached=True)).stampedes([read()])) == []


def test_counters_that_lose_nothing() -> None:
    workers = four()
    (row,) = probe_of(workers).counters([read()])
    assert (row["kind"], row["key"]) == ("counter", "count"), "clock_ms grows too, but not by the same for each request"
    assert row["count_due"] == row["count_made"] == REPEATS * WORKERS


def test_counts_that_are_lost_twice_are_lost() -> None:
    (row,) = probe_of(four(loses=lambda: 3)).counters([read()])
    assert (row["count_due"], row["count_made"]) == (2 * REPEATS * WORKERS, 2 * REPEATS * WORKERS - 2 * 3 * WORKERS)


def test_a_loss_that_does_not_show_again_is_none() -> None:
    losses = iter([1, 0, 0, 0] + [0] * 4)
    (row,) = probe_of(four(loses=losses.__next__)).counters([read()])
    assert (row["count_due"], row["count_made"]) == (REPEATS * WORKERS, REPEATS * WORKERS)


def test_without_a_cache_nothing_is_counted() -> None:
    assert list(probe_of(four(uncached=True)).counters([read()])) == []


# -- with real ones ----------------------------------------------------------------------------------------------------------


@contextmanager
def real(valkey: ValkeyServer, folder: Path, **settings: Any) -> Iterator[ConcurrencyProbe]:
    url = valkey.key_space("concurrency").url
    cache = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}
    config = WorkerConfig("all_on", COUNTING, {"ALLOWED_HOSTS": ["*"], "CACHES": {"default": cache}, **settings})
    with WorkerPool.start({str(n): config for n in range(WORKERS)}, lambda _: folder / "worker.log", {}) as pool:
        workers = list(pool.handles.values())
        yield ConcurrencyProbe(workers, valkey.integers, valkey.forget, 30.0)
    valkey.forget()


STEPS = [read("/kept/1/", 0, "kept"), read("/kept/2/", 1, "kept"), read("/unkept/", 2, "unkept")]


@pytest.mark.alone  # the workers must start together
@pytest.mark.servers
def test_a_stampede_is_seen_and_a_sound_counter_loses_nothing(valkey: ValkeyServer, tmp_path: Path) -> None:
    with real(valkey, tmp_path) as probe:
        rows = list(probe.stampedes(STEPS))
        counted = list(probe.counters(STEPS))
    assert [row["path"] for row in rows] == ["/kept/1/", "/kept/2/"]
    for row in rows:
        assert row["computed_count"] >= 2, "it takes hundredths of a second, and they start together"
        assert row["query_count_at_once"] == row["computed_count"] * row["query_count_alone"] == row["computed_count"]
    (row,) = counted
    assert (row["endpoint"], row["key"]) == ("kept", ":1:given")
    assert row["count_due"] == row["count_made"] == REPEATS * WORKERS


@pytest.mark.servers
def test_a_counter_that_is_read_and_written_back_loses_counts(valkey: ValkeyServer, tmp_path: Path) -> None:
    with real(valkey, tmp_path, ATOMICALLY=False) as probe:
        (row,) = probe.counters(STEPS)
    assert row["count_due"] == 2 * REPEATS * WORKERS
    assert 0 < row["count_made"] < row["count_due"]


@pytest.mark.servers
def test_a_worker_that_dies_in_the_concurrency_probe_is_named(valkey: ValkeyServer, tmp_path: Path) -> None:
    with real(valkey, tmp_path) as probe:
        os.kill(probe.workers[2].pid, signal.SIGKILL)
        with pytest.raises(WorkerDied, match=r"cell all_on.*the worker (died|is gone)"):
            list(probe.stampedes(STEPS))
