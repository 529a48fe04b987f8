"""The list of all runs: reports/index.html and reports/index.json, newest first, and the trend of service time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from perflab import units
from perflab.analysis.stats.values import mapping
from perflab.report import estimates, lookup, parts, sentences
from perflab.report.document import document
from perflab.report.html import Column, Markup, below, element, join, note, section, table
from perflab.report.runs import nights
from perflab.report.runs.sparkline import sparkline
from perflab.run import store
from perflab.run.cells import OPTIMISED
from perflab.run.records import Effect
from perflab.run.summary import Summary
from perflab.run.writer import read_json, write_json, write_text

# What index.json says of an effect over all requests.
FIELDS = ("metric", "before", "after", "ratio", "difference", "low", "high")
# Parameters that change how much is measured, not what a request costs: runs that differ only in these share a line.
RUN_LENGTH = ("profile", "seed", "rounds", "replay_s", "ledger_s", "index_study_s", "block", "warm_s", "warmup_blocks")
CARDS = "grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 20rem))"
UNFINISHED = {
    "running": "Not finished.", "complete": "No page yet.", "interrupted": "The run was interrupted.",
}  # fmt: skip


@dataclass(frozen=True)
class RunEntry:
    """One run of the list.

    Attributes:
        run_id: The run's name.
        scenario: The scenario's name.
        title: The scenario's title.
        profile: The profile's name.
        changed: The parameters that change what a request costs, in words.
        status: The run's status.
        started_at: When it began.
        verdict: Its verdict, as it was written.
        verdict_parts: Its verdict in sentences, made anew from the summary's numbers.
        service_time: The effect on mean service time over all requests; None where it is unknown.
        queries: The effect on queries per request.
        levels: Mean service time in seconds and queries per request of a run without factors; empty of any other.
        directory: Its folder, from that of all runs.
        page: Its page, from the same folder; None where there is none.
    """

    run_id: str
    scenario: str | None
    title: str | None
    profile: str | None
    changed: str
    status: str | None
    started_at: str | None
    verdict: str | None
    verdict_parts: tuple[str, ...]
    service_time: Effect | None
    queries: Effect | None
    directory: str
    page: str | None
    levels: tuple[float, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the run as index.json lists it."""
        effects = {"service_time": _figures(self.service_time), "queries": _figures(self.queries)}
        return {**{name: getattr(self, name) for name in self.__dataclass_fields__}, **effects}


@dataclass(frozen=True)
class Point:
    """One run's value in a trend."""

    run_id: str
    value: float


@dataclass(frozen=True)
class Trend:
    """Mean service time with everything on, in seconds, from the oldest run of a setup to the newest."""

    scenario: str
    profile: str
    changed: str
    metric: str
    cell: str
    points: tuple[Point, ...]


def write(reports: Path) -> Path:
    """Write both files from the runs that exist, and return the path of index.html."""
    runs = entries(reports)
    lines = trends(runs)
    listed = {"runs": [run.as_dict() for run in runs], "trends": [asdict(line) for line in lines]}
    write_json(reports / "index.json", listed)
    write_text(reports / "index.html", _page(runs, lines, nights.build(reports, CARDS)))
    return reports / "index.html"


def entries(reports: Path) -> list[RunEntry]:
    """Return the runs, the newest first; a run that cannot be read is left out."""
    runs = [entry for directory in store.saved(reports) if (entry := _entry(directory, reports)) is not None]
    return sorted(runs, key=lambda entry: (entry.started_at or "", entry.run_id), reverse=True)


def trends(runs: Sequence[RunEntry]) -> list[Trend]:
    """Return the trend of each setup that was run at least twice; the setup that was run last comes first.

    A setup is a scenario, a profile and its overrides.
    """
    setups: dict[tuple[str, str, str], list[Point]] = {}
    for run in runs:
        after = next(iter(run.levels), None) if run.service_time is None else run.service_time.after
        if after is not None:
            points = setups.setdefault((str(run.scenario), str(run.profile), run.changed), [])
            points.append(Point(run.run_id, after))
    return [
        Trend(*setup, lookup.SERVICE_TIME, OPTIMISED, tuple(reversed(points)))
        for setup, points in setups.items()
        if len(points) > 1
    ]


def _entry(directory: Path, reports: Path) -> RunEntry | None:
    meta = read_json(directory / "run.json")
    if not meta or "run_id" not in meta:
        return None
    written = read_json(directory / "summary.json") if meta.get("status") == "complete" else {}
    summary = _summary(written) if written else None
    parameters, scenario = (mapping(meta.get(name)) for name in ("parameters", "scenario"))
    verdict = None if summary is None else sentences.verdict(summary, "complete")
    place = directory.relative_to(reports).as_posix()
    overrides = sorted((name, value) for name, value in parameters.items() if name not in RUN_LENGTH)
    service_time, queries = (
        None if summary is None else lookup.effect(summary, metric=metric)
        for metric in (lookup.SERVICE_TIME, "query_count")
    )
    return RunEntry(
        run_id=str(meta["run_id"]),
        scenario=meta.get("scenario_name"),
        title=scenario.get("title"),
        profile=parameters.get("profile"),
        changed=", ".join(f"{name} = {value}" for name, value in overrides),
        status=meta.get("status"),
        started_at=meta.get("started_at"),
        verdict=written.get("verdict"),
        verdict_parts=() if verdict is None else (verdict.first, *verdict.rest),
        service_time=service_time,
        queries=queries,
        directory=place,
        page=f"{place}/summary.html" if (directory / "summary.html").is_file() else None,
        levels=() if summary is None else _levels(summary),
    )


def _levels(summary: Summary) -> tuple[float, ...]:
    rows = [lookup.level(summary, metric=metric) for metric in (lookup.SERVICE_TIME, "query_count")]
    return tuple(float(row["estimate"]) for row in rows if row is not None and row["estimate"] is not None)


def _summary(written: Mapping[str, Any]) -> Summary | None:
    """The summary of a run; None where it cannot be read, of a later version or damaged: the list shows all other runs."""
    try:
        return Summary.of(written)
    except (KeyError, TypeError):
        return None


def _figures(effect: Effect | None) -> dict[str, Any] | None:
    """What index.json says of an effect."""
    return None if effect is None else {name: getattr(effect, name) for name in FIELDS}


def _page(runs: Sequence[RunEntry], lines: Sequence[Trend], of_nights: Markup | None = None) -> str:
    columns = [
        Column("Run"), Column("Scenario"), Column("Profile"), Column("Service time", True), Column("Queries", True),
        Column("Verdict"),
    ]  # fmt: skip
    body = (
        section(
            "runs", "Newest first", table("Every run, with its verdict", columns, [_row(run) for run in runs], stacked=True),
            note("Means per request, from everything off to everything on; of a run without factors, as they are."),
        ).markup
        if runs
        else element("p", "There are no runs yet; start one with ", element("code", "perflab run SCENARIO"), ".")
    )  # fmt: skip
    top = (element("p", "perflab", class_="eyebrow"), element("h1", "All runs"))
    return document("perflab: all runs", *top, of_nights, _trends(lines) if lines else None, body)


def _trends(lines: Sequence[Trend]) -> Markup:
    note_ = (
        "Mean service time over all requests with everything on, from the oldest run to the newest. Machines vary from day to "
        "day: perflab compare shows what changed between two runs."
    )
    cards = element("ul", *map(_trend, lines), class_="cards", style=CARDS)
    return section("trends", "Trend from run to run", note(note_), cards).markup


def _trend(line: Trend) -> Markup:
    values = [point.value for point in line.points]
    first, last, low, high = map(units.seconds, (values[0], values[-1], min(values), max(values)))
    name = f"{line.scenario}, profile {line.profile}"
    alt = f"{name}: in {len(values)} runs from {first} to {last}, the lowest {low}, the highest {high}"
    return element(
        "li",
        element("span", name, class_="name"),
        below(line.changed) if line.changed else None,
        sparkline(values, alt),
        element("span", element("span", first, class_="was"), " → ", element("strong", last), class_="levels"),
        below(f"{len(values)} runs, {low} to {high}"),
    )


def _row(run: RunEntry) -> list[str | Markup]:
    link = quote(run.page) if run.page else None
    title, changed = (below(str(text)) if text else None for text in (run.title, run.changed))
    first, *rest = run.verdict_parts or [str(run.verdict or UNFINISHED.get(str(run.status), "The run failed."))]
    return [
        element("a" if link else "span", run.run_id, href=link, class_="whole"),
        join([str(run.scenario or units.UNKNOWN), title]),
        join([str(run.profile or units.UNKNOWN), changed]),
        *(_alone(run.levels) if run.levels else map(_change, (run.service_time, run.queries))),
        join([first, below(" ".join(rest)) if rest else None]),
    ]


def _alone(levels: Sequence[float]) -> list[str | Markup]:
    """What requests take in a run that compares nothing: both numbers are known where the first is."""
    return [parts.whole(units.seconds(levels[0])), units.count(levels[1]) if len(levels) > 1 else units.UNKNOWN]


def _change(effect: Effect | None) -> str | Markup:
    if effect is None:
        return units.UNKNOWN
    change = estimates.change(effect)
    return join([parts.levels(effect), *(below(text, whole=True) for text in (change.value, change.interval) if text)])
