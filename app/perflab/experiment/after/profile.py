"""Where the remaining time of all_on goes: the traffic of a round once more, under a sampling profiler.

It replays what a round replays, warm-up and writes included, so that its caches hit as often as the measured ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

from perflab.errors import SubjectError
from perflab.experiment.after.stage import raise_for_errors, stage_workers, traffic_of
from perflab.experiment.testbed import Testbed
from perflab.run.tables import PARTS, Row
from perflab.run.writer import RunWriter
from perflab.scenario.subject.interpreter import PROFILER
from perflab.scenario.subject.surroundings import interpreter_of
from perflab.worker.handle import WorkerHandle
from perflab.worker.probes.sampling import AttributedSample
from perflab.workload.steps import Step

# The profiler's hook at each call and return of a function costs 0.7 of the CPU that a request takes anyway; a sample every 0.5
# ms takes another 0.25, every 0.2 ms another 0.5 (the marketplace, Python 3.11).
INTERVAL_S = 0.0005
# As a share of the replay's time: 2 s of 20 s, some 3,000 samples. More than 10 s would add little.
SHARE = 0.1
MAX_BUDGET_S = 10.0
MAX_LINES = 5


@dataclass
class ProfileData:
    """Collect the samples of a profile, and the number of requests of each endpoint."""

    samples: list[AttributedSample] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)


def run(testbed: Testbed, writer: RunWriter) -> None:
    """Profile for a tenth of the replay's seconds, at most 10, on the measured core, and save the table `profile`.

    Samples from before a failure are saved.

    Args:
        testbed: What all rounds of the run share.
        writer: Writes the run's directory.

    Raises:
        SubjectError: A request failed, or the project's own interpreter has no profiler.
        WorkerDied: The worker ended or did not respond.
    """
    interpreter = interpreter_of(testbed.question.scenario.subject)
    if interpreter is not None and interpreter.packages.get(PROFILER) is None:
        raise SubjectError(
            f"{interpreter.executable} has no {PROFILER}, so nothing was profiled",
            hint=f"try `{interpreter.executable} -m pip install {PROFILER}`",
        )
    budget_s = min(MAX_BUDGET_S, SHARE * testbed.question.profile.replay_s)
    timeout_s = testbed.question.scenario.traffic.timeout_s
    data = ProfileData()
    with stage_workers(testbed, writer, 1, "profile", warm=True) as (worker,), testbed.servers.pinned([worker.pid]):
        try:
            profile_within(worker, traffic_of(testbed).blocks(), budget_s, timeout_s, data)
        finally:
            writer.save_once("profile", rows(data.samples, data.requests))


def profile_within(
    worker: WorkerHandle,
    blocks: Iterable[Sequence[Step]],
    budget_s: float,
    timeout_s: float,
    data: ProfileData,
    clock: Callable[[], float] = monotonic,
) -> None:
    """Profile whole blocks until the budget is used, at least one; the warm-up is not profiled and costs none of it.

    Args:
        worker: The worker.
        blocks: The traffic, its warm-up first.
        budget_s: How long the profile may take.
        timeout_s: The longest that one request may take.
        data: Collects what was sampled.
        clock: Seconds; tests replace it.
    """
    began = None
    for steps in blocks:
        if steps[0].phase == "warmup":
            raise_for_errors(steps, worker.block(steps, timeout_s))
            continue
        if began is None:
            began = clock()
        elif clock() - began > budget_s:
            return
        profiled = worker.profile(steps, INTERVAL_S, timeout_s)
        raise_for_errors(steps, profiled.done)
        data.samples += profiled.samples
        data.requests.update(step.endpoint for step in steps)


def rows(samples: Sequence[AttributedSample], requests: Mapping[str, int]) -> list[Row]:
    """Return the table: per endpoint its parts, in the order of PARTS, then the heaviest lines of the project's code.

    Args:
        samples: All samples.
        requests: How many requests of each endpoint were profiled.
    """
    table: list[Row] = []
    for endpoint in sorted(requests):
        own = [sample for sample in samples if sample.endpoint == endpoint]
        place = {"endpoint": endpoint, "request_count": requests[endpoint]}
        table += [
            {**place, "part": part, **_sums([sample for sample in own if sample.part == part], own)} for part in PARTS
        ]
        lines: dict[str, list[AttributedSample]] = {}
        for sample in own:
            if sample.source is not None:
                lines.setdefault(sample.source, []).append(sample)
        heaviest = sorted(lines, key=lambda source: -sum(sample.seconds for sample in lines[source]))
        table += [{**place, "source": source, **_sums(lines[source], own)} for source in heaviest[:MAX_LINES]]
    return table


def _sums(part: Sequence[AttributedSample], whole: Sequence[AttributedSample]) -> Row:
    """Return the number of samples, their seconds, and their share of the whole's seconds; None of an empty whole."""
    seconds, total = (sum(sample.seconds for sample in samples) for samples in (part, whole))
    return {"sample_count": len(part), "seconds": seconds, "time_share": seconds / total if total else None}
