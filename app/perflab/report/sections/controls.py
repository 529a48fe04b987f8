"""The controls: whether the run can be trusted, and what it therefore does not conclude."""

from __future__ import annotations

from perflab import units
from perflab.analysis import contacts
from perflab.analysis.effects.stopping import AFTER_A_STOP, confidence_of, rounds_to_decide, stopped_early
from perflab.report import lookup
from perflab.report.first_page.limitations import doubts
from perflab.report.html import Section, bullets, section
from perflab.run.cells import CANARY, REFERENCE, TWIN
from perflab.run.metrics import title_of
from perflab.run.scenario import stops_by_times
from perflab.run.store import Run
from perflab.run.summary import Summary

ID = "controls"
HEADING = "Can this run be trusted?"
NOTHING = "This run has no controls, so it is unknown how far its numbers can be trusted."
SHOWN = (TWIN, CANARY, "carry_over", REFERENCE, "variation")


def build(summary: Summary, run: Run) -> Section:
    """Return a sentence for each control, and for each problem that this run had."""
    sentences = [f"No verdict on times: {reason}." for reason in lookup.withheld(summary)]
    sentences += [
        str(control["sentence"])
        for control in (lookup.control(summary, name) for name in SHOWN)
        if control.get("sentence")
    ]
    sentences += [_stopped(summary, run)] if stopped_early(run.meta) else []
    outside = [finding.sentence for finding in lookup.findings(summary, contacts.CLASSES)]
    return section(ID, HEADING, bullets([*(sentences or [NOTHING]), *outside, *doubts(run)]))


def _stopped(summary: Summary, run: Run) -> str:
    """Why the run stopped before its time was up, and how its intervals account for that."""
    after = f"The run stopped after {run.meta['stopped_after']} rounds, before its time was up, because"
    if rounds_to_decide(run.meta) is not None:
        undecided = [claim.statement for claim in summary.claims if claim.verdict == "inconclusive"]
        left = f" but for these, which the rounds left could not decide: {units.listed(undecided)}" if undecided else ""
        return (
            f"{after} each claim on a figure was decided{left}. Claims were judged after each round; intervals are computed at "
            f"{units.percent(confidence_of(run.meta))} so that they still hold in 95% of runs."
        )
    if stops_by_times(run.scenario):
        return (
            f"{after} the times of both revisions were known well enough: over all requests to 0.4 of the margin. Only the "
            f"width of intervals decided; they are computed at {units.percent(AFTER_A_STOP, 0)} so that they hold in 95% of runs."
        )
    precision = run.scenario["precision"]
    name, within = title_of(precision["metric"]), units.percent(precision["within"])
    return (
        f"{after} the change in {name} was known to within ± {within}, as the scenario requires. Intervals are computed at "
        f"{units.percent(AFTER_A_STOP, 0)} so that they still hold in 95% of runs."
    )
