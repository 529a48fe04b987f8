"""Two revisions in one run: how often a duel of identical code is called worse or undecided, and which changes it finds.

Simulated duels have the noise between two real ones (noise.py). Each is judged three times: as `perflab duel` does, by all
measures of time and only as many rounds as it takes (deciding/times.py); by all of its rounds; and by the mean of service
times alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from perflab.analysis.deciding.times import PreciseTimes
from perflab.analysis.effects.control import control
from perflab.analysis.effects.effects import effects
from perflab.analysis.effects.stopping import AFTER_A_STOP
from perflab.analysis.effects.table import of_table
from perflab.analysis.stats.pairs import Pairs
from perflab.report.comment.changes import Change, TimeChange
from perflab.report.comment.times import times_of
from perflab.run.cells import WHOLE, contrasts
from perflab.run.metrics import PAIRED_MEDIAN
from perflab.run.scenario import endpoint_weights
from perflab.run.store import Run
from tests.benchmarks.table import Table, say
from tests.perflab.summaries import summary_of
from tests.perflab.synthetic import Truth, make_run, make_samples, make_trace
from tests.selftest.noise import Noise
from tests.selftest.parallel import Processes
from tests.selftest.shares import Share

FACTORS = ("change",)
TRAFFIC = Truth(factors=FACTORS, hit_share=0.0, cell_noise=0.0, round_noise=0.0, effects={})
# The noise between two real duels of one project, on a machine that does nothing else and on one that does.
NOISES = {"a quiet machine": "duel_quiet", "a busy machine": "duel"}
QUIET, BUSY = NOISES
# Rounds of a duel of two and of ten minutes, and the blocks that a round measures.
ROUNDS = {2: 8, 10: 60}
BLOCKS = 6
SEED_OF_NOISE = 3_000_000
# 5% of the traffic.
RARE = "job as its client sees it"
SAME = "identical code"
NEW = ["all_on", "twin", "canary"]
# By how much the new revision takes longer, and the endpoint that does; None is all of them.
CHANGES: dict[str, tuple[float, str | None]] = {
    SAME: (1.0, None),
    "+2% in all requests": (1.02, None),
    "+5% in all requests": (1.05, None),
    "+10% in an endpoint of 5%": (1.1, RARE),
}
MARGIN = 0.02
RED, UNDECIDED, POWER = 1 / 200, 0.02, 0.95


class Outcome(NamedTuple):
    """What a duel says of times: worse (of what was changed, if anything was), or what became of all requests."""

    red: bool
    pace: str


class Judged(NamedTuple):
    """A duel that stopped once its times were known, with all of its rounds, and by the mean alone; and after which round."""

    stopped: Outcome
    everything: Outcome
    by_mean: Outcome
    rounds: int


def duels_of(numbers: Sequence[int], change: str, minutes: int, machine: str = BUSY) -> list[Judged]:
    """The outcomes of simulated duels."""
    return [_duel(number, *CHANGES[change], minutes, NOISES[machine]) for number in numbers]


class Task:
    """Duels with one change, picklable."""

    def __init__(self, change: str, minutes: int, machine: str) -> None:
        self.change, self.minutes, self.machine = change, minutes, machine

    def __call__(self, numbers: Sequence[int]) -> list[Judged]:
        return duels_of(numbers, self.change, self.minutes, self.machine)


def _duel(number: int, factor: float, endpoint: str | None, minutes: int, noise: str) -> Judged:
    traffic = replace(TRAFFIC, rounds=ROUNDS[minutes], blocks=BLOCKS, seed=number + 1)
    samples = Noise.read(noise).add(make_samples(traffic, make_trace(traffic)), SEED_OF_NOISE + number)
    slower = samples["cell"].isin(NEW) & ((samples["endpoint"] == endpoint) if endpoint else True)
    for metric in ("latency_s", "app_cpu_s", "db_cpu_s"):
        samples.loc[slower, metric] *= factor
    run = make_run(traffic, samples)
    pairs = Pairs.of(samples, weights=endpoint_weights(run.scenario))
    rounds = rounds_taken(pairs, traffic.rounds)
    everything, by_mean = _judged(run, pairs, endpoint, 0.95)
    if rounds == traffic.rounds:
        return Judged(everything, everything, by_mean, rounds)
    stopped, _ = _judged(run, _first(pairs, rounds), endpoint, AFTER_A_STOP)
    return Judged(stopped, everything, by_mean, rounds)


def rounds_taken(pairs: Pairs, rounds: int) -> int:
    """After how many rounds the duel stops."""
    rule = PreciseTimes(MARGIN)
    return next((number for number in range(1, rounds) if rule.is_met(_first(pairs, number))), rounds)


def _first(pairs: Pairs, rounds: int) -> Pairs:
    return pairs.where((pairs.of_steps("round") <= rounds).to_numpy(bool))


def _judged(run: Run, pairs: Pairs, endpoint: str | None, confidence: float) -> tuple[Outcome, Outcome]:
    """What is said of times by all measures, and by the mean alone."""
    withheld = bool(control(pairs, confidence, MARGIN).withheld)
    whole = [contrast for contrast in contrasts(FACTORS) if contrast.name == WHOLE]
    tables: list[pd.DataFrame] = [
        effects(pairs, FACTORS, ["latency_s", "cpu_s"], contrasts=whole, confidence=confidence),
        effects(pairs, FACTORS, ["latency_s"], statistics=[PAIRED_MEDIAN], contrasts=whole, confidence=confidence),
    ]
    every, mean = (
        summary_of(effects=[effect.as_dict() for table in chosen for effect in of_table(table)])
        for chosen in (tables, tables[:1])
    )
    by_all, by_mean = (_outcome(*times_of(run, summary, WHOLE), withheld, endpoint) for summary in (every, mean))
    return by_all, by_mean


def _outcome(time: TimeChange, rows: Sequence[Change], withheld: bool, endpoint: str | None) -> Outcome:
    if withheld:
        return Outcome(False, "undecided")
    worse = [row.what for row in rows if row.verdict == "worse"]
    return Outcome(endpoint in worse if endpoint else bool(worse), time.pace)


def tables(duels: int, changed: int, processes: int) -> Iterator[Table]:
    """`duels` of identical code and `changed` with each change, for a duel of two minutes and one of ten, on both machines."""
    with Processes(processes) as workers:
        for machine in NOISES:
            for minutes in ROUNDS:
                yield _table(workers, minutes, machine, duels, changed)


def _table(workers: Processes, minutes: int, machine: str, duels: int, changed: int) -> Table:
    table = Table(
        f"Two revisions, {machine}: simulated duels of {minutes} minutes (at most {ROUNDS[minutes]} rounds of {BLOCKS} blocks)",
        (
            "the new revision",
            "duels",
            "rounds",
            "worse",
            "undecided",
            "all rounds: worse",
            "undecided",
            "the mean alone: worse",
            "undecided",
        ),
    )
    for change in CHANGES:
        outcomes = workers.each(Task(change, minutes, machine), duels if change == SAME else changed, chunk=4)
        shares = [_shares(each) for each in list(zip(*outcomes, strict=True))[:3]]
        rounds = f"{np.median([each.rounds for each in outcomes]):g}"
        table.rows.append([change, str(len(outcomes)), rounds, *(share.text() for pair in shares for share in pair)])
        say(f"{machine}, {minutes} minutes: {' | '.join(table.rows[-1])}")
        name = f"{machine}, {minutes} minutes: worse, {change}"
        red, undecided = shares[0]
        table.results.append(red.result(name, RED) if change == SAME else red.result(name, POWER, at_most=False))
        if change == SAME:
            table.results.append(undecided.result(f"{machine}, {minutes} minutes: undecided, {change}", UNDECIDED))
    noise = Noise.read(NOISES[machine])
    table.notes = [
        f"The noise is that between {noise.runs}; root mean squares of service time, application CPU and database CPU:",
        *(f"  {name}: {', '.join(f'{each:.1%}' for each in each_of)}" for name, each_of in noise.deviations().items()),
    ]
    return table


def _shares(outcomes: Sequence[Outcome]) -> tuple[Share, Share]:
    """How many are worse, and how many undecided."""
    number = len(outcomes)
    return Share(sum(each.red for each in outcomes), number), Share(
        sum(each.pace == "undecided" for each in outcomes), number
    )
