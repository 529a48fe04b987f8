"""The warm-up of a run: the traffic before all rounds, in all_on, and what every round then starts from.

Writes change the data alike in every cell, and a template without some indexes is a copy without them, so one cell is enough for
the databases. Entries are those that all_on has stored, for all cells with caching on that store the same (sharing.py); one that
stores something else is warmed up by itself.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Any

from perflab.errors import SubjectError
from perflab.experiment.databases import cell_databases, copy_without, drop_if_possible
from perflab.experiment.progress import Phases, Report
from perflab.experiment.testbed import Testbed
from perflab.experiment.warm import sharing
from perflab.experiment.warm.length import FIRST_S, Progress, ends_s, length_s
from perflab.experiment.warm.state import CACHES, WARM_FOLDER, Kept, WarmState
from perflab.experiment.workers import WorkerPool
from perflab.run import phases as names
from perflab.run.summary import WARM
from perflab.run.writer import RunWriter
from perflab.servers.aliases.layout import name_of
from perflab.servers.ownership import RUN_PREFIX
from perflab.worker.guards.files import STORAGES
from perflab.worker.handle import WorkerHandle
from perflab.workload.build import Builder
from perflab.workload.steps import Step

# No round of the run has this number.
ROUND = 0
# So much of the trace's time is sent to the worker at once.
PART_S = 5.0
# Progress is shown as often as this, in real time.
SHOWN_EVERY_S = 5.0
# Of the requests so far, so many may fail.
MAX_FAILED = 0.5
# Of so many requests at the end, some are made again to compare what cells store.
LAST = 1000


def warmed_up(testbed: Testbed, writer: RunWriter, phases: Phases, stack: ExitStack) -> Testbed:
    """Warm up, and return the testbed whose rounds start from the result.

    Args:
        testbed: What all rounds of the run share.
        writer: Writes the run's directory.
        phases: Names what is done now.
        stack: Drops the databases of the warm state at its end.

    Raises:
        SubjectError: Most requests fail.
        WorkerDied: The worker ended or did not respond.
        ServerError: A database cannot be made.
    """
    question = testbed.question
    given_s = length_s(question, bool(testbed.caching) and testbed.has_cache)
    if given_s == 0 or testbed.prepared.other is not None:  # what one revision has stored is no start for another
        return testbed
    with phases(names.WARM_UP):
        began = monotonic()
        base = _database(testbed, stack)
        testbed.servers.cache.keep(f"{ROUND} ")
        stack.callback(testbed.servers.cache.keep, None)
        everything = testbed.everything_on
        first = _warm_up(testbed, everything, {everything: base}, given_s, writer, phases.report)
        warm = replace(testbed, prepared=_prepared(testbed, base, stack))
        sources = sharing.sources(warm, first.last, writer.log_of)
        kept = {everything: first.kept}
        for cell in sorted(set(sources.values()) - {everything}):
            with cell_databases(
                testbed.servers.database,
                {cell: testbed.prepared.templates[cell]},
                f"{testbed.token}_warm_own",
                testbed.prepared.others_of,
            ) as own:
                kept[cell] = _warm_up(testbed, cell, own, first.history.at_s, writer, phases.report).kept
        cloned = {*warm.prepared.templates.values(), *warm.prepared.others.values(), base}
        state = WarmState(first.history, sources, kept, ROUND, tuple(sorted(cloned)))
        progress = first.progress
        facts = {"seconds": round(first.history.at_s, 3), "why": first.why, "requests": progress.sum("requests")}
        writer.save_once("before", progress.rows)
        writer.save_meta(
            environment={**writer.meta["environment"], WARM: facts},
            warm={
                "executed": progress.sum("executed"), "checked": progress.checked, "changed": progress.changed,
                "sources": sources, "took_s": round(monotonic() - began, 3), "parts": progress.parts,
            },
        )  # fmt: skip
    return replace(warm, warm=state)


@dataclass(frozen=True)
class Warmed:
    """Hold one cell's warm-up: the traffic so far, what it did, why it ended, its last requests, and what it has kept."""

    history: Builder
    progress: Progress
    why: str
    last: Sequence[Step]
    kept: Kept


def _warm_up(
    testbed: Testbed, name: str, databases: Mapping[str, str], given_s: float | None, writer: RunWriter, report: Report
) -> Warmed:
    """Warm one cell up, in its database.

    Args:
        testbed: What all rounds of the run share.
        name: Name of the cell.
        databases: The database of the cell.
        given_s: The length in seconds of the trace, None where the hit rate decides.
        writer: Writes the run's directory.
        report: Receives the progress.
    """
    history = testbed.history()
    cell = next(cell for cell in testbed.cells if cell.name == name)
    config = testbed.worker_config(cell, databases, ROUND)
    try:
        with WorkerPool.start({name: config}, writer.log_of, {}) as pool:
            progress, why, last = execute(pool.handles[name], history, given_s, testbed, report)
            memory = pool.handles[name].memory()
            testbed.collect(pool.handles.values())
        folder = _kept_files(
            Path(config.folder or "."), testbed.folder / WARM_FOLDER / testbed.folder_of(name, ROUND).name
        )
    finally:
        testbed.leave_nothing()
    return Warmed(history, progress, why, last, Kept(folder, memory))


def execute(
    worker: WorkerHandle,
    history: Builder,
    given_s: float | None,
    testbed: Testbed,
    report: Report,
    clock: Callable[[], float] = monotonic,
) -> tuple[Progress, str, Sequence[Step]]:
    """Execute the traffic until the end of the warm-up; return what was done, why it ended there, and the last requests.

    Args:
        worker: The worker of the cell.
        history: The traffic, which is generated as far as it is executed.
        given_s: The length in seconds of the trace, None where the hit rate decides.
        testbed: What all rounds of the run share.
        report: Receives the progress.
        clock: Seconds; tests replace it.

    Raises:
        SubjectError: Most requests fail.
        WorkerDied: The worker ended or did not respond.
    """
    began_s = shown_s = clock()
    progress, look_s, last = Progress(), FIRST_S, deque[Step](maxlen=LAST)
    timeout_s = testbed.question.scenario.traffic.timeout_s
    while True:
        steps = list(chain.from_iterable(history.before(min(history.at_s + PART_S, given_s or math.inf))))
        last.extend(steps)
        worker.begin_warm_up(steps)
        progress.add(history.at_s, steps, worker.warmed_up(steps, timeout_s))
        _end_if_most_fail(progress, testbed.everything_on)
        if clock() >= shown_s + SHOWN_EVERY_S:
            shown_s = clock()
            report({"event": "phase", "name": f"{names.WARM_UP}: {history.at_s / 60:.1f} min of traffic"})
        why = ends_s(given_s, history.at_s, progress)
        if why is None and given_s is None and history.at_s >= look_s:
            why, look_s = "steady hit rate" if progress.is_warm(history.at_s) else None, 2 * look_s
        if why is None and given_s is None and clock() > began_s + testbed.question.profile.replay_s:
            why = "as long as the replay may take"
        if why is not None:
            return progress, why, list(last)


def _end_if_most_fail(progress: Progress, cell: str) -> None:
    executed, failed = progress.sum("executed"), progress.sum("failed")
    if failed > MAX_FAILED * executed:
        raise SubjectError(
            f"{failed} of {executed} requests of the warm-up failed",
            hint=f"see worker-{cell}.log in the run's folder",
        )


def _kept_files(source: Path, target: Path) -> Path | None:
    """Move the cell's files to where they stay; return the folder, None if there are none."""
    parts = [part for part in (STORAGES, CACHES) if any(files for _, _, files in os.walk(source / part))]
    for part in parts:
        target.mkdir(parents=True, exist_ok=True)
        (source / part).rename(target / part)
    return target if parts else None


def _database(testbed: Testbed, stack: ExitStack) -> str:
    """Make the database of the warm-up, and one for each of the project's other aliases; return its name.

    Args:
        testbed: What all rounds of the run share.
        stack: Drops them.
    """
    database, base = testbed.servers.database, f"{RUN_PREFIX}{testbed.token}_warm"
    others = {name_of(base, alias): template for alias, template in testbed.prepared.others.items()}
    for name, template in {base: testbed.data.template, **others}.items():
        database.clone(template, name)
        stack.callback(drop_if_possible, database, name)
        database.prewarm(name)
    return base


def _prepared(testbed: Testbed, base: str, stack: ExitStack) -> Any:
    """Return what was prepared, with templates in the warm state: the base, and copies without what cells lack.

    Args:
        testbed: What all rounds of the run share.
        base: The database of the warm-up.
        stack: Drops the copies.
    """
    database, prepared = testbed.servers.database, testbed.prepared
    others = {alias: name_of(base, alias) for alias in prepared.others}
    for name in (base, *others.values()):
        database.vacuum(name)
    missing = {cell.name: testbed.changes(cell).drop_indexes for cell in testbed.cells if cell.role != "reference"}
    templates: dict[tuple[str, ...], str] = {(): base}
    for number, dropped in enumerate(dict.fromkeys(tuple(each) for each in missing.values() if each)):
        name = f"{RUN_PREFIX}{testbed.token}_warm_without_{number}"
        stack.callback(drop_if_possible, database, name)
        copy_without(database, base, name, dropped)
        templates[dropped] = name
    return replace(prepared, templates={cell: templates[tuple(each)] for cell, each in missing.items()}, others=others)
