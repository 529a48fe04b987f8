"""The top of the page: the title, the verdict, the figures that matter most, and what stands out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab import units
from perflab.report import parts, sentences
from perflab.report.findings import findings
from perflab.report.html import Markup, Section, element, join
from perflab.store import Run

Summary = Mapping[str, Any]

HEADLINES = (
    ("latency_s", "mean"), ("latency_s", "p50"), ("latency_s", "p95"),
    ("query_count", "mean"), ("app_cpu_s", "mean"), ("db_cpu_s", "mean"),
)  # fmt: skip
STATISTICS = {"mean": "mean", "p50": "median", "p95": "95th percentile"}


def verdict(summary: Summary, run: Run) -> Section:
    """The title, the verdict, the figures that matter most, and what stands out."""
    title = str(run.scenario.get("title") or run.scenario_name)
    first, _, rest = str(summary["verdict"]).partition(". ")
    lead = [
        element("p", first + ("." if rest else ""), class_="verdict"),
        element("p", rest, class_="lead") if rest else None,
    ]
    found = findings(summary, list(run.factors)) if run.complete else []
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
        _cards(summary) if run.complete else None,
        class_="hero",
    )
    lines = [title, "", str(summary["verdict"]), "", *(f"- {finding.sentence}" for finding in found)]
    return Section(join([header, stands_out]), "\n".join(lines).strip())


def _day(run: Run) -> str:
    return str(run.meta.get("started_at") or run.run_id).partition("T")[0]


def _cards(summary: Summary) -> Markup | None:
    """Headline figures over all requests of the traffic, before and after."""
    cards = []
    for metric, statistic in HEADLINES:
        row = sentences.effect(summary, "ALL", metric, statistic=statistic)
        if row is None:
            continue
        name = f"{sentences.metric(metric)}, {STATISTICS[statistic]}"
        unit = units.METRIC_UNITS[metric]
        cards.append(
            element(
                "li",
                element("span", name, class_="name", style="display: block"),
                element(
                    "span", element("span", units.in_unit(row["before"], unit), class_="was"),
                    element("span", " → ", class_="arrow"), element("strong", units.in_unit(row["after"], unit)),
                    class_="levels",
                ),
                parts.change_of(row),
            )
        )  # fmt: skip
    if not cards:
        return None
    return element(
        "ul", *cards, class_="cards", aria_label="A request on average, everything off and everything on"
    )
