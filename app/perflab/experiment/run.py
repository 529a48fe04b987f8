"""The experiment: servers, clones, workers, randomised blocks, rounds, save.

`run` reads as what happens. It belongs in a process of its own, never in a notebook's kernel.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from perflab import seeding, workload
from perflab.errors import PerflabError
from perflab.experiment import liveness, table_diff
from perflab.experiment.after import concurrency, index_rounds
from perflab.experiment.after import profile as profile_pass
from perflab.experiment.after.attempt import attempt
from perflab.experiment.databases import clones
from perflab.experiment.observe import catalogue, written
from perflab.experiment.responses import Masks, Referee
from perflab.experiment.rounds import Replay, check_within, replay_within
from perflab.experiment.testbed import Lab
from perflab.experiment.workers import crew_of
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, cells_of
from perflab.run.phases import COMPARE_DATABASES
from perflab.run.preregistration import scenario_hash
from perflab.run.store import Run, load
from perflab.run.tables import Row
from perflab.run.writer import RunWriter
from perflab.scenario import project
from perflab.scenario.profiles import Resolved
from perflab.scenario.project_checks import check_project
from perflab.servers.choice import vendor_of
from perflab.servers.supervision.lock import Holder, data_lock, replay_lock

# How much time checks may take, as a multiple of all the replay's. In the smoke profile they take about as long as that; those
# that find no time find no fault.
CHECKS = 3

Report = Callable[[dict[str, Any]], None]
Enough = Callable[[pd.DataFrame], bool]


@dataclass
class Phases:
    """How long each phase took, over all rounds, in the order in which they first came."""

    report: Report
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self.report({"event": "phase", "name": name})
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began

    def as_list(self) -> list[dict[str, Any]]:
        return [{"name": name, "seconds": round(seconds, 3)} for name, seconds in self.seconds.items()]


def run(
    question: Resolved,
    seed: int,
    directory: Path,
    parameters: Mapping[str, Any],
    command: str,
    report: Report,
    enough: Enough | None = None,
) -> Run:
    """Execute a scenario and save it round by round into `directory`; returns the saved run.

    `enough` is asked after each round whether the run may stop; without it all of the profile's rounds are measured.
    Whatever goes wrong, what was measured until then is saved and `status` in run.json says so; then the error goes on.
    """
    writer = RunWriter.create(directory, _meta(question, seed, directory, parameters, command))
    liveness.begin(directory)
    phases = Phases(report)
    with ExitStack() as stack:
        try:
            _measure(question, seed, writer, phases, report, stack, enough)
        except BaseException as error:  # before anything is stopped: who stops may be killed meanwhile
            status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            writer.finish(status, _in_one_line(error), phases=phases.as_list())
            liveness.end(directory)
            raise
        # All is measured: whatever becomes of the servers, the run is complete.
        writer.finish("complete", phases=phases.as_list())
        liveness.end(directory)
        with phases("stop servers"):
            stack.close()
    writer.save_meta(phases=phases.as_list())
    return load(directory)


def _measure(
    question: Resolved,
    seed: int,
    writer: RunWriter,
    phases: Phases,
    report: Report,
    stack: ExitStack,
    enough: Enough | None,
) -> None:
    what = f"{question.scenario.name}, profile {question.profile_name}"
    cells = cells_of(question.scenario.factor_names)
    with phases("wait for other replays"):
        stack.enter_context(replay_lock(what, waiting=lambda holder: report(_waiting(holder))))
    with phases("seed"):
        subject = question.scenario.subject
        project.set_up(subject.settings, {})
        check_project(question.scenario, vendor_of(subject.settings, subject.database))
        data = seeding.ensure(question, seed, report)
    with phases("start servers"):
        if data.data_dir is not None:
            stack.enter_context(data_lock(data.data_dir.parent, what))
        lab = stack.enter_context(Lab.open(question, seed, data, cells))
    with phases("prepare databases"):
        lab.prepare()
        writer.save_meta(environment=lab.facts(), catalogue=lab.catalogue())
    masks = Masks()
    for number in range(1, question.profile.rounds + 1):
        _round(lab, writer, number, masks, phases, report)
        if enough is not None and number < question.profile.rounds:
            with phases("look at precision"):
                if enough(load(writer.directory).samples):
                    writer.save_meta(stopped_after=number)
                    break
    with phases("profile"), attempt(writer, "profile"):
        profile_pass.run(lab, writer)
    with phases("burst"), attempt(writer, "burst"):
        concurrency.run(lab, writer)
    with attempt(writer, "index ledger"):  # the last one: it ends with another server on the data
        index_rounds.measure(lab, writer, masks, phases)


def _round(lab: Lab, writer: RunWriter, number: int, masks: Masks, phases: Phases, report: Report) -> None:
    """One round: clones, workers, replay, save. Its rows are saved even when it does not end well."""
    profile = lab.question.profile
    with ExitStack() as stack:
        with phases("clone databases"):
            databases = stack.enter_context(clones(lab.database, lab.templates, f"{lab.token}_{number}"))
        since = written.now(lab.database)
        with phases("start workers"):
            crew = stack.enter_context(crew_of(lab, lab.cells, databases, number, writer.log_of))
        referee = Referee(number, crew.handles, masks)
        replay = Replay(
            number=number,
            cells=lab.cells,
            factors=lab.question.scenario.factor_names,
            workers=crew.handles,
            cached=lab.cached,
            databases=databases,
            counters=lab.counters,
            order=random.Random(f"{lab.seed} {number} order of turns"),
            began_s=lab.began_s,
            turn=profile.slice,
            request_timeout_s=lab.question.scenario.traffic.timeout_s,
            dead_server=lab.dead_server,
            referee=referee,
        )
        tables: list[Row] = []
        usage: list[Row] = []
        try:
            with phases("replay"), lab.pinned(crew.pids):
                traffic = workload.build(
                    lab.question.scenario, profile, lab.seed, number, lab.populations[number]
                ).start()
                referee.begin()
                watch = Watch(number, profile.rounds, report)
                budget_s = profile.replay_s / profile.rounds
                replay_within(replay, traffic.blocks(), budget_s, watch.block)
            usage = catalogue.usage(lab.database, number, databases)
            if number == 1:
                with phases("check answers"):
                    checks = list(traffic.checks())
                    made = checks[: check_within(replay, checks, CHECKS * profile.replay_s)]
                    writer.save_meta(checks={"made": sum(map(len, made)), "of": sum(map(len, checks))})
            with phases(COMPARE_DATABASES):
                # The canary does no checks, and so has written less.
                compared = {cell: name for cell, name in databases.items() if cell != CANARY}
                left = {cell: written.written(lab.database, name, since) for cell, name in compared.items()}
                tables = table_diff.compare(number, left, masks)
        finally:
            with phases("save"):
                measured = replay.trace_rows, replay.sample_rows, replay.counter_rows
                writer.save_round(
                    number, *measured, differences=referee.rows, tables=tables, queries=replay.query_rows,
                    operations=replay.operation_rows, usage=usage,
                )  # fmt: skip
                spent = writer.meta.get("comparing_s", 0.0) + replay.comparing_s
                writer.save_meta(masks=masks.as_list(), comparing_s=round(spent, 3))
        with phases("end round"):
            stack.close()
    with phases("forget caches"):
        lab.forget_caches()


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


def _in_one_line(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "stopped by the user"
    return str(error) if isinstance(error, PerflabError) else f"{type(error).__name__}: {error}"


def _waiting(holder: Holder) -> dict[str, Any]:
    return {"event": "phase", "name": f"waiting for another replay on this machine: {holder}"}


@dataclass
class Watch:
    """What a person who waits wants to know, told after each block."""

    round: int
    rounds: int
    report: Report
    _blocks: int = 0
    _latencies: dict[str, list[float]] = field(default_factory=lambda: {BASELINE: [], OPTIMISED: []})
    _began: float = field(default_factory=time.monotonic)

    def block(self, rows: Sequence[Row], share: float) -> None:
        """Tell of one block; `share` is how much of the round's time is used."""
        self._blocks += 1
        for row in rows:
            if row["phase"] == "measured" and row["cell"] in self._latencies and row["latency_s"] is not None:
                self._latencies[row["cell"]].append(row["latency_s"])
        done = (self.round - 1 + share) / self.rounds
        elapsed = time.monotonic() - self._began
        whole_round = elapsed / share if share else elapsed
        self.report(
            {
                "event": "progress",
                "phase": "replay",
                "round": self.round,
                "rounds": self.rounds,
                "block": self._blocks,
                "done": done,
                "total": 1.0,
                "eta_s": whole_round * (self.rounds - self.round + 1 - share),
                "p50_baseline_s": _median(self._latencies[BASELINE]),
                "p50_optimised_s": _median(self._latencies[OPTIMISED]),
            }
        )


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None
