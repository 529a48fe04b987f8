"""The report of a run: summary.json, summary.md and the page, from what was saved; nothing is measured here.

build       run -> summary                     write       run -> summary.json, summary.md, missing figures
page        run -> the page's sections         write_page  executed notebook -> summary.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from perflab.report import charts, sentences, text
from perflab.report.facts import told
from perflab.report.page import Page, html
from perflab.run.store import Run
from perflab.run.writer import write_json, write_text

__all__ = ["Page", "build", "charts", "html", "page", "write", "write_page"]


def build(run: Run) -> dict[str, Any]:
    """The whole of summary.json: the analysis, the verdict as a sentence, and of the environment what may be told."""
    from perflab import analysis  # scipy, 1 s; writing the page does without

    summary = analysis.summarise(run)
    summary["verdict"] = sentences.verdict(summary, run.status)
    summary["environment"] = told(run.environment)
    return summary


def write(run: Run) -> dict[str, Any]:
    """Write summary.json and summary.md into the run's directory; returns the summary."""
    summary = build(run)
    write_json(run.directory / "summary.json", summary)
    write_text(run.directory / "summary.md", text.markdown(summary, run))
    return summary


def page(run: Run) -> Page:
    """The page's sections for a notebook, after writing summary.json and summary.md. Figures that are missing are drawn."""
    return Page(run, write(run))


def write_page(run: Run, notebook: Path) -> Path:
    """Write summary.html from an executed notebook; returns its path."""
    target = run.directory / "summary.html"
    write_text(target, html(notebook, title=str(run.scenario.get("title") or run.scenario_name)))
    return target
