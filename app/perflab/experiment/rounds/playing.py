"""One round: databases, workers, replay, rows; played alike by a run and by its index study."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from time import monotonic
from typing import Any

from perflab.experiment.databases import cell_databases
from perflab.experiment.observe.memory import private_bytes
from perflab.experiment.replay.loop import Replay
from perflab.experiment.replay.turns import Conditions, RoundRows
from perflab.experiment.responses import IgnoredFields, ResponseComparator
from perflab.experiment.testbed import Testbed
from perflab.experiment.workers import WorkerPool, round_workers
from perflab.run import phases as names
from perflab.run.cells import Cell
from perflab.run.tables import Row
from perflab.workload.steps import Block, Step

# Names what is done now, see progress.Phases.
PhaseContext = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True)
class RoundPlan:
    """Describe what a round replays.

    Attributes:
        number: Number of the round; names its databases and cache keys, and seeds its orders.
        cells: The cells.
        templates: The template of each cell's database.
        caching: Names of the cells whose caching is on.
        blocks: The traffic, without end.
        budget_s: How long the replay may take.
        compare: Whether the cells' responses are compared.
    """

    number: int
    cells: Sequence[Cell]
    templates: Mapping[str, str]
    caching: frozenset[str]
    blocks: Iterable[Block]
    budget_s: float
    compare: bool = True


def play_round(
    testbed: Testbed,
    plan: RoundPlan,
    ignored: IgnoredFields,
    log_of: Callable[[str], Any],
    save: Callable[[RoundRows], None],
    *,
    phases: PhaseContext = lambda name: nullcontext(),
    on_block: Callable[[Sequence[Row], float], None] = lambda rows, replayed_s: None,
    after_replay: Callable[[Replay], None] = lambda replay: None,
) -> None:
    """Play one round on fresh databases and in fresh processes; its rows are saved even when it does not end well.

    Args:
        testbed: What all rounds of the run share.
        plan: What this round replays.
        ignored: The fields that earlier rounds found to be volatile; this round adds its own.
        log_of: The log file of a cell's worker.
        save: Called once with the rows, also after a failure.
        phases: Names what is done now.
        on_block: Called with each block's rows of samples and the seconds since the replay began.
        after_replay: Called after the replay, while databases and workers are still there; may add rows.
    """

    def after_block(rows: Sequence[Row], replayed_s: float) -> None:
        on_block(rows, replayed_s)
        testbed.raise_if_stopping()

    with ExitStack() as stack:
        with phases(names.CLONE_DATABASES):
            name = f"{testbed.token}_{plan.number}"
            others = testbed.prepared.others_of
            databases = stack.enter_context(cell_databases(testbed.servers.database, plan.templates, name, others))
        testbed.raise_if_stopping()
        if testbed.warm is not None:
            with phases(names.RESTORE):
                folders = {name: testbed.folder_of(name, plan.number) for name in databases}
                testbed.warm.restore_files(folders, plan.caching)
        with phases(names.START_WORKERS):
            pool = stack.enter_context(round_workers(testbed, plan.cells, databases, plan.number, log_of))
        testbed.raise_if_stopping()
        replay = _replay_of(testbed, plan, databases, pool, ignored)
        if testbed.warm is not None:
            with phases(names.RESTORE):
                caching = {name: pool.handles[name] for name in databases if name in plan.caching}
                testbed.warm.restore_entries(testbed.servers.cache, plan.number, caching)
        try:
            with phases(names.REPLAY), testbed.servers.pinned(pool.pids):
                ignored.announce(pool.handles.values())
                replay_within(replay, plan.blocks, plan.budget_s, after_block)
            after_replay(replay)
        finally:
            with phases(names.SAVE):
                save(replay.rows)
        with phases(names.END_ROUND):
            stack.close()
    with phases(names.FORGET_CACHES):
        testbed.leave_nothing()


def _replay_of(
    testbed: Testbed, plan: RoundPlan, databases: Mapping[str, str], pool: WorkerPool, ignored: IgnoredFields
) -> Replay:
    scenario, profile = testbed.question.scenario, testbed.question.profile
    conditions = Conditions(
        number=plan.number,
        cells=plan.cells,
        factors=scenario.factor_names,
        databases=databases,
        order_seed=f"{testbed.seed} {plan.number} order of turns",
        began_s=testbed.began_s,
        slice=profile.slice,
        request_timeout_s=scenario.traffic.timeout_s,
    )
    servers = testbed.servers
    comparator = ResponseComparator(plan.number, pool.handles, ignored) if plan.compare else None
    return Replay(
        conditions, pool.handles, servers.counters(), servers.dead_server, comparator,
        memory=lambda cell: private_bytes(pool.handles[cell].pid),
    )  # fmt: skip


def replay_within(
    replay: Replay,
    blocks: Iterable[Sequence[Step]],
    budget_s: float,
    on_block: Callable[[Sequence[Row], float], None],
    clock: Callable[[], float] = monotonic,
) -> int:
    """Replay whole blocks until one more of average length would not fit; the cut is the same for all cells.

    Args:
        replay: The round.
        blocks: The blocks of its traffic.
        budget_s: How long the replay may take.
        on_block: Called with each block's rows of samples and the seconds since the replay began.
        clock: Seconds; tests replace it.

    Returns:
        The number of measured blocks, at least 1.
    """
    began = clock()
    measured, measuring_s = 0, 0.0
    for steps in blocks:
        used = clock() - began
        if steps[0].is_measured and measured and used + measuring_s / measured > budget_s:
            break
        rows = replay.block(steps)
        if steps[0].is_measured:
            measured += 1
            measuring_s += clock() - began - used
        on_block(rows, clock() - began)
    return measured


def check_within(
    replay: Replay,
    blocks: Iterable[Sequence[Step]],
    budget_s: float,
    on_block: Callable[[Sequence[Step]], None] = lambda steps: None,
    clock: Callable[[], float] = monotonic,
) -> int:
    """Replay the checks, in whole blocks and as far as the budget reaches.

    Args:
        replay: The round.
        blocks: The blocks of checks.
        budget_s: How long the checks may take; the last block may exceed it.
        on_block: Called after each block with its Steps, while the workers still hold its responses.
        clock: Seconds; tests replace it.

    Returns:
        The number of blocks.
    """
    began, done = clock(), 0
    for steps in blocks:
        if clock() - began > budget_s:
            break
        replay.block(steps)
        on_block(steps)
        done += 1
    return done
