"""The list of all runs: reports/index.html and reports/index.json, newest first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from perflab import store
from perflab.report import sentences
from perflab.report.document import document
from perflab.report.html import Column, Markup, element, join, table
from perflab.saving import write_json, write_text


def write(reports: Path) -> Path:
    """Write both files anew from the runs that there are; returns the path of index.html."""
    runs = entries(reports)
    write_json(reports / "index.json", {"runs": runs})
    write_text(reports / "index.html", _page(runs))
    return reports / "index.html"


def entries(reports: Path) -> list[dict[str, Any]]:
    """One dict per run, the newest first; a run that cannot be read is left out."""
    found = [_entry(directory, reports) for directory in reversed(store.saved(reports))]
    return [entry for entry in found if entry is not None]


def _entry(directory: Path, reports: Path) -> dict[str, Any] | None:
    meta = _json(directory / "run.json")
    if not meta or "run_id" not in meta:
        return None
    summary = _json(directory / "summary.json") if meta.get("status") == "complete" else {}
    row = sentences.effect(summary, "ALL", "latency_s") if summary else None
    place = directory.relative_to(reports).as_posix()
    return {
        "run_id": meta["run_id"],
        "scenario": meta.get("scenario_name"),
        "title": (meta.get("scenario") or {}).get("title"),
        "profile": (meta.get("parameters") or {}).get("profile"),
        "status": meta.get("status"),
        "started_at": meta.get("started_at"),
        "verdict": summary.get("verdict"),
        "service_time": {k: row[k] for k in ("before", "after", "ratio", "low", "high")} if row else None,
        "directory": place,
        "page": f"{place}/summary.html" if (directory / "summary.html").is_file() else None,
    }


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _page(runs: list[dict[str, Any]]) -> str:
    columns = [
        Column("Run"),
        Column("Scenario"),
        Column("Profile"),
        Column("Service time", True),
        Column("Verdict"),
    ]
    body = (
        table("All runs, newest first", columns, [_row(run) for run in runs])
        if runs
        else element("p", "There is no run yet: ", element("code", "perflab run SCENARIO"), " makes one.")
    )
    return document("perflab: all runs", element("p", "perflab", class_="eyebrow"), element("h1", "All runs"), body)


def _row(run: Mapping[str, Any]) -> list[str | Markup]:
    name = element("a" if run["page"] else "span", str(run["run_id"]), href=run["page"], class_="whole")
    time = run["service_time"]
    shown = Markup("–")
    if time:
        row = {**time, "metric": "latency_s"}
        change, interval = sentences.parts_of_change(row)
        below = f"{change}, {interval}" if interval else change
        shown = join(
            [
                element("span", sentences.levels(row), class_="whole"),
                element("span", below, class_="reason whole"),
            ]
        )
    verdict = run["verdict"] or {"running": "Not finished.", "complete": "No page yet."}.get(
        run["status"], f"The run {'was interrupted' if run['status'] == 'interrupted' else 'failed'}."
    )
    title = element("span", str(run["title"]), class_="reason") if run["title"] else None
    return [name, join([str(run["scenario"]), title]), str(run["profile"] or "–"), shown, verdict]
