"""A round of the run: the replay, the checks, the table diff, and what rounds share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from perflab.experiment import table_diff
from perflab.experiment.after.stage import optional_stage
from perflab.experiment.checks import further_checks, not_compared
from perflab.experiment.isolate import outside
from perflab.experiment.lanes.number import calibration_s
from perflab.experiment.observe import catalogue, code, written
from perflab.experiment.observe.loops import Loops
from perflab.experiment.observe.pages import LaterPages
from perflab.experiment.observe.statements import StatementCounts
from perflab.experiment.progress import Phases, ReplayProgress, RoundProgress
from perflab.experiment.replay.loop import Replay
from perflab.experiment.replay.turns import RoundRows
from perflab.experiment.responses import IgnoredFields
from perflab.experiment.rounds.playing import RoundPlan, check_within, play_round
from perflab.experiment.testbed import Testbed
from perflab.run import phases as names
from perflab.run.cells import BASELINE, CANARY
from perflab.run.tables import Row
from perflab.run.writer import RunWriter
from perflab.scenario.subject import cache_tables
from perflab.scenario.subject.surroundings import folder_of
from perflab.scenario.traffic import Endpoint
from perflab.workload.build import Builder
from perflab.workload.steps import BlockSource, Step, Trace

# How much time checks may take, as a multiple of all the replay's. In the smoke profile they take about that long; further checks
# are left out.
CHECKS_SHARE = 3
# The same of the further checks. Their number does not depend on the profile: some hundred requests, most of them in two cells.
FURTHER_CHECKS_SHARE = 3


@dataclass(frozen=True)
class Shared:
    """Hold what the rounds of a run add to.

    Attributes:
        writer: Writes the run's directory; its lock is for all of this.
        ignored: The fields of responses that vary by themselves.
        loops: The requests that repeat queries.
        progress: How far the rounds are.
        calibration_s: The median time of the calibration request in each round, in seconds.
    """

    writer: RunWriter
    ignored: IgnoredFields
    loops: Loops
    progress: ReplayProgress
    calibration_s: dict[int, float] = field(default_factory=dict)


def play(testbed: Testbed, shared: Shared, number: int, phases: Phases) -> None:
    """Play one round of the run: the replay, the checks (most of them in the first one), and the table diff.

    Args:
        testbed: The lane's.
        shared: What the round adds to.
        number: Number of the round, from 1.
        phases: Names what is done now.
    """
    writer, ignored, loops = shared.writer, shared.ignored.copy(), shared.loops
    with writer.lock:
        writer.save_meta(
            code=code.noted(writer.meta.get("code"), number, code.hashes(folder_of(testbed.question.scenario.subject)))
        )
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
        shared.progress.ended(number)
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
        writer.save_meta(contacts=outside.rows(dict(testbed.contacts).items()))
        if number == 1:  # the last thing: its writes are compared with nothing, and if it fails the round is whole
            with phases(names.CHECK_RESPONSES), optional_stage(writer, names.CHECK_RESPONSES):
                _check_further(testbed, replay, traffic, ignored, checks, writer)

    play_round(
        testbed,
        plan,
        ignored,
        writer.log_of,
        lambda rows: _save(shared, number, rows, ignored),
        phases=phases,
        on_block=RoundProgress(number, shared.progress).block,
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
    with writer.lock:
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


def _save(shared: Shared, number: int, rows: RoundRows, ignored: IgnoredFields) -> None:
    writer = shared.writer
    writer.save_round(
        number, rows.trace, rows.samples, rows.counters, differences=rows.differences, tables=rows.tables,
        queries=rows.queries, operations=rows.operations, usage=rows.usage,
    )  # fmt: skip
    with writer.lock:
        shared.ignored.include(ignored)
        if (seconds := calibration_s(rows.samples)) is not None:
            shared.calibration_s[number] = seconds
        comparing_s = writer.meta.get("comparing_s", 0.0) + rows.comparing_s
        writer.save_meta(masks=shared.ignored.as_list(), comparing_s=round(comparing_s, 3))
        if rows.not_compared:
            before = writer.meta.get("response_notes", {}).get("not_compared", {})
            _note_responses(writer, not_compared={**before, **rows.not_compared})
