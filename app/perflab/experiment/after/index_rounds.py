"""The index ledger's pass: what the system with everything on is like without the indexes that nothing seems to need.

Rounds of its own, as those of the run: fresh processes on fresh clones, new traffic, blocks in random order. One cell lacks
all the indexes that could go (`pruned`), one each lacks one that is used, as far as the budget reaches; they are compared with
all_on. Then the writes alone, on a server that waits for its disk, for that is where an index costs most.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace

from perflab import workload
from perflab.analysis.database.plan import indexes_of
from perflab.analysis.database.structure import overlaps, unused
from perflab.experiment.after import plans
from perflab.experiment.databases import clones, drop_statements
from perflab.experiment.responses import Masks
from perflab.experiment.rounds import Replay, replay_within
from perflab.experiment.testbed import Lab
from perflab.experiment.workers import crew_of
from perflab.run.cells import OPTIMISED, WITHOUT, WITHOUT_CANDIDATES, Cell
from perflab.run.store import Run, load
from perflab.run.tables import Row, rows_where
from perflab.run.writer import RunWriter
from perflab.servers.database import SQLITE, quoted
from perflab.servers.ownership import RUN_PREFIX
from perflab.servers.postgres import PostgresServer
from perflab.workload.steps import Block, Phase

# Intervals need three rounds, and more than five tell little more.
ROUNDS = 5
# Of index_study_s, what the writes on a durable server get, and what building the indexes anew may take.
DURABLE_SHARE, BUILD_SHARE = 0.3, 0.1
# A cell that has less time in a round than this has too few requests to tell anything.
LEAST_CELL_S = 1.0
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


# Names what is done now; see experiment.Phases.
Phases = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True)
class Question:
    """What could go, and what each cell lacks: {cell: indexes}, all_on lacking none."""

    superfluous: Sequence[str]
    cells: Mapping[str, Sequence[str]]


def measure(lab: Lab, writer: RunWriter, masks: Masks, phases: Phases) -> None:
    """The plans, the indexes that they ask for, and, where the profile has index_study_s, the rounds. Saved as they are done."""
    run = load(writer.directory)
    with phases("read plans"):
        planned = plans.plans(lab, run.queries)
        writer.save_once("plans", planned)
        writer.save_once("suggestions", plans.missing(lab, run.queries, planned))
    budget_s, rounds = lab.question.profile.index_study_s, min(ROUNDS, lab.question.profile.rounds)
    asked = question(lab, run, planned, budget_s * (1 - DURABLE_SHARE) / rounds)
    writer.save_meta(catalogue={**lab.catalogue(), "superfluous": list(asked.superfluous)})
    if not budget_s or not lab.candidates:
        return
    with phases("build indexes anew"):
        build_s = builds(lab, budget_s * BUILD_SHARE)
        lab.indexes[:] = [replace(index, build_s=build_s.get(index.name)) for index in lab.indexes]
        writer.save_meta(catalogue={**lab.catalogue(), "superfluous": list(asked.superfluous)})
    if len(asked.cells) == 1:  # all_on, and nothing to hold it against
        return
    with phases("index ledger"), ExitStack() as stack:
        templates = _templates(stack, lab, asked.cells)
        for number in range(1, rounds + 1):
            _round(lab, writer, number, templates, masks, budget_s * (1 - DURABLE_SHARE) / rounds)
    writing = any(e.writes and e.weight for e in lab.question.scenario.traffic.endpoints)
    if WITHOUT_CANDIDATES in asked.cells and writing and isinstance(lab.database, PostgresServer):
        with phases("durable writes"), on_durable(lab) as other, ExitStack() as stack:
            cells = {OPTIMISED: asked.cells[OPTIMISED], WITHOUT_CANDIDATES: asked.cells[WITHOUT_CANDIDATES]}
            templates = _templates(stack, other, cells)
            for number in range(rounds + 1, 2 * rounds + 1):
                _round(other, writer, number, templates, masks, budget_s * DURABLE_SHARE / rounds, durable=True)


def question(lab: Lab, run: Run, planned: Sequence[Row], round_s: float) -> Question:
    """What could go, and as many cells as the time of a round has room for.

    Superfluous is what another index does, and what neither the run's all_on scanned nor a plan of a check names: the checks
    ask for what the traffic may have asked for seldom.
    """
    usage = rows_where(run.usage, cell=OPTIMISED)
    scans = Counter(
        {str(name): int(count) for name, count in usage.groupby("index", observed=True)["scans"].sum().items()}
    )
    for row in (row for row in planned if row["cell"] in (OPTIMISED, lab.uncached)):
        scans.update(indexes_of(json.loads(row["plan"])))
    repeated = overlaps(lab.indexes, lab.candidates)
    idle = unused(lab.indexes, lab.candidates, repeated, scans)
    superfluous = sorted({*repeated, *idle})
    used = sorted(set(lab.candidates) - set(superfluous), key=lambda name: (-scans.get(name, 0), name))
    cells: dict[str, Sequence[str]] = {OPTIMISED: ()} | ({WITHOUT_CANDIDATES: superfluous} if superfluous else {})
    room = max(0, int(round_s / LEAST_CELL_S) - len(cells))
    cells |= {f"{WITHOUT}{name}": (name,) for name in used[:room]}
    return Question(superfluous, cells)


def builds(lab: Lab, budget_s: float) -> dict[str, float]:
    """How long it takes to build each index on a quiet copy, the candidates first; what the budget does not reach is left out."""
    found: dict[str, float] = {}
    names = [*lab.candidates, *(index.name for index in lab.indexes if index.name not in lab.candidates)]
    rebuild = "REINDEX {}" if lab.database.vendor == SQLITE else "REINDEX INDEX {}"
    with plans.copied(lab, lab.data.template) as connection:
        until = time.monotonic() + budget_s
        for name in names:
            began = time.monotonic()
            if began > until:
                break
            connection.execute(rebuild.format(quoted(name)))
            found[name] = time.monotonic() - began
    return found


@contextmanager
def on_durable(lab: Lab) -> Iterator[Lab]:
    """The same lab on a server that waits for its disk. The other one is stopped, and stays so: this comes last."""
    assert isinstance(lab.database, PostgresServer)
    lab.database.stop()
    with PostgresServer(
        lab.data.data_dir, shared_buffers_mb=lab.database.shared_buffers_mb, settings=DURABLE
    ) as server:
        yield replace(lab, database=server, _private=[])


def _templates(stack: ExitStack, lab: Lab, cells: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """A template for each cell, dropped again at the end: what lacks nothing has all_on's own."""
    found = {}
    for number, (cell, missing) in enumerate(cells.items()):
        template = lab.templates[OPTIMISED]
        if missing:
            name = f"{RUN_PREFIX}{lab.token}_without_{number}"
            lab.database.clone(template, name)
            stack.callback(lab.database.drop, name)
            with lab.database.connect(name) as connection:
                for statement in drop_statements(missing):
                    connection.execute(statement)
            template = name
        found[cell] = template
    return found


def _round(
    lab: Lab,
    writer: RunWriter,
    number: int,
    templates: Mapping[str, str],
    masks: Masks,
    budget_s: float,
    durable: bool = False,
) -> None:
    """One round of the ledger's; its numbers go on after the run's, and so does its traffic. `durable`: of writes alone.

    Its rows are saved even when it does not end well.
    """
    profile, scenario = lab.question.profile, lab.question.scenario
    place = profile.rounds + number
    cells = [Cell(name, "treatment", dict.fromkeys(scenario.factor_names, True)) for name in templates]
    with ExitStack() as stack:
        databases = stack.enter_context(clones(lab.database, templates, f"{lab.token}_{place}"))
        crew = stack.enter_context(crew_of(lab, cells, databases, place, writer.log_of))
        for endpoint in masks.found:
            for worker in crew.handles.values():
                worker.mask(endpoint, masks.of(endpoint))
        replay = Replay(
            number=place,
            cells=cells,
            factors=scenario.factor_names,
            workers=crew.handles,
            cached=frozenset(templates) if OPTIMISED in lab.cached else frozenset(),
            databases=databases,
            counters=lab.counters,
            order=random.Random(f"{lab.seed} {place} order of turns"),
            began_s=lab.began_s,
            turn=profile.slice,
            request_timeout_s=scenario.traffic.timeout_s,
            dead_server=lab.dead_server,
        )
        population = lab.populations[1 + (number - 1) % profile.rounds]
        blocks: Iterable[Block] = workload.build(scenario, profile, lab.seed, place, population).blocks()
        try:
            with lab.pinned(crew.pids):
                replay_within(
                    replay, writes(blocks, profile.block) if durable else blocks, budget_s, lambda rows, share: None
                )
        finally:
            writer.save_index_study(number, _marked(replay.sample_rows, durable), _marked(replay.counter_rows, durable))
    lab.forget_caches()


def writes(blocks: Iterable[Block], size: int) -> Iterator[Block]:
    """The writes of a traffic in blocks of their own; the first one is the warm-up."""
    steps: list[workload.Step] = []
    number = 0
    for block in blocks:
        steps += [step for step in block if step.writes]
        while len(steps) >= size:
            phase: Phase = "measured" if number else "warmup"
            yield tuple(replace(step, block=number, phase=phase) for step in steps[:size])
            steps, number = steps[size:], number + 1


def _marked(rows: Iterable[Row], durable: bool) -> list[Row]:
    return [{**row, "durable": durable} for row in rows]
