"""The index study: the performance of the system with everything on, without the indexes that seem redundant or unused.

It plays rounds of its own, like those of the run: fresh processes on fresh clones, new traffic, blocks in random order. One cell
lacks all the indexes that are redundant or unused; further cells lack one used index each, as far as the budget reaches. All are
compared with all_on. Then the writes alone are replayed on a server that waits for its disk, because that is where an index costs
most.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from perflab.analysis.database.plan import indexes_of
from perflab.analysis.database.structure import overlaps, unused
from perflab.experiment.after import plans
from perflab.experiment.databases import copy_without, drop_if_possible
from perflab.experiment.lanes.lanes import Lanes
from perflab.experiment.replay.turns import RoundRows
from perflab.experiment.responses import IgnoredFields
from perflab.experiment.rounds.playing import PhaseContext, RoundPlan, play_round
from perflab.experiment.testbed import Testbed
from perflab.run import phases as names
from perflab.run.cells import OPTIMISED, WITHOUT, WITHOUT_CANDIDATES, Cell
from perflab.run.store import Run, load
from perflab.run.tables import Row, rows_where
from perflab.run.writer import RunWriter
from perflab.servers.database import SQLITE, quoted
from perflab.servers.ownership import RUN_PREFIX
from perflab.servers.postgres import PostgresServer
from perflab.workload.steps import Block, Phase, Step

# Intervals need three rounds, and more than five add little.
MIN_ROUNDS, MAX_ROUNDS = 3, 5
# Of index_study_s, the shares for the writes on a durable server, and for building the indexes anew.
DURABLE_SHARE, BUILD_SHARE = 0.3, 0.1
# A cell with less time in a round than this has too few requests.
MIN_CELL_S = 1.0
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


@dataclass(frozen=True)
class StudyPlan:
    """Hold the redundant or unused indexes, and what each cell lacks: {cell: indexes}, all_on lacking none."""

    redundant_or_unused: Sequence[str]
    cells: Mapping[str, Sequence[str]]


def measure(lanes: Lanes, writer: RunWriter, ignored: IgnoredFields, phases: PhaseContext) -> None:
    """Save the plans, the indexes that they call for and, where the profile has index_study_s, the rounds of the study.

    Args:
        lanes: What all rounds of the run share, in each lane.
        writer: Writes the run's directory.
        ignored: The fields of responses to ignore.
        phases: Names what is done now.

    Raises:
        PerflabError: A round failed; what was measured until then is saved.
    """
    run, testbed = load(writer.directory), lanes.testbed
    with phases(names.READ_PLANS):
        planned = plans.plans(testbed, run.queries)
        writer.save_once("plans", planned)
        writer.save_once("suggestions", plans.missing(testbed, run.queries, planned))
    profile = testbed.question.profile
    budget_s, rounds = profile.index_study_s, rounds_of(profile.rounds, len(lanes.testbeds))
    round_s = budget_s * (1 - DURABLE_SHARE) / rounds
    study = study_plan(testbed, run, planned, round_s)
    candidates = list(study.redundant_or_unused)
    writer.save_meta(catalogue={**testbed.catalogue(), "superfluous": candidates})
    if not budget_s or not testbed.prepared.candidates:
        return
    with phases(names.BUILD_INDEXES):
        build_s = builds(testbed, budget_s * BUILD_SHARE)
        writer.save_meta(catalogue={**testbed.catalogue(build_s), "superfluous": candidates})
    if len(study.cells) == 1:  # all_on, and nothing to compare it with
        return
    with phases(names.INDEX_STUDY):
        _play_rounds(lanes, writer, study.cells, ignored, round_s, range(1, rounds + 1))
    writing = any(e.writes and e.weight for e in testbed.question.scenario.traffic.endpoints)
    if WITHOUT_CANDIDATES in study.cells and writing and isinstance(testbed.servers.database, PostgresServer):
        cells = {name: study.cells[name] for name in (OPTIMISED, WITHOUT_CANDIDATES)}
        durable_s = budget_s * DURABLE_SHARE / rounds
        with phases(names.DURABLE_WRITES), on_durable(testbed) as durable:
            numbers = range(rounds + 1, 2 * rounds + 1)
            # In one lane: two servers would wait for the same disk.
            _play_rounds(Lanes(durable, [durable]), writer, cells, ignored, durable_s, numbers, durable=True)


def rounds_of(wanted: int, lanes: int) -> int:
    """Return how many rounds the study has: not more than the run, and as many in every lane where that leaves enough.

    Args:
        wanted: Number of the run's rounds.
        lanes: How many are played at once.
    """
    rounds = min(MAX_ROUNDS, wanted)
    even = rounds - rounds % lanes
    return even if even >= MIN_ROUNDS else rounds


def study_plan(testbed: Testbed, run: Run, planned: Sequence[Row], round_s: float) -> StudyPlan:
    """Choose the indexes that may go, and as many cells as fit the time of a round.

    An index is redundant if another one does its work, and unused if neither the run's all_on scanned it nor a plan of a check
    names it: checks request what the traffic may have requested seldom. Those of installed packages are left out, because the
    project cannot drop them.

    Args:
        testbed: What all rounds of the run share.
        run: The saved run, with its table `usage`.
        planned: The table `plans` of the run.
        round_s: Time of one round.
    """
    usage = rows_where(run.usage, cell=testbed.everything_on)
    scans = Counter(
        {str(name): int(count) for name, count in usage.groupby("index", observed=True)["scans"].sum().items()}
    )
    for row in (row for row in planned if row["cell"] in (testbed.everything_on, testbed.uncached)):
        scans.update(indexes_of(json.loads(row["plan"])))
    indexes, candidates = testbed.prepared.indexes, testbed.prepared.candidates
    redundant = overlaps(indexes, candidates)
    idle = unused(indexes, candidates, redundant, scans)
    of_packages = {index.name for index in indexes if index.package}
    removable = sorted({*redundant, *idle} - of_packages)
    used = sorted(set(candidates) - of_packages - set(removable), key=lambda name: (-scans.get(name, 0), name))
    cells: dict[str, Sequence[str]] = {OPTIMISED: ()} | ({WITHOUT_CANDIDATES: removable} if removable else {})
    room = max(0, int(round_s / MIN_CELL_S) - len(cells))
    cells |= {f"{WITHOUT}{name}": (name,) for name in used[:room]}
    return StudyPlan(removable, cells)


def builds(testbed: Testbed, budget_s: float) -> dict[str, float]:
    """Build each index on a quiet copy, the candidates first; return the seconds of those that the budget reaches.

    Args:
        testbed: What all rounds of the run share.
        budget_s: How long all builds may take; the last one may exceed it.
    """
    seconds: dict[str, float] = {}
    candidates = testbed.prepared.candidates
    index_names = [*candidates, *(index.name for index in testbed.prepared.indexes if index.name not in candidates)]
    rebuild = "REINDEX {}" if testbed.servers.database.vendor == SQLITE else "REINDEX INDEX {}"
    with plans.scratch_copy(testbed, testbed.data.template) as connection:
        until = time.monotonic() + budget_s
        for name in index_names:
            began = time.monotonic()
            if began > until:
                break
            connection.execute(rebuild.format(quoted(name)))
            seconds[name] = time.monotonic() - began
    return seconds


@contextmanager
def on_durable(testbed: Testbed) -> Iterator[Testbed]:
    """Yield the same testbed on a server that waits for its disk. The first server is stopped for good: this comes last.

    It drops the databases of the warm state: the first server cannot any more.
    """
    database = testbed.servers.database
    assert isinstance(database, PostgresServer)
    database.stop()
    warm = testbed.warm.databases if testbed.warm is not None else ()
    with PostgresServer(
        testbed.data.data_dir, shared_buffers_mb=database.shared_buffers_mb, settings=DURABLE, kept=warm
    ) as server:
        yield testbed.on(server)
        for name in warm:
            server.drop(name)


def _play_rounds(
    lanes: Lanes,
    writer: RunWriter,
    cells: Mapping[str, Sequence[str]],
    ignored: IgnoredFields,
    round_s: float,
    numbers: Iterable[int],
    durable: bool = False,
) -> None:
    """Play rounds of the study on templates that lack what the cells lack."""
    with ExitStack() as stack:
        templates = [_templates(stack, testbed, cells) for testbed in lanes.testbeds]

        def play(lane: int, testbed: Testbed, number: int) -> None:
            play_study_round(testbed, writer, number, templates[lane], ignored.copy(), round_s, durable)

        lanes.play(numbers, play)


def _templates(stack: ExitStack, testbed: Testbed, cells: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return a template for each cell, dropped again at the end; a cell that lacks nothing has all_on's own."""
    templates = {}
    database = testbed.servers.database
    for number, (cell, missing) in enumerate(cells.items()):
        template = testbed.prepared.templates[testbed.everything_on]
        if missing:
            name = f"{RUN_PREFIX}{testbed.token}_without_{number}"
            stack.callback(drop_if_possible, database, name)
            copy_without(database, template, name, missing)
            template = name
        templates[cell] = template
    return templates


def play_study_round(
    testbed: Testbed,
    writer: RunWriter,
    number: int,
    templates: Mapping[str, str],
    ignored: IgnoredFields,
    budget_s: float,
    durable: bool,
) -> None:
    """Play one round of the study, and save its rows even when it does not end well.

    Args:
        testbed: What all rounds of the run share.
        writer: Writes the run's directory.
        number: Number of the round in the study, from 1; its traffic is that of round `profile.rounds + number`.
        templates: The template of each cell's database.
        ignored: The fields of responses to ignore.
        budget_s: How long the replay may take.
        durable: Whether the server waits for its disk; then writes alone are replayed.
    """
    profile, scenario = testbed.question.profile, testbed.question.scenario
    run_number = profile.rounds + number
    blocks: Iterable[Block] = testbed.trace(run_number).blocks()
    plan = RoundPlan(
        number=run_number,
        cells=[Cell(name, "treatment", dict.fromkeys(scenario.factor_names, True)) for name in templates],
        templates=templates,
        caching=frozenset(templates) if testbed.everything_on in testbed.caching else frozenset(),
        blocks=writes(blocks, profile.block) if durable else blocks,
        budget_s=budget_s,
        compare=False,
    )

    def save(rows: RoundRows) -> None:
        writer.save_index_study(number, _marked(rows.samples, durable), _marked(rows.counters, durable))

    play_round(testbed, plan, ignored, writer.log_of, save)


def writes(blocks: Iterable[Block], size: int) -> Iterator[Block]:
    """Yield the writes of a traffic in blocks of their own; the first one is the warm-up.

    Args:
        blocks: The traffic.
        size: Writes in a block.
    """
    steps: list[Step] = []
    number = 0
    for block in blocks:
        steps += [step for step in block if step.writes]
        while len(steps) >= size:
            phase: Phase = "measured" if number else "warmup"
            yield tuple(replace(step, block=number, phase=phase) for step in steps[:size])
            steps, number = steps[size:], number + 1


def _marked(rows: Iterable[Row], durable: bool) -> list[Row]:
    return [{**row, "durable": durable} for row in rows]
