"""The beginning of a run: from its question to a testbed, through the queue of replays.

What may fail for a mistake in the project or the scenario happens before the wait: seeding, checks, and the first requests.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress

from perflab import seeding
from perflab.errors import InUse, PerflabError
from perflab.experiment.capacity import stage as load_test
from perflab.experiment.isolate import caches, files, outside
from perflab.experiment.isolate.remarks import remarks
from perflab.experiment.progress import Phases, Report, Wait
from perflab.experiment.setup import preflight
from perflab.experiment.setup.preparation import prepare
from perflab.experiment.setup.servers import RunServers
from perflab.experiment.testbed import Testbed
from perflab.run import phases as names
from perflab.run.cells import cells_of
from perflab.run.writer import RunWriter
from perflab.scenario import project
from perflab.scenario.models import Scenario
from perflab.scenario.profiles import Resolved
from perflab.scenario.project_checks import check_project
from perflab.scenario.subject import surroundings
from perflab.seeding import SeededData
from perflab.servers.choice import vendor_of
from perflab.servers.supervision.lock import data_lock, replay_lock


def set_up(question: Resolved, seed: int, writer: RunWriter, phases: Phases, stack: ExitStack) -> Testbed:
    """Seed, make the first requests, wait for other replays, start the servers, and prepare the databases.

    Args:
        question: The scenario at one of its profiles.
        seed: Seed of the run.
        writer: Writes the run's directory.
        phases: Names what is done now.
        stack: Stops the servers, and lets the next replay begin, at its end.

    Raises:
        PerflabError: The project lacks something, a login raises, or most endpoints fail.
    """
    scenario = question.scenario
    name = f"{scenario.name}, profile {question.profile_name}"
    with phases(names.SEED):
        stack.enter_context(outside.guarded(scenario))
        check_project(scenario, vendor_of(scenario.subject.settings, scenario.subject.database))
        load_test.check(question)
        _note(scenario, writer, phases.report)
        data = seeding.ensure(question, seed, phases.report)
        question = question.ending(data.as_of)
        writer.save_meta(scenario=question.as_dict())
    first = _first_requests(question, seed, data, writer, phases, timeout_s=0)
    with phases(names.WAIT):
        wait = Wait(phases.report)
        stack.enter_context(replay_lock(name, waiting=wait.waiting))
        writer.save_meta(**wait.ended())
    if first is None:
        first = _first_requests(question, seed, data, writer, phases, timeout_s=None)
        assert first is not None
    remaining, shown = first
    testbed = _testbed(remaining, seed, data, stack, phases, timeout_s=None)
    testbed.contacts.update(outside.of_setting_up())
    testbed.contacts.update(shown.unrepeated)
    testbed.endless.update(shown.endless)
    writer.save_meta(environment=testbed.facts(), catalogue=testbed.catalogue())
    return testbed


def _first_requests(
    question: Resolved,
    seed: int,
    data: SeededData,
    writer: RunWriter,
    phases: Phases,
    timeout_s: float | None,
) -> tuple[Resolved, preflight.FirstRequests] | None:
    """Make the first requests, on servers of their own; return the question without the endpoints that fail everywhere.

    With it, what the requests showed. None if another process uses the data
    for longer than `timeout_s`: then it is not worth a place in the queue to wait for it.
    """
    with phases(names.FIRST_REQUESTS), ExitStack() as own:
        try:
            testbed = _testbed(question, seed, data, own, lambda name: nullcontext(), timeout_s)
        except InUse:
            return None
        first = preflight.request_all(testbed, writer.log_of)
        writer.save_meta(first_requests=first.as_dict(), contacts=outside.rows(first.contacts.items()))
        for remark in (*first.remarks(question.scenario), *first.refused()):
            phases.report({"event": "phase", "name": f"{names.FIRST_REQUESTS}: {remark}"})
        return preflight.without_failing(question, first), first


def _testbed(
    question: Resolved,
    seed: int,
    data: SeededData,
    stack: ExitStack,
    phases: Callable[[str], AbstractContextManager[None]],
    timeout_s: float | None,
) -> Testbed:
    """Start the servers on the seeded data, and prepare the databases.

    Args:
        question: The scenario at one of its profiles.
        seed: Seed of the run.
        data: The seeded data.
        stack: Stops the servers at its end.
        phases: Names what is done now.
        timeout_s: How long to wait for the data; None for as long as it takes.
    """
    scenario = question.scenario
    cells = cells_of(scenario.factor_names)
    with phases(names.START_SERVERS):
        if data.data_dir is not None:
            name = f"{scenario.name}, profile {question.profile_name}"
            stack.enter_context(data_lock(data.data_dir.parent, name, timeout_s=timeout_s))
        databases = sum(cell.role != "reference" for cell in cells)
        servers = stack.enter_context(RunServers.open(question, data, databases))
    began_s = time.monotonic()
    with phases(names.PREPARE_DATABASES):
        prepared = prepare(question, seed, data, cells, servers.database)
        folder = stack.enter_context(files.run_folder())
        testbed = Testbed(question, seed, data, cells, servers, prepared, began_s, folder=folder)
        stack.callback(_leave_nothing, testbed)
    return testbed


def _leave_nothing(testbed: Testbed) -> None:
    """Leave neither entries nor files, also after a failure, unless it is the cache server that failed."""
    with suppress(PerflabError):
        testbed.leave_nothing()


def _note(scenario: Scenario, writer: RunWriter, report: Report) -> None:
    """Refuse caches that cells cannot have of their own; say what the author should know, now and in run.json."""
    settings = project.base_settings(scenario.subject.settings)
    caches.check(settings, scenario.subject.settings)
    notes = [*surroundings.remarks(scenario.subject), *remarks(scenario, settings)]
    writer.save_meta(notes=notes)
    for note in notes:
        report({"event": "phase", "name": f"note: {note}"})
