"""What a run says of a true slow-down: of 5%, which it is to see, and of 0.5%, which is within the margin of 2%."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from perflab.analysis.effects.effects import compare
from perflab.run.cells import BASELINE, OPTIMISED
from tests.benchmarks.table import Table, say
from tests.selftest.model import METRIC, QUIET, ROUGH, Model, samples_of
from tests.selftest.parallel import Processes
from tests.selftest.shares import Share

EFFECTS = (1.05, 1.005)
ROUNDS = (5, 8, 10)
MARGIN = 0.02
VERDICTS = ("worse", "equivalent", "inconclusive", "better")
MODELS = (QUIET, ROUGH)


def verdicts(numbers: Sequence[int], model: Model, rounds: int) -> list[tuple[str, bool]]:
    """The verdict on each of these runs, and whether its interval excludes no change."""
    outcomes = []
    for number in numbers:
        row = compare(samples_of(model, number, rounds), METRIC, BASELINE, OPTIMISED, margin=MARGIN).iloc[0]
        outcomes.append((str(row["verdict"]), bool(row["statistically_significant"])))
    return outcomes


def table(processes: Processes, runs: int, models: Sequence[Model] = MODELS) -> Table:
    result = Table(
        f"Power: verdicts on a true slow-down, margin {MARGIN * 100:g}%, {models[0].steps:,} Steps a round",
        ("synthetic runs", "slow-down", "rounds", "runs", *VERDICTS, "seen"),
    )
    for model in models:
        for effect in EFFECTS:
            for rounds in ROUNDS:
                say(f"power: {model.name}, {effect - 1:.1%}, {rounds} rounds, {runs:,} runs")
                changed = replace(model, effects=(effect,))
                ended = processes.each(partial(verdicts, model=changed, rounds=rounds), runs)
                counts = Counter(verdict for verdict, _ in ended)
                shares = [_text(Share(counts[verdict], runs)) for verdict in VERDICTS]
                seen = _text(Share(sum(flag for _, flag in ended), runs))
                result.rows.append([model.name, f"{effect - 1:.1%}", str(rounds), f"{runs:,}", *shares, seen])
    result.notes = [
        "Shares of the runs, with exact intervals. Seen: the interval excludes no change.",
        "Of 5% `worse` is right, of 0.5% `equivalent`; `better` is wrong of both.",
    ]
    return result


def _text(share: Share) -> str:
    return f"{share.text()} ({share.between()})"
