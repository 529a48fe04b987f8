"""What it costs to measure one request: bare, with perflab's probes, with django-silk, with django-debug-toolbar.

Each is a worker process of its own, started anew in each round, the first two from one process. In a round all take their turn
in every block, in random order, and a ratio compares two turns of the same block.
"""

from __future__ import annotations

import json
import random
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from perflab.worker.forking.client import ForkServer
from perflab.worker.handle import WorkerHandle
from perflab.workload.steps import Step
from tests.benchmarks import tools
from tests.benchmarks.bed import Bed, busiest_payer
from tests.benchmarks.bias import ratio_with_interval
from tests.benchmarks.table import Result, Spread, Table, milliseconds, say
from tests.perflab.steps import step_of

# One request, as three cells of the experiment serve it.
REQUESTS = {"cached": "all_on", "optimised": "indexes+queries", "naive": "all_off"}
BARE, PERFLAB = "bare", "perflab"
VARIANTS = (BARE, PERFLAB, tools.SILK, tools.TOOLBAR)
# Requests in a block: the two that have to be told apart get more.
MANY = {"cached": 40, "optimised": 20, "naive": 6}
FEW = 2
TARGET = 1.03
# Bytes; a page.
PADDING = 4096


@dataclass
class Turns:
    """One variant's turns: the middle service time of each block, and the time that a request took outside it."""

    latency_s: list[float] = field(default_factory=list)
    outside_s: list[float] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)


Measured = dict[str, Turns]


def measure(bed: Bed, rounds: int, blocks: int) -> Table:
    """The table of costs."""
    path = f"/users/{(user := busiest_payer(bed))}/payments?page=1"
    step = step_of(path, user=user)
    table = Table(
        f"Cost of measuring: GET {path}",
        (
            "request",
            "measured by",
            "service time, ms",
            "/ bare",
            "quartiles",
            "rounds",
            "around a request, ms",
        ),
    )
    for request, cell in REQUESTS.items():
        measured: Measured = {name: Turns() for name in VARIANTS if name not in tools.PACKAGES or tools.installed(name)}
        for number in range(rounds):
            say(f"measuring: {request}, round {number + 1} of {rounds}")
            _round(bed, cell, step, MANY[request], blocks, number, measured)
        table.rows += [_row(request, name, measured) for name in VARIANTS]
        ratio, between = ratio_with_interval(_by_round(measured, PERFLAB))
        spread = f"95% interval {between[0]:.3f}-{between[1]:.3f}" if between else ""
        table.results.append(Result(f"perflab / bare, {request}", ratio, TARGET, spread=spread, between=between))
    many = ", ".join(f"{count} {request}" for request, count in MANY.items())
    table.notes = [
        f"{rounds} rounds of fresh processes, {blocks} blocks each; a block is {many} requests (silk, toolbar: {FEW}).",
        "A ratio is of medians within one block. Quartiles: over all blocks. Rounds: medians of the rounds, min-max.",
        "Result: the geometric mean of the rounds' medians, with a t interval on logarithms.",
        "Around a request: what the worker does outside the clocks (environ, digest, sending), per request.",
    ]
    return table


def _round(bed: Bed, cell: str, step: Step, many: int, blocks: int, number: int, measured: Measured) -> None:
    rng = random.Random(f"{cell} {number}")
    with ExitStack() as stack:
        log = Path(stack.enter_context(TemporaryDirectory())) / "worker.log"
        workers = _start(bed, cell, list(measured), log, rng, stack)
        steps = {
            name: [replace(step, step=n) for n in range(FEW if name in tools.PACKAGES else many)] for name in workers
        }
        bodies = {_warm(worker, steps[name]) for name, worker in workers.items()}
        if len(bodies) != 1:
            raise RuntimeError(f"the variants respond differently: {[body[:200] for body in bodies]}; see {log}")
        for _ in range(blocks):
            names = list(workers)
            rng.shuffle(names)
            for name in names:
                began = perf_counter()
                samples = workers[name].block(steps[name]).samples
                wall_s = perf_counter() - began
                latencies = [float(sample.latency_s or 0) for sample in samples]
                turns = measured[name]
                turns.latency_s.append(statistics.median(latencies))
                turns.outside_s.append((wall_s - sum(latencies)) / len(latencies))
                turns.rounds.append(number)


def _start(
    bed: Bed, cell: str, names: Sequence[str], log: Path, rng: random.Random, stack: ExitStack
) -> dict[str, WorkerHandle]:
    """One worker for each variant; all but silk, which writes to its database, read the same one."""
    module = bed.testbed.question.scenario.subject.settings
    database = bed.clone(cell)
    # Where things lie in memory decides a few percent of a cached request. It is not what is compared, so it is random: each
    # round has a hash seed and an environment of another size. The two that have to be told apart share them, and most of what
    # lies in memory: they are forked from one process, as the cells of a round.
    environment = {"PADDING": "x" * rng.randrange(PADDING)}
    server: ForkServer | None = None
    workers = {}
    for name in names:
        config = bed.worker_config(cell, bed.clone(cell) if name == tools.SILK else database)
        config = replace(config, probed=name == PERFLAB, environment={**config.environment, **environment})
        if name in (BARE, PERFLAB):
            if server is None:
                server = ForkServer.start(config, log, rng.randrange(2**32))
                stack.callback(server.stop, 5.0)
            if name == BARE:  # neither guards around what leaves the cell, nor clocks in trace time
                config = replace(config, folder=None, as_of=None)
            workers[name] = WorkerHandle.start(config, log, server=server)
        else:
            config = replace(config, settings={**config.settings, **tools.settings_with(name, module)})
            if name == tools.SILK:
                tools.make_silk_tables(module, config.settings)
            workers[name] = WorkerHandle.start(config, log, rng.randrange(2**32))
        stack.callback(workers[name].stop)
    for worker in workers.values():
        worker.wait_ready()
    stack.enter_context(bed.testbed.servers.pinned([worker.pid for worker in workers.values()]))
    return workers


def _warm(worker: WorkerHandle, steps: Sequence[Step]) -> str:
    """Send three unmeasured blocks and return the body of the responses; headers tell the time, and which tool is on."""
    for _ in range(3):
        samples = worker.block(steps).samples
    for sample in samples:
        if sample.status != 200:
            raise RuntimeError(f"{steps[0].path} responds with {sample.status}: {sample.error}")
    (document,) = worker.responses([samples[0].step])
    return json.dumps(document and document["body"], sort_keys=True)


def _ratio(measured: Measured, name: str) -> tuple[Spread, Spread]:
    """A variant's ratio to the bare request: over all blocks, and over the medians of the rounds."""
    turns, bare = measured[name], measured[BARE]
    ratios = [latency / bare_latency for latency, bare_latency in zip(turns.latency_s, bare.latency_s, strict=True)]
    return Spread.quartiles(ratios), Spread.extremes(_by_round(measured, name))


def _by_round(measured: Measured, name: str) -> list[float]:
    """The medians of the rounds: a variant's ratio to the bare request."""
    turns, bare = measured[name], measured[BARE]
    ratios = [latency / bare_latency for latency, bare_latency in zip(turns.latency_s, bare.latency_s, strict=True)]
    return [
        statistics.median(r for r, at in zip(ratios, turns.rounds, strict=True) if at == number)
        for number in sorted(set(turns.rounds))
    ]


def _row(request: str, name: str, measured: Measured) -> list[str]:
    if name not in measured:
        return [request, name, "not installed", "", "", "", ""]
    turns = measured[name]
    ratio, of_rounds = _ratio(measured, name)
    return [
        request,
        name,
        milliseconds(statistics.median(turns.latency_s)),
        f"{ratio.median:.3f}",
        _range(ratio),
        _range(of_rounds),
        milliseconds(statistics.median(turns.outside_s)),
    ]


def _range(spread: Spread) -> str:
    return f"{spread.low:.3f}-{spread.high:.3f}"
