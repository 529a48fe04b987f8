"""The top of the page: the title, the verdict, the figures that matter most, what stands out, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab.report.first_page import actions, headlines
from perflab.report.first_page.findings import findings
from perflab.report.html import Section, element, join
from perflab.run.store import Run

Summary = Mapping[str, Any]


def verdict(summary: Summary, run: Run) -> Section:
    """The title, the verdict, the figures that matter most, what stands out, and what to do."""
    title = str(run.scenario.get("title") or run.scenario_name)
    first, _, rest = str(summary["verdict"]).partition(". ")
    lead = [
        element("p", first + ("." if rest else ""), class_="verdict"),
        element("p", rest, class_="lead") if rest else None,
    ]
    found = findings(summary) if run.complete else []
    items = [element("li", finding.sentence, class_=f"tone-{finding.tone}") for finding in found]
    stands_out = (
        element("section", element("h2", "What stands out", id="findings"), element("ul", *items, class_="findings"),
                aria_labelledby="findings")
        if items
        else None
    )  # fmt: skip
    header = element(
        "div",
        element("p", f"perflab · {run.scenario_name} · {_day(run)}", class_="eyebrow"),
        element("h1", title),
        *lead,
        headlines.cards(summary) if run.complete else None,
        class_="hero",
    )
    to_do = actions.section_of(summary, run)
    lines = [
        title, "", str(summary["verdict"]), "", *(f"- {finding.sentence}" for finding in found),
        *(f"- {line}" for line in actions.lines(summary, run)),
    ]  # fmt: skip
    return Section(join([header, stands_out, to_do]), "\n".join(lines).strip())


def _day(run: Run) -> str:
    return str(run.meta.get("started_at") or run.run_id).partition("T")[0]
