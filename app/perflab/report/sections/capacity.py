"""Capacity: how many users the cells serve, what gives out first, and what the load test rests on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from perflab import units
from perflab.report.html import Column, Markup, Section, bullets, note, paragraph, section, table
from perflab.run.cells import BASELINE, CANARY, CONTROLS, OPTIMISED, TWIN
from perflab.run.phases import LOAD
from perflab.run.store import Run
from perflab.run.summary import Summary

ID = "capacity"
HEADING = "Capacity"
ENDED_EARLY = "The load test ended early; run.json has the reason."
NAMES = {BASELINE: "everything off", OPTIMISED: "everything on", TWIN: "A/A control", CANARY: "positive control"}
# Below, requests wait too long before a resource is used up; and from where on the second one is named.
FULL, WORTH_NAMING = 0.9, 0.3
# From here on both estimates of a capacity are said to part.
PARTED = 1.25
COLUMNS = [
    Column("Cell"), Column("Server"), Column("Requests a second", True), Column("Users at once", True),
    Column("CPU per request", True), Column("Cores ÷ CPU", True), Column("In the queue alone", True),
    Column("From the windows alone", True),
]  # fmt: skip


def build(summary: Summary, run: Run) -> Section | None:
    """Return how many users the cells serve; None where there was no load test."""
    cells = [row for row in summary.capacity if "cell" in row]
    if not cells:
        return section(ID, HEADING, paragraph(ENDED_EARLY)) if LOAD in run.failed_stages else None
    pairs = {row["contrast"]: row for row in summary.capacity if "contrast" in row}
    if not run.factors:
        cells = [{**row, "name": "the project as it is"} for row in cells]
    return section(
        ID,
        HEADING,
        paragraph(_verdict(cells, pairs)),
        bullets(_remarks(cells, pairs)),
        table("Capacity of each cell", COLUMNS, [_row(row) for row in cells]),
        note(_method(cells[0], sum(row["windows"] for row in cells))),
    )


def _verdict(cells: list[Any], pairs: dict[str, Any]) -> str:
    """What both ends serve, and the ratio."""
    rows = {row["cell"]: row for row in cells}
    objective = cells[0]["objective"]
    start = (
        f"If {objective['percentile']:g}% of the requests are to be answered within {units.seconds(objective['within_s'])} and "
        f"at most {units.percent(objective['errors'])} may fail, "
    )
    before, after, pair = rows.get(BASELINE), rows.get(OPTIMISED), pairs.get(f"{OPTIMISED} / {BASELINE}")
    if before is None or after is None or pair is None:
        return start + "; ".join(f"{_name(row)} serves {_rate(row)}" for row in cells) + "."
    ratio = pair["ratio"]
    return (
        f"{start}the system serves {_rate(after)} with everything on instead of {_rate(before)} with everything off: "
        f"{units.times(ratio['estimate'])}{_between(ratio)}."
    )


def _rate(row: Any) -> str:
    rate = row["rate_per_s"]
    return (
        "an unknown number of requests a second" if rate["estimate"] is None else f"{_number(rate)} requests a second"
    )


def _number(estimate: Any) -> str:
    """An estimate with its interval; a dash where there is none."""
    if estimate is None or estimate["estimate"] is None:
        return units.UNKNOWN
    return f"{units.significant(estimate['estimate'])}{_between(estimate)}"


def _between(estimate: Any) -> str:
    low, high = estimate["low"], estimate["high"]
    return "" if low is None else f" ({units.significant(low)} to {units.significant(high)})"


def _name(row: Any) -> str:
    return str(row.get("name") or NAMES.get(str(row["cell"]), str(row["cell"])))


def _remarks(cells: list[Any], pairs: dict[str, Any]) -> Iterator[str]:
    for row in cells:
        yield _bottleneck(row)
    for row in cells:
        if row["reason"]:
            yield f"With {_name(row)}: {row['reason']}"
        windows = row["windows_per_s"]
        if windows and windows["low"] and not _agree(row["rate_per_s"], windows):
            yield (
                f"With {_name(row)}, the queue of the requests' own demands and the windows alone part: "
                f"{units.significant(row['rate_per_s']['estimate'])} and {units.significant(windows['estimate'])} requests a "
                "second. Something other than computing, such as a lock or a pool, limits the system."
            )
        if row["lagged"]:
            yield (
                f"The load generator lagged in {units.counted(row['lagged'], 'window')} with {_name(row)}, which "
                f"{'is' if row['lagged'] == 1 else 'are'} left out."
            )
        if row["overload"]:
            yield _overload(row)
    for contrast, pair in pairs.items():
        candidate, _, baseline = contrast.partition(" / ")
        if candidate == OPTIMISED:
            continue
        ratio = pair["ratio"]
        prefix = "Control: the" if candidate in CONTROLS else "The"
        yield (
            f"{prefix} capacity of {NAMES.get(candidate, candidate)} is {units.significant(ratio['estimate'])}{_between(ratio)} "
            f"times that with {NAMES.get(baseline, baseline)}."
        )


def _agree(first: Any, second: Any) -> bool:
    ratio = first["estimate"] / second["estimate"]
    overlap = first["low"] <= second["high"] and second["low"] <= first["high"]
    return bool(overlap or 1 / PARTED <= ratio <= PARTED)


def _bottleneck(row: Any) -> str:
    first, *others = row["resources"]
    text = f"With {_name(row)}, {first['name']} gives out first: {units.percent(min(first['use'], 1.0), 0)} in use at capacity"
    if first["use"] < FULL:
        text += ", and beyond that requests wait too long"
    if others and others[0]["use"] >= WORTH_NAMING:
        text += f"; then {others[0]['name']} ({units.percent(others[0]['use'], 0)})"
    return f"{text}."


def _overload(row: Any) -> str:
    overload = row["overload"]
    return (
        f"At {units.significant(overload['rate_per_s'])} requests a second, beyond the capacity with {_name(row)}, "
        f"{units.percent(overload['late'], 0)} were late and {units.percent(overload['failed'])} failed. The last "
        f"response came {units.seconds(overload['drained_s'])} after the last request; then, at a rate below capacity, "
        f"{units.percent(overload['late_after'], 0)} were late."
    )


def _row(row: Any) -> list[str | Markup]:
    return [
        _name(row),
        _server(row),
        _number(row["rate_per_s"]),
        _number(row["users"]),
        units.seconds(row["demand_s"]),
        *(
            units.UNKNOWN if row[name] is None else units.significant(row[name])
            for name in ("ceiling_per_s", "queue_per_s")
        ),
        _number(row["windows_per_s"]),
    ]


def _server(row: Any) -> str:
    server = row["server"]
    threads = "" if server["threads"] == 1 else f" × {units.counted(server['threads'], 'thread')}"
    return f"{server['server']}, {units.counted(server['workers'], 'worker')}{threads}"


def _method(row: Any, windows: int) -> str:
    cores = row["server"]["cores"]
    return (
        "Each cell has a server of its own; server, database and cache have "
        f"{units.counted(cores, 'core')} together, and the load generator has another one. Requests are sent at their own times, "
        "whatever became of those before (an open loop), and a response's time counts from when its request was to be sent. "
        f"Users: rate × (think time of {units.seconds(row['think_s'])} + response time), Little's law. Capacity is where the "
        f"queue of the requests' own demands, corrected by what {units.counted(windows, 'window')} showed, meets "
        "the objective. “In the queue alone” leaves that correction out."
    )
