"""Further checks of the first round: mistakes that leave the responses of all cells alike, or that the traffic does not reveal.

They follow the checks, and neither are measured nor change what is: what they write comes after the tables were compared. Each
sends its requests to the baseline first, and to other cells only for what can show there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from perflab.analysis.responses.further import history_of
from perflab.experiment.checks.callers import open_to_anyone
from perflab.experiment.checks.client import CheckClient, Shown, Traffic
from perflab.experiment.checks.conditional import stale_304
from perflab.experiment.checks.created import cached_absence
from perflab.experiment.checks.headers import ignores_header, languages_of
from perflab.experiment.checks.pages import pages_overlap
from perflab.experiment.checks.processes import depends_on_history
from perflab.experiment.replay.loop import Replay
from perflab.experiment.responses import IgnoredFields
from perflab.experiment.testbed import Testbed
from perflab.experiment.workers import WorkerPool
from perflab.run.cells import BASELINE, CANARY, REFERENCE, TWIN_OFF
from perflab.scenario import project
from perflab.workload.steps import Step

# In simulated time, after the last check.
LATER_S = 1.0


def further_checks(
    testbed: Testbed,
    replay: Replay,
    traffic: Traffic,
    ignored: IgnoredFields,
    steps: Sequence[Step],
    budget_s: float,
    log_of: Callable[[str], Any],
) -> Iterator[dict[str, Any]]:
    """Make the further checks, those that only read first, and yield what each shows of an endpoint, as run.json keeps it.

    Args:
        testbed: What all rounds of the run share.
        replay: The round, whose workers still run.
        traffic: Its traffic.
        ignored: The places that vary by themselves.
        steps: The checks of the round.
        budget_s: How long all of them may take.
        log_of: The log file of a cell's worker.
    """
    workers: Any = {name: worker for name, worker in replay.workers.items() if name not in (CANARY, REFERENCE)}
    timeout_s = testbed.question.scenario.traffic.timeout_s
    at_s = max((step.at_s for step in steps), default=0.0) + LATER_S
    client = CheckClient(traffic, workers, BASELINE, ignored.of, timeout_s, at_s, budget_s)
    cells = [cell for cell in testbed.cells if cell.name in (BASELINE, TWIN_OFF)]
    number = replay.conditions.number
    configs = {cell.name: testbed.worker_config(cell, replay.conditions.databases, number) for cell in cells}
    # One for each, so that what depends on it differs between the two, and is no history.
    seeds = {name: testbed.seed + place for place, name in enumerate(configs)}

    def of_processes() -> Iterator[Shown]:
        with WorkerPool.start(configs, log_of, seeds) as pool:
            yield from depends_on_history(client, pool.handles, steps, replay.writing_reads)

    every = chain(
        open_to_anyone(client), of_processes(), pages_overlap(client), ignores_header(client, _languages(testbed)),
        cached_absence(client), stale_304(client),
    )  # fmt: skip
    yield from (shown.as_dict() for shown in every if shown.cells)


def not_compared(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return why responses of an endpoint cannot be compared between cells, by the endpoint.

    Args:
        rows: What the further checks showed.
    """
    reason = "it depends on what its process has served before"
    return dict.fromkeys(sorted(history_of(rows)), reason)


def _languages(testbed: Testbed) -> Sequence[str]:
    return languages_of(testbed.prepared.context.settings, project.default_setting("LANGUAGES"))
