"""The concurrency probe: four workers of all_on make the same request at once, on one database and with one key space.

Stampede: a request that no cache holds yet is made by all four at the same moment; how many of them compute the response.
Lost counts: a project that counts in its cache has integers there. Requests that are served from the cache add as much to them
one after another as they do at once; where they add less at once, counts were lost. Counters elsewhere, or not stored as an
integer, are not detected. Times are measured of one thing alone, see serial.py: whether one response is computed at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice, zip_longest
from math import inf
from time import monotonic

from perflab.experiment.after.serial import serial
from perflab.experiment.after.stage import raise_for_errors, stage_workers, traffic_of
from perflab.experiment.testbed import Testbed
from perflab.run.tables import Row, Sample
from perflab.run.writer import RunWriter
from perflab.worker.handle import WorkerHandle
from perflab.worker.probes.cache.keys import OWN_PREFIX
from perflab.workload.steps import Step

WORKERS = 4
# The number of distinct requests of each endpoint, and of the blocks of the traffic that are searched for them.
REQUESTS = 4
SEARCHED_BLOCKS = 50
# How often each worker repeats one request, to see whether counts are lost: 0.15 s for an endpoint.
REPEATS = 25
# Time for a block to reach all workers before they start.
HEAD_START_S = 0.005
# It may look for cached requests as long as the replay took, and at least so long.
MIN_BUDGET_S = 10.0

Counts = dict[str, tuple[int, int]]


def run(testbed: Testbed, writer: RunWriter) -> None:
    """Probe every request that uses the cache, and save the table `burst`, also the rows from before a failure.

    Does nothing where the project has no cache, or all_on does not switch it on. Workers and servers may use all cores.

    Args:
        testbed: What all rounds of the run share.
        writer: Writes the run's directory.

    Raises:
        SubjectError: A request failed.
        WorkerDied: A worker ended or did not respond.
    """
    if testbed.everything_on not in testbed.caching or not testbed.has_cache:
        return
    steps = distinct_requests(islice(traffic_of(testbed).blocks(), SEARCHED_BLOCKS))
    if not steps:
        return
    rows: list[Row] = []
    cache = testbed.servers.cache
    with stage_workers(testbed, writer, WORKERS, "burst") as workers:

        def flush() -> None:
            testbed.forget_caches()
            for worker in workers:
                worker.forget_logins()

        probe = ConcurrencyProbe(
            workers,
            cache.integers,
            flush,
            testbed.question.scenario.traffic.timeout_s,
            max(MIN_BUDGET_S, testbed.question.profile.replay_s),
        )
        try:
            rows.extend(probe.stampedes(steps))
            rows.extend(probe.counters(probe.hits) if probe.hits else ())
            cached = {(row["endpoint"], row["path"], row["user"]) for row in rows if row["kind"] == "stampede"}
            rows.extend(serial(workers, flush, [step for step in steps if _place(step) in cached], probe.timeout_s))
        finally:
            writer.save_once("burst", rows)


def distinct_requests(blocks: Iterable[Sequence[Step]]) -> list[Step]:
    """Return some distinct reads of each endpoint, the first of each first, all at one time of the trace: nothing expires."""
    at_s: float | None = None
    by_endpoint: dict[str, dict[tuple[object, ...], Step]] = {}
    for step in chain.from_iterable(blocks):
        at_s = step.at_s if at_s is None else at_s
        requests = by_endpoint.setdefault(step.endpoint, {})
        if not step.writes and len(requests) < REQUESTS:
            request = step.method, step.path, step.body, step.user
            requests.setdefault(request, replace(step, at_s=at_s, phase="warmup"))
    turns = zip_longest(*(requests.values() for requests in by_endpoint.values()))
    return [step for turn in turns for step in turn if step is not None]


@dataclass
class ConcurrencyProbe:
    """Probe workers with one key space.

    Attributes:
        workers: The workers.
        integers: Returns the integers in the key space.
        flush: Empties the key space.
        timeout_s: The longest that one request may take.
        budget_s: How long it may look for such requests: a project's pages may take seconds each.
        clock: The monotonic clock, which all processes share; tests replace it.
        hits: The requests that were served from the cache when they were made again.
    """

    workers: Sequence[WorkerHandle]
    integers: Callable[[], Mapping[str, int]]
    flush: Callable[[], object]
    timeout_s: float
    budget_s: float = inf
    clock: Callable[[], float] = monotonic
    hits: list[Step] = field(default_factory=list)

    def stampedes(self, steps: Sequence[Step]) -> Iterable[Row]:
        """Yield a row for each request that needs fewer queries once the cache holds its response.

        One worker alone finds these requests by making each of them twice, as far as the budget reaches. Then the cache is
        emptied, and all workers make each one at once. A worker computed the response if it missed and made more queries than a
        hit makes.
        """
        self.flush()
        ends_s = self.clock() + self.budget_s
        twice: list[tuple[Step, Sample, Sample]] = []
        for step in steps:
            if twice and self.clock() > ends_s:
                break
            (first,), (again,) = (self.execute(self.workers[0], [step]) for _ in range(2))
            twice.append((step, first, again))
        self.hits = [step for step, _, again in twice if _is_hit(again)]
        self.flush()
        for step, first, again in twice:
            if not (_missed(first) and _is_hit(again) and _queries(first) > _queries(again)):
                continue
            samples = [samples[0] for samples in self.at_once([step])]
            starts = [sample.started_s for sample in samples]
            yield {
                **_request("stampede", step),
                "worker_count": len(samples),
                "spread_s": max(starts) - min(starts),
                "computed_count": sum(_missed(sample) and _queries(sample) > _queries(again) for sample in samples),
                "query_count_at_once": sum(map(_queries, samples)),
                "query_count_alone": _queries(first),
            }

    def counters(self, steps: Sequence[Step]) -> Iterable[Row]:
        """Yield a row for each counter that an endpoint's first request increments, if that request is served from the cache."""
        firsts = {step.endpoint: step for step in reversed(steps)}
        # Each worker may have a cache of its own.
        warm = [self.execute(worker, list(firsts.values())) for worker in self.workers]
        hits = [step for step, sample in zip(firsts.values(), warm[-1], strict=True) if _is_hit(sample)]
        for step in sorted(hits, key=lambda step: step.step):
            for key, (due, counted) in self.counted(step).items():
                yield {
                    **_request("counter", step),
                    "worker_count": len(self.workers),
                    "key": OWN_PREFIX.sub("", key),
                    "count_due": due,
                    "count_made": counted,
                }

    def counted(self, step: Step) -> Counts:
        """Return how much each counter should have counted, and how much it counted at once.

        A loss has to occur twice, because a server that fails to respond in time once also loses a count.
        """
        first = self.compared(step)
        if not any(map(_lost, first.values())):
            return first
        again = self.compared(step)
        return {key: _both(first[key], again[key]) for key in sorted(first.keys() & again.keys())}

    def compared(self, step: Step) -> Counts:
        """Repeat one request, first by one worker after another, then by all at once; return both counts.

        A counter is an integer to which each request of the first part added the same; {} if a request was not a hit.
        """
        steps = [replace(step, step=number) for number in range(REPEATS)]
        before = self.integers()
        in_sequence = [self.execute(worker, steps) for worker in self.workers]
        after_sequence = self.integers()
        at_once = self.at_once(steps)
        after = self.integers()
        if not all(_is_hit(sample) for samples in (*in_sequence, *at_once) for sample in samples):
            return {}
        requests = REPEATS * len(self.workers)
        due = {key: value - before.get(key, 0) for key, value in after_sequence.items()}
        return {
            key: (added, after.get(key, 0) - after_sequence[key])
            for key, added in due.items()
            if added > 0 and added % requests == 0
        }

    def at_once(self, steps: Sequence[Step]) -> list[list[Sample]]:
        """Execute the same Steps in all workers, starting at the same moment; return one list for each worker."""
        not_before_s = self.clock() + HEAD_START_S
        for worker in self.workers:
            worker.begin(steps, not_before_s)
        return [raise_for_errors(steps, worker.done(steps, self.timeout_s)) for worker in self.workers]

    def execute(self, worker: WorkerHandle, steps: Sequence[Step]) -> list[Sample]:
        """Execute Steps in one worker alone."""
        return raise_for_errors(steps, worker.block(steps, self.timeout_s))


def _request(kind: str, step: Step) -> Row:
    endpoint, path, user = _place(step)
    return {"kind": kind, "endpoint": endpoint, "method": step.method, "path": path, "user": user}


def _place(step: Step) -> tuple[str, str, str | None]:
    return step.endpoint, step.path, None if step.user is None else str(step.user)


def _lost(counts: tuple[int, int]) -> bool:
    due, counted = counts
    return counted < due


def _both(first: tuple[int, int], second: tuple[int, int]) -> tuple[int, int]:
    """Return the sum if both lost counts, else one that lost none."""
    if _lost(first) and _lost(second):
        return first[0] + second[0], first[1] + second[1]
    return second if _lost(first) else first


def _queries(sample: Sample) -> int:
    return sample.query_count or 0


def _missed(sample: Sample) -> bool:
    return bool(sample.cache_misses)


def _is_hit(sample: Sample) -> bool:
    return bool(sample.cache_hits) and not sample.cache_misses
