"""The burst: four workers of all_on ask at once, on one database and with one key space. Nothing of it is measured.

Stampede: a request whose answer nobody keeps yet, asked by all four at the same moment; how many of them compute it.
Lost counts: a project that counts in its cache has integers there. Requests that are answered from the cache add as much to
them whether they come one after the other or at once; where at once they add less, counts were lost. What is counted
elsewhere, or kept otherwise than as an integer, is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from time import monotonic

from perflab.experiment.after.team import sound, team, traffic_of
from perflab.experiment.rounds import order_of
from perflab.experiment.testbed import Lab
from perflab.run.cells import OPTIMISED
from perflab.run.tables import Row, Sample
from perflab.run.writer import RunWriter
from perflab.worker.handle import WorkerHandle
from perflab.worker.probes.detail import OWN_PREFIX
from perflab.worker.protocol import Order
from perflab.workload import Step

WORKERS = 4
# Different requests of each endpoint, and the blocks of the traffic in which they are looked for.
REQUESTS = 4
LOOKED_AT = 50
# How often each worker repeats one request, to see whether counts are lost: 0.15 s for an endpoint.
REPEATS = 25
# Time for an order to reach all workers before they start.
HEAD_START_S = 0.005

Counts = dict[str, tuple[int, int]]


def run(lab: Lab, writer: RunWriter) -> None:
    """Ask all that uses the cache at once; saves the table `burst`, also what was found before a failure.

    Nothing to do where all_on has no cache. Workers and servers may use all cores. Raises SubjectError when a request failed.
    """
    orders = different(islice(traffic_of(lab).blocks(), LOOKED_AT))
    if OPTIMISED not in lab.cached or not orders:
        return
    rows: list[Row] = []
    with team(lab, writer, WORKERS, "burst") as workers:
        burst = Burst(
            workers,
            lambda: lab.cache.integers(lab.key_prefix),
            lab.forget_caches,
            lab.question.scenario.traffic.timeout_s,
        )
        try:
            rows.extend(burst.stampedes(orders))
            rows.extend(burst.counters(orders))
        finally:
            writer.save_once("burst", rows)


def different(blocks: Iterable[Sequence[Step]]) -> list[Order]:
    """Some different reads of each endpoint, all at one moment of the trace's time, so that nothing expires."""
    found: dict[str, dict[tuple[object, ...], Order]] = {}
    for step in chain.from_iterable(blocks):
        mine = found.setdefault(step.endpoint, {})
        if not step.writes and len(mine) < REQUESTS:
            order = replace(order_of(step), at_s=0.0, measured=False)
            mine.setdefault((step.method, step.path, step.body, step.user), order)
    return [order for orders in found.values() for order in orders.values()]


@dataclass
class Burst:
    """Workers with one key space. `integers` reads what integers it holds, `flush` empties it."""

    workers: Sequence[WorkerHandle]
    integers: Callable[[], Mapping[str, int]]
    flush: Callable[[], object]
    timeout_s: float
    clock: Callable[[], float] = monotonic

    def stampedes(self, orders: Sequence[Order]) -> Iterable[Row]:
        """A row for each request that the cache answers with fewer queries once it was asked.

        That is found out by one worker alone, which asks all of them twice; then the cache is empty again, and each
        is asked by all at once. A worker computed the answer if it missed and made more queries than a hit makes.
        """
        self.flush()
        cold, warm = self.ask(self.workers[0], orders), self.ask(self.workers[0], orders)
        self.flush()
        for order, first, again in zip(orders, cold, warm, strict=True):
            if not (_missed(first) and _is_hit(again) and _queries(first) > _queries(again)):
                continue
            samples = [samples[0] for samples in self.at_once([order])]
            began = [sample.started_s for sample in samples]
            yield {
                **_place("stampede", order),
                "worker_count": len(samples),
                "spread_s": max(began) - min(began),
                "computed_count": sum(_missed(sample) and _queries(sample) > _queries(again) for sample in samples),
                "query_count_at_once": sum(map(_queries, samples)),
                "query_count_alone": _queries(first),
            }

    def counters(self, orders: Sequence[Order]) -> Iterable[Row]:
        """A row for each counter that an endpoint's first request counts in, if the cache answers that request."""
        firsts = {order.endpoint: order for order in reversed(orders)}
        warm = [self.ask(worker, list(firsts.values())) for worker in self.workers]  # each may keep answers of its own
        hits = [order for order, sample in zip(firsts.values(), warm[-1], strict=True) if _is_hit(sample)]
        for order in sorted(hits, key=lambda order: order.step):
            for key, (due, counted) in self.counted(order).items():
                yield {
                    **_place("counter", order),
                    "worker_count": len(self.workers),
                    "key": OWN_PREFIX.sub("", key),
                    "count_due": due,
                    "count_made": counted,
                }

    def counted(self, order: Order) -> Counts:
        """Of each counter how much is due, and how much was counted at once.

        A loss has to show twice, for a server that once does not answer in time loses a count, too.
        """
        first = self.compared(order)
        if not any(map(_lost, first.values())):
            return first
        again = self.compared(order)
        return {key: _both(first[key], again[key]) for key in sorted(first.keys() & again.keys())}

    def compared(self, order: Order) -> Counts:
        """One request again and again: by one worker after the other, then by all at once.

        A counter is an integer to which each request of the first part added the same; {} if one was not a hit.
        """
        orders = [replace(order, step=number) for number in range(REPEATS)]
        before = self.integers()
        in_turn = [self.ask(worker, orders) for worker in self.workers]
        between = self.integers()
        at_once = self.at_once(orders)
        after = self.integers()
        if not all(_is_hit(sample) for samples in (*in_turn, *at_once) for sample in samples):
            return {}
        requests = REPEATS * len(self.workers)
        due = {key: value - before.get(key, 0) for key, value in between.items()}
        return {
            key: (added, after.get(key, 0) - between[key])
            for key, added in due.items()
            if added > 0 and added % requests == 0
        }

    def at_once(self, orders: Sequence[Order]) -> list[list[Sample]]:
        """All workers ask the same, and begin at the same moment; one list for each."""
        first = replace(orders[0], not_before_s=self.clock() + HEAD_START_S)
        told = [first, *orders[1:]]
        for worker in self.workers:
            worker.begin(told)
        return [sound(told, worker.done(told, self.timeout_s)) for worker in self.workers]

    def ask(self, worker: WorkerHandle, orders: Sequence[Order]) -> list[Sample]:
        """One worker asks, and nobody else."""
        return sound(orders, worker.block(orders, self.timeout_s))


def _place(kind: str, order: Order) -> Row:
    user = None if order.user is None else str(order.user)
    return {"kind": kind, "endpoint": order.endpoint, "method": order.method, "path": order.path, "user": user}


def _lost(counts: tuple[int, int]) -> bool:
    due, counted = counts
    return counted < due


def _both(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """Their sum if both lost some, else one that did not."""
    if _lost(one) and _lost(other):
        return one[0] + other[0], one[1] + other[1]
    return other if _lost(one) else one


def _queries(sample: Sample) -> int:
    return sample.query_count or 0


def _missed(sample: Sample) -> bool:
    return bool(sample.cache_misses)


def _is_hit(sample: Sample) -> bool:
    return bool(sample.cache_hits) and not sample.cache_misses
