"""The experiment: servers, clones, workers, randomised blocks, rounds, stages after the rounds.

It runs in a process of its own, never in a notebook's kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from perflab.errors import PerflabError, one_line
from perflab.experiment import liveness, table_diff
from perflab.experiment.after import concurrency, index_rounds
from perflab.experiment.after import profile as profile_stage
from perflab.experiment.after.stage import optional_stage
from perflab.experiment.checks import further_checks, not_compared
from perflab.experiment.isolate import outside
from perflab.experiment.observe import catalogue, code, written
from perflab.experiment.observe.loops import Loops
from perflab.experiment.observe.pages import LaterPages
from perflab.experiment.observe.statements import StatementCounts
from perflab.experiment.progress import Phases, Report, RoundProgress
from perflab.experiment.replay.loop import Replay
from perflab.experiment.replay.turns import RoundRows
from perflab.experiment.responses import IgnoredFields
from perflab.experiment.rounds import RoundPlan, check_within, play_round
from perflab.experiment.setup.beginning import set_up
from perflab.experiment.testbed import Testbed
from perflab.experiment.warm.warming import warmed_up
from perflab.run import phases as names
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, cells_of
from perflab.run.scenario import scenario_hash
from perflab.run.store import Run, load
from perflab.run.tables import Row
from perflab.run.writer import RunWriter
from perflab.scenario.profiles import Resolved
from perflab.scenario.subject import cache_tables
from perflab.scenario.traffic import Endpoint
from perflab.workload.build import Builder
from perflab.workload.steps import BlockSource, Step, Trace

# How much time checks may take, as a multiple of all the replay's. In the smoke profile they take about that long; further checks
# are left out.
CHECKS_SHARE = 3
# The same of the further checks. Their number does not depend on the profile: some hundred requests, most of them in two cells.
FURTHER_CHECKS_SHARE = 3

PrecisionRule = Callable[[pd.DataFrame], bool]


def run(
    question: Resolved,
    seed: int,
    directory: Path,
    parameters: Mapping[str, Any],
    command: str,
    report: Report,
    is_precise: PrecisionRule | None = None,
) -> Run:
    """Execute a scenario, save it round by round, and return the saved run.

    Whatever goes wrong, the measurements until then are saved with a `status` in run.json; then the error is raised.

    Args:
        question: The scenario at one of its profiles.
        seed: Seed of data, traffic and orders.
        directory: Where the run is saved.
        parameters: The parameters that were changed, for run.json.
        command: The command that reproduces the run, for run.json.
        report: Receives events: phases and progress.
        is_precise: Decides after each round whether the run may stop; None measures all of the profile's rounds.

    Raises:
        PerflabError: The run failed.
    """
    writer = RunWriter.create(directory, _meta(question, seed, directory, parameters, command))
    liveness.begin(directory)
    phases = Phases(report)
    with ExitStack() as stack:
        try:
            _measure(question, seed, writer, phases, stack, is_precise)
        except BaseException as error:  # before the servers stop: this process may be killed meanwhile
            status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            writer.finish(status, _reason(error), phases=phases.as_list())
            if isinstance(error, Exception):
                writer.save_traceback(error)
            liveness.end(directory)
            raise
        # The run is complete even if stopping the servers fails.
        writer.finish("complete", phases=phases.as_list())
        liveness.end(directory)
        with phases(names.STOP_SERVERS):
            stack.close()
    writer.save_meta(phases=phases.as_list())
    return load(directory)


def _measure(
    question: Resolved,
    seed: int,
    writer: RunWriter,
    phases: Phases,
    stack: ExitStack,
    is_precise: PrecisionRule | None,
) -> None:
    testbed = warmed_up(set_up(question, seed, writer, phases, stack), writer, phases, stack)
    ignored = IgnoredFields()
    loops = Loops({OPTIMISED, testbed.uncached}, {e.name for e in question.scenario.traffic.endpoints if not e.writes})
    for number in range(1, question.profile.rounds + 1):
        _play(testbed, writer, number, ignored, phases, loops)
        if is_precise is not None and number < question.profile.rounds:
            with phases(names.CHECK_PRECISION):
                if is_precise(load(writer.directory).samples):
                    writer.save_meta(stopped_after=number)
                    break
    _stages_after_the_rounds(testbed, writer, ignored, phases)


def _play(
    testbed: Testbed, writer: RunWriter, number: int, ignored: IgnoredFields, phases: Phases, loops: Loops
) -> None:
    """Play one round of the run: the replay, the checks (most of them in the first one), and the table diff."""
    writer.save_meta(code=code.noted(writer.meta.get("code"), number, code.hashes(Path.cwd())))
    scenario, profile = testbed.question.scenario, testbed.question.profile
    trace, traffic = testbed.trace(number), testbed.traffic(number)
    # A transaction number from before the clones are made: nothing else writes to them until the replay.
    since = written.now(testbed.servers.database)
    counts = StatementCounts(testbed.servers.database, testbed.prepared.others)
    plan = RoundPlan(
        number=number,
        cells=testbed.cells,
        templates=testbed.prepared.templates,
        caching=testbed.caching,
        blocks=counts.until_measured(traffic.blocks()) if number == 1 else traffic.blocks(),
        budget_s=profile.replay_s / profile.rounds,
    )

    def after_replay(replay: Replay) -> None:
        databases, checks = replay.conditions.databases, list[Step]()
        testbed.collect(replay.workers.values())
        replay.cells_at_once = testbed.cells_at_once
        replay.rows.usage = catalogue.usage(testbed.servers.database, number, databases)
        if number == 1:
            with phases(names.CHECK_RESPONSES), counts.checking():
                checks = _check(replay, traffic, CHECKS_SHARE * profile.replay_s, writer, scenario.traffic.endpoints)
                _check_again(replay, traffic, trace, loops)
            writer.save_meta(statements=counts.rows(databases, replay))
        else:
            with phases(names.CHECK_RESPONSES):
                _check_again(replay, traffic, trace, loops)
        with phases(names.COMPARE_DATABASES):
            replay.rows.tables = _compare_tables(testbed, number, databases, since, ignored)
        testbed.collect(replay.workers.values())
        writer.save_meta(contacts=outside.rows(testbed.contacts.items()))
        if number == 1:  # the last thing: its writes are compared with nothing, and if it fails the round is whole
            with phases(names.CHECK_RESPONSES), optional_stage(writer, names.CHECK_RESPONSES):
                _check_further(testbed, replay, traffic, ignored, checks, writer)

    play_round(
        testbed,
        plan,
        ignored,
        writer.log_of,
        lambda rows: _save(writer, number, rows, ignored),
        phases=phases,
        on_block=RoundProgress(number, profile.rounds, plan.budget_s, phases.report).block,
        after_replay=after_replay,
    )


def _check(
    replay: Replay, traffic: BlockSource, budget_s: float, writer: RunWriter, endpoints: Sequence[Endpoint]
) -> list[Step]:
    """Replay the checks and return their Steps; save how many of them the budget reached, and of which pages they saw no row."""
    checks = list(traffic.checks())
    pages = LaterPages(endpoints)

    def blocks() -> Iterator[Sequence[Step]]:
        yield from checks
        for endpoint in pages.unseen():  # objects of one page only: try others
            for block in traffic.later_pages(endpoint):
                yield block
                if endpoint not in pages.unseen():
                    break

    def look(steps: Sequence[Step]) -> None:
        if replay.comparator is not None:
            pages.look(steps, replay.comparator.workers[BASELINE].responses)

    made = checks[: check_within(replay, blocks(), budget_s, look)]
    writer.save_meta(checks={"made": sum(map(len, made)), "of": sum(map(len, checks))})
    _note_responses(writer, later_pages=pages.as_dict())
    return [step for steps in made for step in steps]


def _check_further(
    testbed: Testbed,
    replay: Replay,
    traffic: Builder,
    ignored: IgnoredFields,
    checks: Sequence[Step],
    writer: RunWriter,
) -> None:
    """Make the further checks, and save what each shows, also before a failure."""
    budget_s = FURTHER_CHECKS_SHARE * testbed.question.profile.replay_s
    rows: list[dict[str, Any]] = []
    try:
        rows.extend(further_checks(testbed, replay, traffic, ignored, checks, budget_s, writer.log_of))
    finally:
        writer.save_meta(further_checks=rows)
        if reasons := not_compared(rows):
            replay.rows.not_compared.update(reasons)


def _check_again(replay: Replay, traffic: BlockSource, trace: Trace, loops: Loops) -> None:
    """Make the requests once more that repeat more queries than any check: a few, so that they need no budget."""
    for block in traffic.again(trace.picked(loops.unseen(replay.rows.samples))):
        replay.block(block)


def _note_responses(writer: RunWriter, **notes: Any) -> None:
    """Add to what run.json notes of responses."""
    writer.save_meta(response_notes={**writer.meta.get("response_notes", {}), **notes})


def _compare_tables(
    testbed: Testbed, number: int, databases: Mapping[str, str], since: int, ignored: IgnoredFields
) -> list[Row]:
    """Compare what each cell wrote. The positive control makes no checks, and has therefore written less."""
    compared = {cell: name for cell, name in databases.items() if cell != CANARY}
    database, others = testbed.servers.database, testbed.prepared.others
    caching = cache_tables.names(testbed.prepared.context.settings["CACHES"])  # cells differ there as they should
    tables = {
        cell: {
            table: rows for table, rows in written.in_all(database, name, others, since).items() if table not in caching
        }
        for cell, name in compared.items()
    }
    return table_diff.compare(number, tables, ignored)


def _save(writer: RunWriter, number: int, rows: RoundRows, ignored: IgnoredFields) -> None:
    writer.save_round(
        number, rows.trace, rows.samples, rows.counters, differences=rows.differences, tables=rows.tables,
        queries=rows.queries, operations=rows.operations, usage=rows.usage,
    )  # fmt: skip
    comparing_s = writer.meta.get("comparing_s", 0.0) + rows.comparing_s
    writer.save_meta(masks=ignored.as_list(), comparing_s=round(comparing_s, 3))
    if rows.not_compared:
        before = writer.meta.get("response_notes", {}).get("not_compared", {})
        _note_responses(writer, not_compared={**before, **rows.not_compared})


def _stages_after_the_rounds(testbed: Testbed, writer: RunWriter, ignored: IgnoredFields, phases: Phases) -> None:
    with phases(names.PROFILE), optional_stage(writer, names.PROFILE):
        profile_stage.run(testbed, writer)
    with phases(names.CONCURRENCY), optional_stage(writer, names.CONCURRENCY):
        concurrency.run(testbed, writer)
    with optional_stage(writer, names.INDEX_STUDY):  # the last one: it ends with another server on the data
        index_rounds.measure(testbed, writer, ignored, phases)


def _meta(
    question: Resolved, seed: int, directory: Path, parameters: Mapping[str, Any], command: str
) -> dict[str, Any]:
    scenario = question.scenario
    return {
        "run_id": directory.name,
        "scenario_name": scenario.name,
        "scenario": question.as_dict(),
        "preregistration": scenario_hash(question.as_dict()),
        "parameters": {**parameters, "profile": question.profile_name, "seed": seed},
        "factors": list(scenario.factor_names),
        "cells": [{"name": c.name, "role": c.role, "levels": c.levels} for c in cells_of(scenario.factor_names)],
        "environment": {},
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
    }


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "stopped by the user"
    return str(error) if isinstance(error, PerflabError) else one_line(error)
