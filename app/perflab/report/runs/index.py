"""The list of all runs: reports/index.html and reports/index.json, newest first, and the trend of service time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from perflab import units
from perflab.analysis.stats.values import mapping
from perflab.report import estimates, lookup, parts, sentences
from perflab.report.document import document
from perflab.report.html import Column, Markup, below, element, join, note, section, table
from perflab.report.runs.sparkline import sparkline
from perflab.run import store
from perflab.run.writer import read_json, write_json, write_text

FIGURES = {"service_time": "latency_s", "queries": "query_count"}
# Parameters that change how much is measured, not what a request costs: runs that differ only in these share a line.
RUN_LENGTH = ("profile", "seed", "rounds", "replay_s", "ledger_s", "index_study_s", "block", "warmup_blocks")
CARDS = "grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 20rem))"
UNFINISHED = {
    "running": "Not finished.", "complete": "No page yet.", "interrupted": "The run was interrupted.",
}  # fmt: skip


def write(reports: Path) -> Path:
    """Write both files from the runs that exist, and return the path of index.html."""
    runs = entries(reports)
    lines = trends(runs)
    write_json(reports / "index.json", {"runs": runs, "trends": lines})
    write_text(reports / "index.html", _page(runs, lines))
    return reports / "index.html"


def entries(reports: Path) -> list[dict[str, Any]]:
    """Return one dict per run, the newest first; a run that cannot be read is left out."""
    runs = [entry for directory in store.saved(reports) if (entry := _entry(directory, reports)) is not None]
    return sorted(runs, key=lambda entry: (entry["started_at"] or "", entry["run_id"]), reverse=True)


def trends(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the trend of service time with everything on: one dict for each setup that was run at least twice.

    A setup is a scenario, a profile and its overrides. `points` are from the oldest run to the newest, in seconds; the setup
    that was run last comes first.
    """
    setups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for run in runs:
        if run["service_time"]:
            setups.setdefault((str(run["scenario"]), str(run["profile"]), run["changed"]), []).append(run)
    return [
        {
            "scenario": scenario, "profile": profile, "changed": changed, "metric": "latency_s", "cell": "all_on",
            "points": [{"run_id": run["run_id"], "value": run["service_time"]["after"]} for run in reversed(alike)],
        }
        for (scenario, profile, changed), alike in setups.items()
        if len(alike) > 1
    ]  # fmt: skip


def _entry(directory: Path, reports: Path) -> dict[str, Any] | None:
    meta = read_json(directory / "run.json")
    if not meta or "run_id" not in meta:
        return None
    summary = read_json(directory / "summary.json") if meta.get("status") == "complete" else {}
    parameters, scenario = (mapping(meta.get(name)) for name in ("parameters", "scenario"))
    verdict = _verdict(summary)
    place = directory.relative_to(reports).as_posix()
    return {
        "run_id": str(meta["run_id"]),
        "scenario": meta.get("scenario_name"),
        "title": scenario.get("title"),
        "profile": parameters.get("profile"),
        "changed": ", ".join(
            f"{name} = {value}" for name, value in sorted(parameters.items()) if name not in RUN_LENGTH
        ),
        "status": meta.get("status"),
        "started_at": meta.get("started_at"),
        "verdict": summary.get("verdict"),
        "verdict_parts": [] if verdict is None else [verdict.first, *verdict.rest],
        **{name: _figure(summary, metric) for name, metric in FIGURES.items()},
        "directory": place,
        "page": f"{place}/summary.html" if (directory / "summary.html").is_file() else None,
    }


def _verdict(summary: Mapping[str, Any]) -> sentences.Verdict | None:
    """The verdict in parts, made anew from the summary's numbers; None where there is no summary."""
    return sentences.verdict(summary, "complete") if summary else None


def _figure(summary: Mapping[str, Any], metric: str) -> dict[str, Any] | None:
    """The mean over all requests, everything off and everything on."""
    row = lookup.effect(summary, metric=metric)
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
            note("Means per request, from everything off to everything on."),
        ).markup
        if runs
        else element("p", "There is no run yet; make one with ", element("code", "perflab run SCENARIO"), ".")
    )  # fmt: skip
    top = (element("p", "perflab", class_="eyebrow"), element("h1", "All runs"))
    return document("perflab: all runs", *top, _trends(lines) if lines else None, body)


def _trends(lines: Sequence[Mapping[str, Any]]) -> Markup:
    note_ = (
        "Mean service time over all requests with everything on, from the oldest run to the newest. Machines vary from day to "
        "day: perflab compare shows what changed between two runs."
    )
    cards = element("ul", *map(_trend, lines), class_="cards", style=CARDS)
    return section("trends", "Trend from run to run", note(note_), cards).markup


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
    first, *rest = run["verdict_parts"] or [UNFINISHED.get(run["status"], "The run failed.")]
    return [
        element("a" if link else "span", run["run_id"], href=link, class_="whole"),
        join([str(run["scenario"] or units.UNKNOWN), title]),
        join([str(run["profile"] or units.UNKNOWN), changed]),
        *(_change(run[name]) for name in FIGURES),
        join([first, below(" ".join(rest)) if rest else None]),
    ]


def _change(row: Mapping[str, Any] | None) -> str | Markup:
    if row is None:
        return units.UNKNOWN
    change = estimates.change(row)
    return join([parts.levels(row), *(below(text, whole=True) for text in (change.value, change.interval) if text)])
