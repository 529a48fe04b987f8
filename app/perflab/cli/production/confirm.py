"""`perflab confirm`: what a run predicted, against production before and after a deployment; and the ledger of predictions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perflab.analysis.confirm.agreement import Agreement, Verdict, agreements, overall, prediction
from perflab.analysis.confirm.calibration import calibration
from perflab.analysis.confirm.days import Estimate, changes, moved, total
from perflab.analysis.confirm.mix import of_time
from perflab.cli.production import collecting, confirm_text, database
from perflab.cli.production.collecting import Side
from perflab.cli.production.confirm_text import Confirmation
from perflab.cli.production.export import check_contrasts
from perflab.errors import InputError, did_you_mean
from perflab.notebook import project
from perflab.report import build, lookup
from perflab.report.comment.within_run import Comparison
from perflab.run import predictions, store
from perflab.run.cells import ALL
from perflab.run.records import Effect
from perflab.run.store import Run
from perflab.run.summary import Summary
from perflab.scenario.production.access_logs import Period

# An endpoint is a control as well where its interval includes no change and goes no further than this.
UNCHANGED = 0.1


@dataclass(frozen=True)
class Options:
    """What the command was given.

    Attributes:
        run: The run: a directory, a run_id or `latest`.
        before: The folder of the days before the deployment.
        after: That of the days after it.
        contrast: The contrast that was deployed; None is the run's headline.
        controls: The endpoints that the deployment leaves alone; none stands for those that the run predicts
            to be unchanged.
        ledger: Show the ledger instead.
    """

    run: str | None = None
    before: Path | None = None
    after: Path | None = None
    contrast: str | None = None
    controls: Sequence[str] = ()
    ledger: bool = False


@dataclass(frozen=True)
class Outcome:
    """What to print, and whether the prediction was wrong."""

    text: str
    disagrees: bool = False


def confirm(options: Options) -> Outcome:
    """Compare a prediction with production and record it, or show how earlier ones came out. Costs seconds, and reads all logs.

    Args:
        options: What the command was given.

    Raises:
        InputError: The options contradict each other, or a run or folder has nothing to compare.
        StoreError: The ledger cannot be read or written.
    """
    reports = project.reports(project.root())
    if options.ledger:
        if options.run is not None or options.before is not None or options.after is not None:
            raise InputError("--ledger shows earlier predictions only", hint="leave out RUN, --before and --after")
        records, unreadable = predictions.read(reports)
        return Outcome(confirm_text.ledger(records, calibration(records), unreadable))
    if options.run is None or options.before is None or options.after is None:
        raise InputError("RUN, --before and --after are all needed", hint="or give --ledger alone")
    if options.before.resolve() == options.after.resolve():
        raise InputError("--before and --after are the same directory", hint="give one for each side of the deployment")
    run = store.load(options.run, reports)
    if not run.complete:
        raise InputError(f"the run {run.run_id} is {run.status}: it predicts nothing", hint="choose a complete one")
    before, after = (collecting.side(folder, run.endpoints) for folder in (options.before, options.after))
    _check_order(before.period, after.period)
    summary, contrast = build(run), options.contrast or Comparison.of(run).contrast
    check_contrasts(summary, [contrast])
    effects = {effect.endpoint: effect for effect in lookup.by_endpoint(summary, contrast=contrast, with_all=True)}
    controls = _controls(run, effects, options.controls)
    confirmation = compare(run, summary, contrast, controls, before, after, named=bool(options.controls))
    if not confirmation.endpoints:
        raise InputError(
            f"no endpoint has both a prediction in the run {run.run_id} and enough requests in production",
            hint=f"a day counts with {collecting.MIN_REQUESTS} requests of an endpoint",
        )
    added = predictions.append(reports, _record(confirmation, run, before, after))
    place = project.display_path(reports / predictions.NAME)
    return Outcome(confirm_text.text(confirmation, place, added=added), confirmation.verdict == "disagrees")


def _check_order(before: Period, after: Period) -> None:
    """Raise InputError where all days before lie behind all days after; the day of the deployment may be in both."""
    if before.requests and after.requests and min(before.requests) > max(after.requests):
        what = f"the days before begin on {min(before.requests)}, and those after end on {max(after.requests)}"
        raise InputError(what, hint="swap --before and --after")


def _controls(run: Run, effects: Mapping[str, Effect], named: Sequence[str]) -> list[str]:
    """Return the endpoints that the deployment leaves alone: those named, or those that the run predicts to be unchanged.

    Raises:
        InputError: The run has no endpoint of that name.
    """
    names = [endpoint.name for endpoint in run.endpoints]
    for name in named:
        if name not in names:
            raise InputError(f"the run {run.run_id} has no endpoint {name!r}", hint=did_you_mean(name, names))
    return list(dict.fromkeys(named)) or [name for name in names if name in effects and is_unchanged(effects[name])]


def is_unchanged(effect: Effect) -> bool:
    """Tell whether an effect makes its endpoint a control: it is equivalent, or its interval is short and includes no change."""
    if effect.verdict == "equivalent":
        return prediction(effect) is not None
    if effect.low is None or effect.high is None or effect.verdict != "inconclusive":
        return False
    return 1 - UNCHANGED <= effect.low <= 1 <= effect.high <= 1 + UNCHANGED and prediction(effect) is not None


def _of_controls(effects: Mapping[str, Effect], controls: Sequence[str]) -> list[Estimate]:
    """Return the mean of what the run predicts of controls, which are not exactly unchanged: their error counts as well."""
    members = [prediction(effects[name]) for name in controls]
    size = len(members)
    shares = [
        replace(each, log=each.log / size, error=each.error / size)
        for each in members
        if each is not None and each.error is not None
    ]
    return [total(*shares)] if shares else []


def compare(
    run: Run,
    summary: Summary,
    contrast: str,
    controls: Sequence[str],
    before: Side,
    after: Side,
    *,
    named: bool = False,
) -> Confirmation:
    """Return the comparison of a prediction with production.

    Args:
        run: The run.
        summary: Its summary.
        contrast: The contrast that was deployed.
        controls: The endpoints that the deployment leaves alone.
        before: Production before it.
        after: Production after it.
        named: Whether the user has named the controls: these count as exactly unchanged.
    """
    effects = {effect.endpoint: effect for effect in lookup.by_endpoint(summary, contrast=contrast, with_all=True)}
    both = collecting.in_both(before.period, after.period)
    periods = (before.period, after.period)
    means = [collecting.logarithms(period, lambda figures: figures.mean_s, both) for period in periods]
    medians = [collecting.logarithms(period, lambda figures: figures.median_s, both) for period in periods]
    used = collecting.usable(controls, means)
    weights, seconds = _weights(effects, means, before.period)
    with_all = [{**logs, **collecting.whole(logs, weights)} for logs in means]
    together = of_time(effects, seconds)
    effects = {**effects, ALL: together} if together else {name: effects[name] for name in effects if name != ALL}
    seen = changes(with_all[0], with_all[1], used)
    correction = [] if named else _of_controls(effects, used)
    of_medians = changes(medians[0], medians[1], used)
    pairs: dict[str, tuple[Estimate, Estimate]] = {}
    left_out: dict[str, str] = {}
    for name in (ALL, *(endpoint.name for endpoint in run.endpoints)):
        if name in used:
            continue
        predicted = prediction(effects[name]) if name in effects else None
        happened = seen.get(name)
        if happened is None:
            left_out[name] = _why_unseen(name, periods)
        elif predicted is None:
            left_out[name] = "the run has no prediction with an error"
        else:
            pairs[name] = (predicted, total(happened, *correction))
    results = agreements(pairs, controlled=bool(used))
    return Confirmation(
        scenario=run.scenario_name,
        run_id=run.run_id,
        contrast=contrast,
        effects={name: effects[name] for name in results},
        endpoints=results,
        medians={name: value.ratio for name in results if (value := of_medians.get(name)) is not None},
        verdict=_verdict(results),
        controls=used,
        unused_controls=[name for name in controls if name not in used],
        moved=moved(means[0], means[1], used),
        left_out=left_out,
        deployment_days=both,
        database=database.compare(summary, contrast, before, after, both),
        periods=periods,
    )


def _weights(
    effects: Mapping[str, Effect], means: Sequence[Mapping[str, Mapping[int, float]]], before: Period
) -> tuple[dict[str, float], dict[str, float]]:
    """Return how many requests production had before of each endpoint that makes up ALL, and the seconds that they took.

    Both are of the days that count, and nothing for fewer than two endpoints.
    """
    predicted = [name for name, effect in effects.items() if name != ALL and prediction(effect) is not None]
    members = collecting.usable(predicted, means)
    requests, seconds = {}, {}
    for name in members if len(members) > 1 else ():
        days = means[0][name]
        figures = [figures for day, figures in before.endpoints[name].items() if day.toordinal() in days]
        requests[name] = float(sum(of_day.requests for of_day in figures))
        seconds[name] = requests[name] * math.fsum(map(math.exp, days.values())) / len(days)
    return requests, seconds


def _why_unseen(name: str, periods: Sequence[Period]) -> str:
    if name == ALL:
        return "it needs two endpoints with enough days"
    requests = [sum(day.requests for day in period.endpoints.get(name, {}).values()) for period in periods]
    return f"{requests[0]:,} and {requests[1]:,} timed requests, on no day {collecting.MIN_REQUESTS}"


def _verdict(results: Mapping[str, Agreement]) -> Verdict:
    return overall({name: agreement.verdict for name, agreement in results.items()})


def _record(confirmation: Confirmation, run: Run, before: Side, after: Side) -> dict[str, Any]:
    """Return the line of the ledger: what was predicted and seen, and nothing of any request."""
    rows = []
    for name, agreement in confirmation.endpoints.items():
        effect, interval = confirmation.effects[name], agreement.seen.interval()
        low, high = interval or (None, None)
        rows.append(
            {
                "endpoint": name, "metric": effect.metric, "predicted": effect.ratio, "predicted_low": effect.low,
                "predicted_high": effect.high, "seen": agreement.seen.ratio, "seen_low": low, "seen_high": high,
                "days": list(agreement.seen.days), "p_value": agreement.p_value, "verdict": agreement.verdict,
            }
        )  # fmt: skip
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "scenario": run.scenario_name, "run_id": run.run_id,
        "contrast": confirmation.contrast, "revision": run.environment.get("git_revision"), "before": before.digest,
        "after": after.digest, "controls": list(confirmation.controls), "verdict": confirmation.verdict, "rows": rows,
    }  # fmt: skip
