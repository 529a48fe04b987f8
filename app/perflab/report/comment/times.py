"""What a change does to time: by the mean, by what a typical request takes, and by the CPU time.

No single measure will do. The mean is what all requests cost, and on a busy machine a few of them, which something else has
interrupted, decide it. The median of paired ratios and the CPU time are several times as sharp; but the former does not see a
change of few requests, and the latter does not see waiting. So a change is slower if any of them shows it, at a level shared
between them, and takes the same time only if both of the sharp ones say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

from perflab.report import estimates, lookup
from perflab.report.comment.changes import Change, Measure, Pace, TimeChange, Verdict
from perflab.report.sentences import all_or
from perflab.run.cells import ALL
from perflab.run.metrics import CPU
from perflab.run.records import Effect
from perflab.run.store import Run
from perflab.run.summary import Summary

MARGIN = 0.02
# A difference in times counts if identical code shows one as large, anywhere, in at most so many runs: half of them would be
# slower. The measures share it, and for each of these all requests and the endpoints, which are a family.
MAX_P = 0.005
FAMILIES = 2
PACES: dict[str, Pace] = {"worse": "slower", "better": "faster", "equivalent": "same", "inconclusive": "undecided"}


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of time: its effect on ALL, and on each endpoint."""

    measure: Measure
    whole: Effect
    endpoints: list[Effect]


def measured(summary: Summary, contrast: str) -> list[Measured]:
    """Return the measures of time that a run has: the mean; between revisions, what a typical request takes and the CPU time.

    Args:
        summary: The run's summary.
        contrast: Which cell is compared with which.
    """
    mean = lookup.effect(summary, ALL, contrast=contrast)
    if mean is None:
        return []
    typical = lookup.typical(summary, contrast)
    measures = [Measured("mean", mean, lookup.by_endpoint(summary, contrast=contrast))]
    if ALL not in typical:
        return measures
    measures.append(Measured("typical", typical.pop(ALL), list(typical.values())))
    for metric in (CPU, "app_cpu_s"):  # a part, where the whole is unknown
        cpu = lookup.effect(summary, ALL, metric, contrast)
        if cpu is not None:
            return [*measures, Measured("cpu", cpu, lookup.by_endpoint(summary, metric, contrast))]
    return measures


def times_of(run: Run, summary: Summary, contrast: str) -> tuple[TimeChange, list[Change]]:
    """Return what became of the time of all requests, and a row for all and for each endpoint where it changed.

    Args:
        run: The run.
        summary: Its summary.
        contrast: Which cell is compared with which.
    """
    margin, measures = float(run.scenario.get("margin", MARGIN)), measured(summary, contrast)
    if not measures:
        return TimeChange(margin=margin), []
    level = MAX_P / FAMILIES / len(measures)
    rows: dict[str, Change] = {}
    for each in measures:
        for effect in (each.whole, *each.endpoints):
            if is_certain(effect, level):
                row = Change(all_or(effect.endpoint), cast(Verdict, effect.verdict), _sentence(effect, each.measure))
                before = rows.get(effect.endpoint)
                if before is None or (before.verdict, row.verdict) == ("better", "worse"):
                    rows[effect.endpoint] = row
    time = _of_all(measures, level, margin)
    if time.pace == "undecided":
        rows[ALL] = _undecided(summary, measures, level, margin)
    order = [ALL, *(effect.endpoint for effect in measures[0].endpoints)]
    return time, [rows[name] for name in order if name in rows]


def _of_all(measures: list[Measured], level: float, margin: float) -> TimeChange:
    certain = [each for each in measures if is_certain(each.whole, level)]
    worse = [each for each in certain if each.whole.verdict == "worse"]
    sharp = measures[1:] or measures
    if certain:
        chosen = (worse or certain)[0]
        pace = PACES[chosen.whole.verdict]
    else:
        chosen = sharp[0]
        is_same = all(each.whole.verdict == "equivalent" for each in sharp)
        pace = "same" if is_same else "undecided"
    effect = chosen.whole
    return TimeChange(pace, margin, effect.ratio, effect.low, effect.high, chosen.measure)


def is_certain(effect: Effect, level: float) -> bool:
    """Say whether a difference is too unlikely by chance to be noise: many are compared, and most change no time.

    Args:
        effect: The difference.
        level: The greatest p value that counts.
    """
    p_value = effect.p_adjusted if effect.p_adjusted is not None else effect.p_value
    return effect.verdict in ("better", "worse") and (p_value is None or p_value <= level)


def _undecided(summary: Summary, measures: list[Measured], level: float, margin: float) -> Change:
    """Return the row that says why the time of all requests is undecided."""
    why = "; ".join(lookup.withheld(summary)) or f"an interval inside ±{margin * 100:g}% would be no change"
    sharp = measures[1:] or measures
    chosen = next((each for each in sharp if each.whole.verdict != "equivalent"), sharp[0])
    effect = chosen.whole
    if effect.verdict in ("better", "worse"):
        p_value = effect.p_adjusted if effect.p_adjusted is not None else effect.p_value
        why = f"identical code shows as much in one of {round(1 / float(p_value or 1)):,} runs"
    return Change(all_or(ALL), "undecided", f"{_inside(effect, chosen.measure)}; {why}.")


def _sentence(effect: Effect, measure: Measure) -> str:
    if measure == "typical":
        return f"A {_change(effect, measure)}."
    return f"It takes {_change(effect, measure)}: {estimates.levels(effect)}."


def _change(effect: Effect, measure: Measure) -> str:
    """`0.7% less time (9% less to 8% more)`, `typical request takes 0.7% less time`, or `0.7% less CPU time`."""
    text = estimates.paced(effect)
    if measure == "typical":
        return f"typical request takes {text}"
    return str(text if measure == "mean" else replace(text, value=text.value.removesuffix(" time") + " CPU time"))


def _inside(effect: Effect, measure: Measure) -> str:
    """Return the change as it stands within a sentence."""
    return f"{'a ' if measure == 'typical' else ''}{_change(effect, measure)}"


def notes_on_times(summary: Summary, contrast: str) -> Iterator[str]:
    """Yield one sentence with all measures of time, where there is more than one and the run's controls allow a verdict.

    Args:
        summary: The run's summary.
        contrast: Which cell is compared with which.
    """
    measures = measured(summary, contrast)
    if len(measures) < 2 or lookup.withheld(summary):
        return
    mean = estimates.paced(measures[0].whole)
    others = ", ".join(_inside(each.whole, each.measure) for each in measures[1:])
    yield f"Over all requests: {others}; the mean, interrupted requests included, {mean}."
