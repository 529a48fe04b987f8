"""The top of the page: the title, the verdict, the figures that matter most, what stands out, and what to do."""

from __future__ import annotations

from perflab.report import sentences
from perflab.report.first_page import actions, headlines
from perflab.report.first_page.highlights import highlights
from perflab.report.html import Markup, Section, element, join, paragraph
from perflab.run.store import Run
from perflab.run.summary import Summary

ID = "verdict"


def build(summary: Summary, run: Run) -> Section:
    """Return the top of the page; from a run that is not complete it concludes nothing."""
    verdict = sentences.verdict(summary, run.status)
    header = element(
        "div",
        element("p", f"perflab · {run.scenario_name} · {_day(run)}", class_="eyebrow"),
        element("h1", str(run.scenario.get("title") or run.scenario_name)),
        paragraph(verdict.first, "verdict"),
        paragraph(" ".join(verdict.rest), "lead"),
        headlines.cards(summary) if run.complete else None,
        class_="hero",
    )
    return Section(
        join([header, _stands_out(summary, run) if run.complete else None, actions.section_of(summary, run)])
    )


def _stands_out(summary: Summary, run: Run) -> Markup | None:
    items = [element("li", each.sentence, class_=f"tone-{each.tone}") for each in highlights(summary, run)]
    if not items:
        return None
    heading = element("h2", "What stands out", id="findings")
    return element("section", heading, element("ul", *items, class_="findings"), aria_labelledby="findings")


def _day(run: Run) -> str:
    return str(run.meta.get("started_at") or run.run_id).partition("T")[0]
