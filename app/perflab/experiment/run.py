"""The experiment: servers, clones, workers, randomised blocks, rounds, stages after the rounds.

It runs in a process of its own, never in a notebook's kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

from perflab.errors import PerflabError, ServerError, one_line
from perflab.experiment import liveness
from perflab.experiment.after import concurrency, index_rounds
from perflab.experiment.after import profile as profile_stage
from perflab.experiment.after.stage import optional_stage
from perflab.experiment.capacity import stage as load_test
from perflab.experiment.lanes.lanes import Lanes, opened
from perflab.experiment.lanes.number import MAX_SLOWDOWN, facts, lanes_of
from perflab.experiment.observe.loops import Loops
from perflab.experiment.progress import Phases, ReplayProgress, Report
from perflab.experiment.responses import IgnoredFields
from perflab.experiment.rounds import measured
from perflab.experiment.setup.beginning import set_up
from perflab.experiment.testbed import Testbed
from perflab.experiment.warm.warming import warmed_up
from perflab.run import phases as names
from perflab.run.cells import cells_of
from perflab.run.scenario import scenario_hash
from perflab.run.store import Run, load
from perflab.run.writer import RunWriter
from perflab.scenario.profiles import Resolved

StoppingRule = Callable[[Run], bool]


def run(
    question: Resolved,
    seed: int,
    directory: Path,
    parameters: Mapping[str, Any],
    command: str,
    report: Report,
    may_stop: StoppingRule | None = None,
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
        may_stop: Decides after each round whether the run may stop, by what is saved; None measures all of the profile's rounds.

    Raises:
        PerflabError: The run failed.
    """
    writer = RunWriter.create(directory, _meta(question, seed, directory, parameters, command))
    liveness.begin(directory)
    phases = Phases(report)
    with ExitStack() as stack:
        try:
            _measure(question, seed, writer, phases, stack, may_stop)
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
    may_stop: StoppingRule | None,
) -> None:
    testbed = set_up(question, seed, writer, phases, stack)
    began_s = monotonic()  # it has waited for its turn
    testbed = warmed_up(testbed, writer, phases, stack)
    profile, reads = question.profile, {e.name for e in question.scenario.traffic.endpoints if not e.writes}
    shared = measured.Shared(
        writer,
        IgnoredFields(),
        Loops({testbed.everything_on, testbed.uncached}, reads),
        ReplayProgress(profile.rounds, profile.replay_s / profile.rounds, phases.report),
    )
    # The first round runs alone: it shows what cells share, and its checks use every core.
    measured.play(testbed, shared, 1, phases)
    ends_s = inf if profile.minutes is None else began_s + 60 * profile.minutes
    stop = _Stop(may_stop, profile.rounds, writer, phases, ends_s)
    left = range(2, profile.rounds + 1) if stop.after_a_round() else range(0)
    with phases(names.OPEN_LANES):
        lanes, why = _opened(testbed, len(left), stack)
    _play_others(lanes, why, left, shared, phases, stop)
    _stages_after_the_rounds(testbed, lanes, writer, shared.ignored, phases)


def _opened(testbed: Testbed, rounds: int, stack: ExitStack) -> tuple[Lanes, str]:
    """Open the lanes that this many rounds are played in; return why there are not more, too.

    Args:
        testbed: The run's own.
        rounds: How many rounds are left.
        stack: Stops their servers at its end.
    """
    wanted = testbed.question.profile.lanes
    cores, why = lanes_of(testbed, wanted, rounds)
    try:
        with ExitStack() as attempt:
            lanes = opened(testbed, cores, attempt)
            stack.push(attempt.pop_all())
    except ServerError as error:
        if wanted != "auto":
            raise
        return opened(testbed, (), stack), f"no further server could be opened: {error.what}"
    return lanes, why


@dataclass
class _Stop:
    """Decide after each round whether another one is played, and remember how many there were."""

    may_stop: StoppingRule | None
    rounds: int
    writer: RunWriter
    phases: Phases
    ends_s: float = inf  # on the clock
    clock: Callable[[], float] = monotonic
    played: int = 0
    met: bool = False
    is_over: bool = False

    def after_a_round(self) -> bool:
        """Look at what was measured; return whether to go on."""
        with self.writer.lock:
            self.played += 1
            if self.may_stop is not None and not self.met and self.played < self.rounds:
                phases = self.phases
                with phases(names.CHECK_PRECISION):
                    self.met = self.may_stop(load(self.writer.directory))
            if self.met:  # rounds beside it go on to their end
                self.writer.save_meta(stopped_after=self.played if self.played < self.rounds else None)
            self.is_over = self.clock() > self.ends_s
        return not (self.met or self.is_over)


def _play_others(
    lanes: Lanes, why: str, numbers: Sequence[int], shared: measured.Shared, phases: Phases, stop: _Stop
) -> None:
    """Play the rounds after the first one, and save what playing them at once does to the calibration request."""
    shared.progress.lanes = len(lanes.testbeds)
    beside = Phases(lambda event: None)  # what another lane does meanwhile is not for the person who waits

    def noted() -> float | None:
        """Save what is known of the lanes; return by how much the calibration request takes longer."""
        with shared.writer.lock:
            together = [seconds for number, seconds in shared.calibration_s.items() if number != 1]
            lane_facts = facts(len(lanes.testbeds), why, shared.calibration_s.get(1), together)
            shared.writer.save_meta(environment={**shared.writer.meta["environment"], "lanes": lane_facts})
        return None if lane_facts["slowdown"] is None else float(lane_facts["slowdown"])

    def play(lane: int, testbed: Testbed, number: int) -> None:
        measured.play(testbed, shared, number, beside if lane else phases)
        stop.after_a_round()

    def goes_on(lane: int) -> bool:
        slowdown = noted()
        hampers = bool(lane) and slowdown is not None and slowdown > MAX_SLOWDOWN
        return not (stop.met or stop.is_over) and not (hampers and lanes.testbed.question.profile.lanes == "auto")

    lanes.play(numbers, play, goes_on)
    noted()


def _stages_after_the_rounds(
    testbed: Testbed, lanes: Lanes, writer: RunWriter, ignored: IgnoredFields, phases: Phases
) -> None:
    with phases(names.PROFILE), optional_stage(writer, names.PROFILE):
        profile_stage.run(testbed, writer)
    with phases(names.CONCURRENCY), optional_stage(writer, names.CONCURRENCY):
        concurrency.run(testbed, writer)
    with optional_stage(writer, names.LOAD):
        load_test.run(testbed, writer, phases)
    with optional_stage(writer, names.INDEX_STUDY):  # the last one: it ends with another server on the data
        index_rounds.measure(lanes, writer, ignored, phases)


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
