"""The list of all runs: reports/index.html and reports/index.json, newest first, and how service time went over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from perflab import units
from perflab.analysis.stats.values import mapping
from perflab.report import parts, sentences
from perflab.report.document import document
from perflab.report.html import Column, Markup, below, element, join, section, table
from perflab.report.sparkline import sparkline
from perflab.run import store
from perflab.run.writer import read_json, write_json, write_text

FIGURES = {"service_time": "latency_s", "queries": "query_count"}
# Parameters that change how much is measured, and not what a request takes: runs that differ in these alone share a line.
OF_THE_RUN = ("profile", "seed", "rounds", "replay_s", "ledger_s", "index_study_s", "block", "warmup_blocks")
CARDS = "grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 20rem))"
UNFINISHED = {
    "running": "Not finished.", "complete": "No page yet.", "interrupted": "The run was interrupted.",
}  # fmt: skip


def write(reports: Path) -> Path:
    """Write both files anew from the runs that there are; returns the path of index.html."""
    runs = entries(reports)
    lines = trends(runs)
    write_json(reports / "index.json", {"runs": runs, "trends": lines})
    write_text(reports / "index.html", _page(runs, lines))
    return reports / "index.html"


def entries(reports: Path) -> list[dict[str, Any]]:
    """One dict per run, the newest first; a run that cannot be read is left out."""
    found = [entry for directory in store.saved(reports) if (entry := _entry(directory, reports)) is not None]
    return sorted(found, key=lambda entry: (entry["started_at"] or "", entry["run_id"]), reverse=True)


def trends(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How the service time with everything on went: one dict per question that two or more runs asked.

    A question is a scenario, a profile, and what was changed by hand of it. `points` are from the oldest run to the newest,
    in seconds; the question asked last comes first.
    """
    questions: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for run in runs:
        if run["service_time"]:
            questions.setdefault((str(run["scenario"]), str(run["profile"]), run["changed"]), []).append(run)
    return [
        {
            "scenario": scenario, "profile": profile, "changed": changed, "metric": "latency_s", "cell": "all_on",
            "points": [{"run_id": run["run_id"], "value": run["service_time"]["after"]} for run in reversed(asked)],
        }
        for (scenario, profile, changed), asked in questions.items()
        if len(asked) > 1
    ]  # fmt: skip


def _entry(directory: Path, reports: Path) -> dict[str, Any] | None:
    meta = read_json(directory / "run.json")
    if not meta or "run_id" not in meta:
        return None
    summary = read_json(directory / "summary.json") if meta.get("status") == "complete" else {}
    parameters, scenario = (mapping(meta.get(name)) for name in ("parameters", "scenario"))
    place = directory.relative_to(reports).as_posix()
    return {
        "run_id": str(meta["run_id"]),
        "scenario": meta.get("scenario_name"),
        "title": scenario.get("title"),
        "profile": parameters.get("profile"),
        "changed": ", ".join(
            f"{name} = {value}" for name, value in sorted(parameters.items()) if name not in OF_THE_RUN
        ),
        "status": meta.get("status"),
        "started_at": meta.get("started_at"),
        "verdict": summary.get("verdict"),
        **{name: _figure(summary, metric) for name, metric in FIGURES.items()},
        "directory": place,
        "page": f"{place}/summary.html" if (directory / "summary.html").is_file() else None,
    }


def _figure(summary: Mapping[str, Any], metric: str) -> dict[str, Any] | None:
    """The mean over all requests, everything off and everything on."""
    row = sentences.effect(summary, "ALL", metric)
    return (
        {key: row[key] for key in ("metric", "before", "after", "ratio", "difference", "low", "high")} if row else None
    )


def _page(runs: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]) -> str:
    columns = [
        Column("Run"), Column("Scenario"), Column("Profile"), Column("Service time", True), Column("Queries", True),
        Column("Verdict"),
    ]  # fmt: skip
    body = (
        section(
            "runs", "Newest first", table("Every run, with its verdict", columns, [_row(run) for run in runs], stacked=True),
            element("p", "Means per request, from everything off to everything on.", class_="note"),
        ).markup
        if runs
        else element("p", "There is no run yet: ", element("code", "perflab run SCENARIO"), " makes one.")
    )  # fmt: skip
    top = (element("p", "perflab", class_="eyebrow"), element("h1", "All runs"))
    return document("perflab: all runs", *top, _trends(lines) if lines else None, body)


def _trends(lines: Sequence[Mapping[str, Any]]) -> Markup:
    note = (
        "Service time with everything on, a mean over all requests, from the oldest run to the newest. Machines vary from day "
        "to day: perflab compare tells what changed between two runs."
    )
    cards = element("ul", *map(_trend, lines), class_="cards", style=CARDS)
    return section("trends", "From run to run", element("p", note, class_="note"), cards).markup


def _trend(line: Mapping[str, Any]) -> Markup:
    values = [point["value"] for point in line["points"]]
    first, last, low, high = map(units.seconds, (values[0], values[-1], min(values), max(values)))
    name = f"{line['scenario']}, profile {line['profile']}"
    alt = f"{name}: in {len(values)} runs from {first} to {last}, the lowest {low}, the highest {high}"
    return element(
        "li",
        element("span", name, class_="name"),
        below(line["changed"]) if line["changed"] else None,
        sparkline(values, alt),
        element("span", element("span", first, class_="was"), " → ", element("strong", last), class_="levels"),
        below(f"{len(values)} runs, {low} to {high}"),
    )


def _row(run: Mapping[str, Any]) -> list[str | Markup]:
    link = quote(run["page"]) if run["page"] else None
    title, changed = (below(str(run[key])) if run[key] else None for key in ("title", "changed"))
    verdict = run["verdict"] or UNFINISHED.get(run["status"], "The run failed.")
    first, _, rest = str(verdict).partition(". ")
    return [
        element("a" if link else "span", run["run_id"], href=link, class_="whole"),
        join([str(run["scenario"] or units.UNKNOWN), title]),
        join([str(run["profile"] or units.UNKNOWN), changed]),
        *(_change(run[name]) for name in FIGURES),
        join([first + ("." if rest else ""), below(rest) if rest else None]),
    ]


def _change(row: Mapping[str, Any] | None) -> str | Markup:
    if row is None:
        return units.UNKNOWN
    return join([parts.levels(row), *(below(part, whole=True) for part in sentences.parts_of_change(row) if part)])
