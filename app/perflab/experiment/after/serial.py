"""Whether an endpoint computes one response at a time: one worker is held up as it computes, another one computes meanwhile.

A lock for each key, or none, lets the second worker go ahead; one lock for all makes it wait until the first one goes on. Being
held up is waiting before each query, so that the machine is idle: what the second request then takes longer, it waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import monotonic

from perflab.analysis.caching.concurrency import WAITED_SHARE
from perflab.experiment.after.stage import raise_for_errors
from perflab.run.tables import Row
from perflab.worker.handle import WorkerHandle
from perflab.workload.steps import Step

# How long the first worker is held up, and after which part of that the second one starts: the first one has the lock then.
HELD_S, STARTS_AFTER = 0.4, 0.5
HEAD_START_S = 0.05
# A response that takes longer by itself says nothing.
MAX_ALONE_S = 0.1
# How often it has to take WAITED_SHARE of HELD_S longer: any process may stand still once.
TRIES = 3


def serial(
    workers: Sequence[WorkerHandle],
    flush: Callable[[], object],
    steps: Sequence[Step],
    timeout_s: float,
    clock: Callable[[], float] = monotonic,
) -> Iterator[Row]:
    """Yield a row for each endpoint with two different requests: how much longer one takes while the other one is held up.

    Args:
        workers: Workers with one cache; two of them are used.
        flush: Empties the cache.
        steps: Requests whose responses are cached.
        timeout_s: The longest that one request may take.
        clock: The monotonic clock, which all processes share; tests replace it.
    """
    first, second = workers[:2]
    by_endpoint: dict[str, list[Step]] = {}
    for step in steps:
        by_endpoint.setdefault(step.endpoint, []).append(step)
    for held, *others in by_endpoint.values():
        other = next((step for step in others if (step.path, step.body) != (held.path, held.body)), None)
        if other is None:
            continue
        flush()
        (cold,) = raise_for_errors([held], first.block([held], timeout_s))
        (alone,) = raise_for_errors([other], second.block([other], timeout_s))
        if not cold.query_count or not alone.query_count or not alone.cache_misses:
            continue  # one response may serve both requests
        if alone.latency_s is None or alone.latency_s > MAX_ALONE_S:
            continue
        waited_s: list[float] = []
        for _ in range(TRIES):
            flush()
            first.log_in([held])  # a login has queries as well: they are not to be held up
            second.log_in([other])
            begin_s = clock() + HEAD_START_S
            first.hold([held], HELD_S / cold.query_count, begin_s)
            second.begin([other], begin_s + STARTS_AFTER * HELD_S)
            (long,) = raise_for_errors([held], first.done([held], timeout_s))
            (sample,) = raise_for_errors([other], second.done([other], timeout_s))
            if sample.latency_s is None or long.latency_s is None or long.latency_s < HELD_S:
                waited_s.clear()  # it was not held up
                break
            waited_s.append(max(0.0, sample.latency_s - alone.latency_s))
            if waited_s[-1] < WAITED_SHARE * HELD_S:
                break
        if waited_s:
            yield {
                "kind": "serial", "endpoint": other.endpoint, "method": other.method, "path": other.path,
                "user": None if other.user is None else str(other.user), "worker_count": 2, "key": held.path,
                "held_s": HELD_S, "alone_s": alone.latency_s, "waited_s": min(waited_s),
            }  # fmt: skip
