"""The beginning of a run: from its question to a testbed, through the queue of replays.

What may fail for a mistake in the project or the scenario happens before the wait: seeding, checks, and the first requests.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass, replace

from perflab import seeding
from perflab.errors import InUse, PerflabError
from perflab.experiment.capacity import stage as load_test
from perflab.experiment.isolate import caches, files, outside
from perflab.experiment.isolate.remarks import remarks
from perflab.experiment.progress import Phases, Report, Wait
from perflab.experiment.revisions.preparing import prepare_other
from perflab.experiment.revisions.projects import Projects, checked, opened
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
    name = f"{question.scenario.name}, profile {question.profile_name}"
    with phases(names.SEED):
        scenario, projects = opened(
            question.scenario, stack, lambda text: phases.report({"event": "phase", "name": text})
        )
        original = question
        question = _checked(replace(question, scenario=scenario), projects, writer, phases.report)
        load_test.check(question)
        data = seeding.ensure(question, seed, phases.report)
        question = question.ending(data.as_of)
        # The scenario as its author wrote it: the folders of the revisions are gone after the run.
        writer.save_meta(scenario=original.ending(data.as_of).as_dict())
    beginning = _Beginning(question, seed, data, projects, phases)
    first = beginning.first_requests(writer, timeout_s=0)
    with phases(names.WAIT):
        wait = Wait(phases.report)
        stack.enter_context(replay_lock(name, waiting=wait.waiting))
        writer.save_meta(**wait.ended())
    if first is None:
        first = beginning.first_requests(writer, timeout_s=None)
        assert first is not None
    remaining, shown = first
    testbed = replace(beginning, question=remaining).testbed(stack, phases, timeout_s=None)
    testbed.contacts.update(outside.of_setting_up())
    testbed.contacts.update(shown.unrepeated)
    testbed.endless.update(shown.endless)
    writer.save_meta(environment=testbed.facts(), catalogue=testbed.catalogue())
    if (other := testbed.prepared.other) is not None:
        off, on = set(testbed.prepared.context.indexes), set(other.context.indexes)
        indexes = {"lost": sorted(off - on), "gained": sorted(on - off)}
        revisions = {**writer.meta["revisions"], "migrations": list(other.migrations), "indexes": indexes}
        writer.save_meta(revisions=revisions)
    return testbed


@dataclass(frozen=True)
class _Beginning:
    """Hold what the servers are started for, twice: for the first requests, and for the run itself."""

    question: Resolved
    seed: int
    data: SeededData
    projects: Projects | None
    phases: Phases

    def first_requests(
        self, writer: RunWriter, timeout_s: float | None
    ) -> tuple[Resolved, preflight.FirstRequests] | None:
        """Make the first requests, on servers of their own; return the question without the endpoints that fail everywhere.

        With it, what the requests showed. None if another process uses the data
        for longer than `timeout_s`: then it is not worth a place in the queue to wait for it.

        Args:
            writer: Writes the run's directory.
            timeout_s: How long to wait for the data; None for as long as it takes.
        """
        with self.phases(names.FIRST_REQUESTS), ExitStack() as own:
            try:
                testbed = self.testbed(own, lambda name: nullcontext(), timeout_s)
            except InUse:
                return None
            first = preflight.request_all(testbed, writer.log_of)
            writer.save_meta(first_requests=first.as_dict(), contacts=outside.rows(first.contacts.items()))
            for remark in (*first.remarks(self.question.scenario), *first.refused()):
                self.phases.report({"event": "phase", "name": f"{names.FIRST_REQUESTS}: {remark}"})
            return preflight.without_failing(self.question, first), first

    def testbed(
        self,
        stack: ExitStack,
        phases: Callable[[str], AbstractContextManager[None]],
        timeout_s: float | None,
    ) -> Testbed:
        """Start the servers on the seeded data, and prepare the databases.

        Args:
            stack: Stops the servers at its end.
            phases: Names what is done now.
            timeout_s: How long to wait for the data; None for as long as it takes.
        """
        question, data, scenario = self.question, self.data, self.question.scenario
        cells = cells_of(scenario.factor_names)
        with phases(names.START_SERVERS):
            if data.data_dir is not None:
                name = f"{scenario.name}, profile {question.profile_name}"
                stack.enter_context(data_lock(data.data_dir.parent, name, timeout_s=timeout_s))
            databases = sum(cell.role != "reference" for cell in cells)
            servers = stack.enter_context(RunServers.open(question, data, databases))
        began_s = time.monotonic()
        with phases(names.PREPARE_DATABASES):
            prepared = prepare(question, self.seed, data, cells, servers.database)
            if self.projects is not None:
                prepared = prepare_other(question, self.projects, data, cells, servers.database, prepared, stack)
            folder = stack.enter_context(files.run_folder())
            testbed = Testbed(question, self.seed, data, cells, servers, prepared, began_s, folder=folder)
            stack.callback(_leave_nothing, testbed)
        return testbed


def _checked(question: Resolved, projects: Projects | None, writer: RunWriter, report: Report) -> Resolved:
    """Check the scenario against its project, and note what the author should know; return what is left of the question."""
    scenario = question.scenario
    vendor = vendor_of(scenario.subject.settings, scenario.subject.database)
    scenario, further = checked(scenario, projects, vendor)
    if projects is not None:
        writer.save_meta(revisions=projects.sides.facts())
    _note(scenario, writer, report, further)
    return replace(question, scenario=scenario)


def _leave_nothing(testbed: Testbed) -> None:
    """Leave neither entries nor files, also after a failure, unless it is the cache server that failed."""
    with suppress(PerflabError):
        testbed.leave_nothing()


def _note(scenario: Scenario, writer: RunWriter, report: Report, further: Sequence[str] = ()) -> None:
    """Refuse caches that cells cannot have of their own; say what the author should know, now and in run.json."""
    settings = project.base_settings(scenario.subject.settings)
    caches.check(settings, scenario.subject.settings)
    notes = [*surroundings.remarks(scenario.subject), *remarks(scenario, settings), *further]
    writer.save_meta(notes=notes)
    for note in notes:
        report({"event": "phase", "name": f"note: {note}"})
