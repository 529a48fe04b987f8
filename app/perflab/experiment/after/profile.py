"""Where the remaining time of all_on goes: the traffic of a round once more, under a sampling profiler.

It replays what a round replays, warm-up and writes too, so that its caches hit as often as the measured ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic

from perflab.experiment.after.team import sound, team, traffic_of
from perflab.experiment.rounds import order_of
from perflab.experiment.testbed import Lab
from perflab.run.tables import PARTS, Row
from perflab.run.writer import RunWriter
from perflab.worker.handle import WorkerHandle
from perflab.worker.probes.sampling import Seen
from perflab.workload import Step

# Being called at each call and return of a function costs 0.7 of the CPU that a request takes anyway, a look in each half of a
# millisecond another 0.25, in each fifth of one 0.5 (the marketplace, Python 3.11).
INTERVAL_S = 0.0005
# Of what the replay has: 2 s of 20 s, some 3,000 samples. More than 10 s would tell little more.
SHARE = 0.1
MOST_S = 10.0
LINES = 5


def run(lab: Lab, writer: RunWriter) -> None:
    """Profile for a tenth of the replay's seconds, at most 10, on the measured core; saves the table `profile`.

    What was seen before a failure is saved. Raises SubjectError when a request failed, and WorkerDied.
    """
    budget_s = min(MOST_S, SHARE * lab.question.profile.replay_s)
    timeout_s = lab.question.scenario.traffic.timeout_s
    seen: list[Seen] = []
    requests: Counter[str] = Counter()
    with team(lab, writer, 1, "profile") as (worker,), lab.pinned([worker.pid]):
        try:
            profile_within(worker, traffic_of(lab).blocks(), budget_s, timeout_s, seen, requests)
        finally:
            writer.save_once("profile", rows(seen, requests))


def profile_within(
    worker: WorkerHandle,
    blocks: Iterable[Sequence[Step]],
    budget_s: float,
    timeout_s: float,
    seen: list[Seen],
    requests: Counter[str],
    clock: Callable[[], float] = monotonic,
) -> None:
    """Whole blocks until the budget is used, at least one; the warm-up before them is not profiled and costs none of it.

    Adds to `seen` what was seen, and to `requests` how many there were of each endpoint.
    """
    began = None
    for steps in blocks:
        orders = [order_of(step) for step in steps]
        if steps[0].phase == "warmup":
            sound(orders, worker.block(orders, timeout_s))
            continue
        if began is None:
            began = clock()
        elif clock() - began > budget_s:
            return
        profiled = worker.profile(orders, INTERVAL_S, timeout_s)
        sound(orders, profiled.done)
        seen += profiled.seen
        requests.update(step.endpoint for step in steps)


def rows(seen: Sequence[Seen], requests: Mapping[str, int]) -> list[Row]:
    """The table: per endpoint its parts, in the order of PARTS, then its heaviest lines of the project's."""
    found: list[Row] = []
    for endpoint in sorted(requests):
        mine = [sample for sample in seen if sample.endpoint == endpoint]
        place = {"endpoint": endpoint, "request_count": requests[endpoint]}
        found += [{**place, "part": part, **_sums([one for one in mine if one.part == part], mine)} for part in PARTS]
        lines: dict[str, list[Seen]] = {}
        for sample in mine:
            if sample.source is not None:
                lines.setdefault(sample.source, []).append(sample)
        heaviest = sorted(lines, key=lambda source: -sum(sample.seconds for sample in lines[source]))
        found += [{**place, "source": source, **_sums(lines[source], mine)} for source in heaviest[:LINES]]
    return found


def _sums(some: Sequence[Seen], of: Sequence[Seen]) -> Row:
    """How many samples, how long, and which share of all of the endpoint's; the share is None where it has none."""
    seconds, whole = (sum(sample.seconds for sample in samples) for samples in (some, of))
    return {"sample_count": len(some), "seconds": seconds, "time_share": seconds / whole if whole else None}
