"""How much the probes bend what is reported: the ratio all_on / all_off with them, against the same without them.

Reads of the scenario's own traffic, on warm caches: there a request is shortest and probes weigh most.
"""

from __future__ import annotations

import itertools
import math
import random
import statistics
from collections.abc import Mapping
from dataclasses import replace

from scipy import stats

from perflab.run.cells import BASELINE, OPTIMISED
from perflab.workload.build import build
from perflab.workload.steps import Step
from tests.benchmarks import switching
from tests.benchmarks.bed import SEED, Bed
from tests.benchmarks.switching import Latencies
from tests.benchmarks.table import Result, Table, milliseconds, say

CHUNK = 10
# Requests with all factors on are ten times as short and need more repetitions; they cost little.
TIMES = {BASELINE: 1, OPTIMISED: 4}
TARGET = 0.005


def measure(bed: Bed, rounds: int, repetitions: int, steps: int) -> Table:
    """The table of the bias, with a t interval over the rounds, each of which has processes of its own."""
    totals = [_round(bed, number, repetitions, steps) for number in range(rounds)]
    table = Table(
        f"Bias of what is reported: {steps} reads of the traffic, with probes and without, in the same process",
        ("", "without probes, ms", "with probes, ms", "with / without", "95% interval"),
    )
    for cell in (BASELINE, OPTIMISED):
        bare, probed = ([total[cell, flag] / steps for total in totals] for flag in (False, True))
        ratio, interval = ratio_with_interval(
            [with_probe / without for with_probe, without in zip(probed, bare, strict=True)]
        )
        middle = [milliseconds(statistics.median(values)) for values in (bare, probed)]
        table.rows.append([cell, *middle, f"{ratio:.4f}", _text(interval)])
    bare, probed = ([total[OPTIMISED, flag] / total[BASELINE, flag] for total in totals] for flag in (False, True))
    ratio, interval = ratio_with_interval(
        [with_probe / without for with_probe, without in zip(probed, bare, strict=True)]
    )
    middle = [f"{statistics.median(values):.5f}" for values in (bare, probed)]
    table.rows.append([f"{OPTIMISED} / {BASELINE}", *middle, f"{ratio:.4f}", _text(interval)])
    table.results.append(
        Result(
            "bias of all_on / all_off",
            abs(ratio - 1),
            TARGET,
            spread=f"95% interval {_text(interval, percent=True)}",
            between=_sizes(interval),
        )
    )
    table.notes = [
        f"{rounds} rounds of fresh processes; a total sums over {steps} requests.",
        f"A request's time is the median of {repetitions} repetitions ({OPTIMISED}: {repetitions * TIMES[OPTIMISED]}).",
        "The order with/without is random for every ten requests. Interval: t over the rounds' log ratios.",
        "Open: the interval holds the bound; a quieter machine or more rounds would tell.",
    ]
    return table


def _orders(bed: Bed, number: int, steps: int) -> list[Step]:
    """The first reads of a round's traffic, of the endpoints that the claims are about."""
    scenario, profile = bed.testbed.question.scenario, bed.testbed.question.profile
    audited = {endpoint.name for endpoint in scenario.traffic.endpoints if endpoint.audited}
    round_ = 1 + number % profile.rounds
    blocks = build(scenario, profile, SEED + number, round_, bed.testbed.prepared.population).blocks()
    reads = (step for block in blocks for step in block if step.endpoint in audited)
    return [replace(step, step=n, at_s=0.0, phase="measured") for n, step in enumerate(itertools.islice(reads, steps))]


def _round(bed: Bed, number: int, repetitions: int, steps: int) -> Mapping[tuple[str, bool], float]:
    """One round: seconds that all requests take together, by (cell, whether with probes)."""
    say(f"bias: round {number + 1}")
    rng = random.Random(f"bias {number}")
    orders = _orders(bed, number, steps)
    latencies_of: dict[str, Latencies] = {cell: {} for cell in TIMES}
    hash_seed = rng.randrange(2**32)
    workers = {cell: switching.start(bed.worker_config(cell, bed.clone(cell)), hash_seed) for cell in TIMES}
    try:
        for _, connection in workers.values():
            connection.recv()
        with bed.testbed.servers.pinned([process.pid for process, _ in workers.values()]):
            for _, connection in workers.values():  # to warm up
                connection.send((orders, 1, CHUNK, 0))
                connection.recv()
            for _ in range(repetitions):
                for cell in rng.sample(list(TIMES), len(TIMES)):
                    _, connection = workers[cell]
                    connection.send((orders, TIMES[cell], CHUNK, rng.random()))
                    for key, latencies in connection.recv().items():
                        latencies_of[cell].setdefault(key, []).extend(latencies)
    finally:
        for process, connection in workers.values():
            connection.close()
            process.join(5)
            if process.is_alive():
                process.kill()
    return {
        (cell, probed): sum(statistics.median(latencies_of[cell][n, probed]) for n in range(len(orders)))
        for cell in TIMES
        for probed in (False, True)
    }


def ratio_with_interval(ratios: list[float]) -> tuple[float, tuple[float, float] | None]:
    """The mean ratio and its 95% t interval, on logarithms; no interval below 3 rounds."""
    logs = [math.log(ratio) for ratio in ratios]
    mean = statistics.fmean(logs)
    if len(logs) < 3:
        return math.exp(mean), None
    half = float(stats.t.ppf(0.975, len(logs) - 1)) * statistics.stdev(logs) / math.sqrt(len(logs))
    return math.exp(mean), (math.exp(mean - half), math.exp(mean + half))


def _sizes(interval: tuple[float, float] | None) -> tuple[float, float] | None:
    """How small and how large the bias may be, whatever its sign."""
    if interval is None:
        return None
    ends = sorted(abs(end - 1) for end in interval)
    return (0.0 if interval[0] <= 1 <= interval[1] else ends[0]), ends[1]


def _text(interval: tuple[float, float] | None, percent: bool = False) -> str:
    if interval is None:
        return "none below 3 rounds"
    low, high = interval
    return f"{low - 1:+.2%} to {high - 1:+.2%}" if percent else f"{low:.4f}-{high:.4f}"
