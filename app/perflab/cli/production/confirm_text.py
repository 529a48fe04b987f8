"""What `perflab confirm` prints: each prediction beside what was seen, what was left out, and the ledger's calibration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from perflab import units
from perflab.analysis.confirm.agreement import Agreement, Verdict
from perflab.analysis.confirm.calibration import Calibration
from perflab.analysis.confirm.days import Estimate
from perflab.cli.production.database import TITLES, Database
from perflab.errors import clean
from perflab.run.cells import ALL
from perflab.run.records import Effect
from perflab.scenario.production.access_logs import Period

# So many earlier predictions are listed.
LISTED = 20


@dataclass(frozen=True)
class Confirmation:
    """A prediction against production.

    Attributes:
        scenario: The scenario's name.
        run_id: The run's name.
        contrast: The contrast that was deployed.
        effects: What the run predicted, by endpoint; ALL is the whole.
        endpoints: Whether it agrees with what was seen, by endpoint.
        medians: The ratio of medians that was seen, which nothing is predicted of.
        verdict: The verdict of the whole.
        controls: The endpoints whose change was taken out.
        unused_controls: Those that have too few days for that.
        moved: How the controls changed; None without any.
        left_out: Why an endpoint is not compared.
        deployment_days: The days that both periods have, and which are left out.
        database: What the database did; None without snapshots.
        periods: What the logs of both periods say.
    """

    scenario: str
    run_id: str
    contrast: str
    effects: Mapping[str, Effect]
    endpoints: Mapping[str, Agreement]
    medians: Mapping[str, float]
    verdict: Verdict
    controls: Sequence[str]
    unused_controls: Sequence[str]
    moved: Estimate | None
    left_out: Mapping[str, str]
    deployment_days: Sequence[date]
    database: Database | None
    periods: Sequence[Period]


def text(confirmation: Confirmation, place: str, *, added: bool) -> str:
    """Return what is printed, whose last line is the outcome.

    Args:
        confirmation: The comparison.
        place: Where the ledger is.
        added: Whether the ledger has a new line.
    """
    recorded = f"recorded in {place}" if added else f"{place} has this deployment already; the first result stays there"
    return "\n".join([*map(_printable, _lines(confirmation)), recorded, _printable(_outcome(confirmation))])


def _lines(made: Confirmation) -> Iterator[str]:
    yield f"{made.scenario} {made.run_id}: {made.contrast}, service time"
    yield ""
    rows: list[tuple[str, ...]] = [("endpoint", "predicted", "seen", "medians", "days", "verdict")]
    for name, agreement in made.endpoints.items():
        days, median = agreement.seen.days, made.medians.get(name)
        rows.append(
            (
                clean(name), of_effect(made.effects[name]), of_estimate(agreement.seen),
                units.UNKNOWN if median is None else number(median), f"{days[0]}, {days[1]}", agreement.verdict,
            )
        )  # fmt: skip
    yield from units.aligned(rows)
    yield ""
    if ALL in made.endpoints:
        yield "ALL: what production spent its time on before, by the prediction for each endpoint"
    yield from (f"{name}: {agreement.reason}" for name, agreement in made.endpoints.items() if agreement.reason)
    yield _of_controls(made)
    if made.unused_controls:
        yield f"not taken as controls, with too few days: {units.listed(made.unused_controls)}"
    yield from (f"{name} is left out: {reason}" for name, reason in made.left_out.items())
    if made.deployment_days:
        yield f"left out, as both sides have them: {units.listed([day.isoformat() for day in made.deployment_days])}"
    for word, period in zip(("before", "after"), made.periods, strict=True):
        yield (
            f"{word}: {period.timed:,} requests counted; {period.others:,} of no endpoint, {period.failed:,} failed, "
            f"{period.untimed:,} without a time, {period.unreadable:,} lines that are no request"
        )
    if made.database is not None:
        yield from _of_database(made.database)


def _of_controls(made: Confirmation) -> str:
    if not made.controls:
        return "no control: a change of load or machine is not taken out; name one by --control"
    change = "" if made.moved is None else f", which changed by {of_estimate(made.moved)}: taken out of all others"
    return f"controls: {units.listed(made.controls)}{change}"


def _of_database(database: Database) -> Iterator[str]:
    if database.reason:
        yield f"the database is left out: {database.reason}"
    for metric, agreement in database.results.items():
        sentence = (
            f"predicted {of_estimate(agreement.predicted)}, seen {of_estimate(agreement.seen)}: {agreement.verdict}"
        )
        yield f"{TITLES[metric]}, of all statements and clients: {sentence}"
    if database.resets or database.dropped:
        yield f"pg_stat_statements: {database.resets:,} counters began anew, {database.dropped:,} were dropped"


def _outcome(made: Confirmation) -> str:
    """Return the sentence that sums up: of all endpoints together if they were seen, else how many agree."""
    if ALL in made.endpoints:
        agreement = made.endpoints[ALL]
        sentence = f"predicted {of_effect(made.effects[ALL])}, seen {of_estimate(agreement.seen)}: {agreement.verdict}"
        others = [name for name, each in made.endpoints.items() if each.verdict == "disagrees" and name != ALL]
        return (
            f"{sentence}; {units.listed(others)} {'disagrees' if len(others) == 1 else 'disagree'}"
            if others
            else sentence
        )
    if len(made.endpoints) == 1:
        ((name, agreement),) = made.endpoints.items()
        return f"predicted {of_effect(made.effects[name])}, seen {of_estimate(agreement.seen)}: {agreement.verdict}"
    verdicts = [agreement.verdict for agreement in made.endpoints.values()]
    counts = [f"{verdicts.count(verdict)} {verdict}" for verdict in dict.fromkeys(verdicts)]
    return f"{units.counted(len(verdicts), 'endpoint')}: {', '.join(counts)}; as a whole: {made.verdict}"


def of_effect(effect: Effect) -> str:
    """Return a ratio with its interval, as the run has it: `0.62 [0.58, 0.66]`."""
    return _with_ends(effect.ratio, effect.low, effect.high)


def of_estimate(estimate: Estimate) -> str:
    """Return an estimate with its 95% interval."""
    return _with_ends(estimate.ratio, *(estimate.interval() or (None, None)))


def _with_ends(ratio: float | None, low: float | None, high: float | None) -> str:
    if ratio is None:
        return units.UNKNOWN
    return number(ratio) if low is None or high is None else f"{number(ratio)} [{number(low)}, {number(high)}]"


def number(ratio: float) -> str:
    """Return a ratio with two decimals, or with two digits where it is small."""
    return f"{ratio:,.2f}" if ratio >= 0.1 else units.significant(ratio, 2)


def _printable(line: str) -> str:
    """Return a line without control characters, with its columns."""
    return "".join(c if c.isprintable() else "?" for c in line)


def ledger(records: Sequence[Mapping[str, Any]], made: Calibration, unreadable: int = 0) -> str:
    """Return the newest predictions, and how all of them came out.

    Args:
        records: The lines of the ledger, oldest first.
        made: Their calibration.
        unreadable: How many lines could not be read.
    """
    lines = [f"{units.counted(unreadable, 'line')} of the ledger cannot be read"] if unreadable else []
    if not records:
        return "\n".join([*lines, "no prediction has been confirmed yet"])
    rows: list[tuple[str, ...]] = [("at", "scenario", "run", "contrast", "verdict")]
    rows += [
        tuple(
            clean(str(record.get(name) or units.UNKNOWN))
            for name in ("at", "scenario", "run_id", "contrast", "verdict")
        )
        for record in records[-LISTED:]
    ]
    decided = made.verdicts.get("agrees", 0) + made.verdicts.get("disagrees", 0)
    counts = ", ".join(f"{count} {clean(verdict)}" for verdict, count in made.verdicts.items())
    lines += [
        *units.aligned(rows), "",
        f"{units.counted(made.predictions, 'prediction')} in {units.counted(made.deployments, 'deployment')}: {counts}",
        f"of {decided} that could be decided, {made.verdicts.get('agrees', 0)} agree",
    ]  # fmt: skip
    if made.inside is not None:
        ends = (made.inside.low, made.inside.high)
        interval = "" if None in ends else f" [{units.percent(ends[0], 0)}, {units.percent(ends[1], 0)}]"
        lines.append(
            f"seen inside the predicted interval: {units.percent(made.inside.estimate, 0)}{interval} of {made.inside.n}"
        )
    if made.deviation is not None:
        lines.append(f"seen / predicted, on average: {_with_ends(made.deviation, made.low, made.high)}")
    if made.deployments < 3:
        lines.append("an interval of these needs 3 deployments: the predictions of one depend on each other")
    return "\n".join(lines)
