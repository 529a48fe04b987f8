"""Ten endpoints, and no difference anywhere: in how many runs does `compare` see one, and what would be seen without Holm?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from perflab.analysis.effects.effects import compare
from perflab.run.cells import ALL, BASELINE, OPTIMISED
from tests.benchmarks.table import Table, say
from tests.selftest.model import METRIC, QUIET, ROUGH, Model, samples_of
from tests.selftest.parallel import Processes
from tests.selftest.shares import Share

ENDPOINTS = 10
ROUNDS = (5, 10)
MOST = 0.05
MODELS = tuple(replace(model, endpoints=ENDPOINTS) for model in (QUIET, ROUGH))


@dataclass(frozen=True)
class Seen:
    """What one run without any difference says of its endpoints: whether any is..."""

    verdict: bool  # better or worse
    seen: bool  # different, by Holm's test
    unadjusted: bool  # different, if each were tested alone
    outside: bool  # without its true ratio in its interval, which is to hold it in all of them at once


def seen(numbers: Sequence[int], model: Model, rounds: int, margin: float = 0.02) -> list[Seen]:
    outcomes = []
    for number in numbers:
        rows = compare(samples_of(model, number, rounds), METRIC, BASELINE, OPTIMISED, by="endpoint", margin=margin)
        family = rows[rows["endpoint"] != ALL]
        outcomes.append(
            Seen(
                bool(family["verdict"].isin(["better", "worse"]).any()),
                bool(family["statistically_significant"].astype(bool).any()),
                bool((family["p_value"] <= 0.05).any()),
                bool(((family["low"] > 1) | (family["high"] < 1)).any()),
            )
        )
    return outcomes


def table(processes: Processes, runs: int, models: Sequence[Model] = MODELS) -> Table:
    result = Table(
        f"A/A: runs of {ENDPOINTS} endpoints without any difference, {models[0].steps} Steps a round",
        ("synthetic runs", "rounds", "any endpoint", "runs", "share", "exact interval", "wanted", ""),
    )
    for model in models:
        for rounds in ROUNDS:
            say(f"families: {model.name}, {rounds} rounds, {runs:,} runs")
            ended = processes.each(partial(seen, model=model, rounds=rounds), runs)
            for what, flags, judged in (
                ("better or worse (margin 2%)", [run.verdict for run in ended], True),
                ("seen, by Holm's test", [run.seen for run in ended], True),
                ("outside its interval", [run.outside for run in ended], True),
                ("seen, if each were tested alone", [run.unadjusted for run in ended], False),
            ):
                share = Share(sum(flags), len(flags))
                judgement = [f"<= {MOST * 100:g}%", share.verdict(most=MOST)] if judged else ["-", "-"]
                result.rows.append([model.name, str(rounds), what, *share.cells(), *judgement])
    result.notes = ["ALL is a comparison of its own and no member of the family."]
    return result
