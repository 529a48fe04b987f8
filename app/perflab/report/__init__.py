"""The report of a run: summary.json, summary.md and the page, from what was saved; nothing is measured here.

build       run -> summary                     write       run -> summary.json, summary.md
page        run -> the page, part by part      write_page  executed notebook -> summary.html
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from perflab.report import charts, sentences, text
from perflab.report.document import from_notebook
from perflab.report.facts import published
from perflab.report.page import Page
from perflab.run.store import Run
from perflab.run.summary import Summary
from perflab.run.writer import write_json, write_text

__all__ = ["Page", "build", "charts", "page", "write", "write_page"]


def build(run: Run) -> Summary:
    """Return the summary of a run: the analysis, the verdict as text, and what may be published of the environment."""
    from perflab.analysis.summary import summarise  # scipy, 1 s; writing the page does without

    summary = summarise(run)
    verdict = str(sentences.verdict(summary, run.status))
    return replace(summary, verdict=verdict, environment=published(run.environment))


def write(run: Run) -> Summary:
    """Write summary.json and summary.md into the run's directory, and return the summary."""
    summary = build(run)
    write_json(run.directory / "summary.json", summary.as_dict())
    write_text(run.directory / "summary.md", text.markdown(summary, run))
    return summary


def page(run: Run) -> Page:
    """Write summary.json and summary.md, and return the page for a notebook."""
    return Page(run, write(run))


def write_page(run: Run, notebook: Path) -> Path:
    """Write summary.html from an executed notebook, and return its path.

    Args:
        run: The run that the page is about.
        notebook: The executed notebook.
    """
    target = run.directory / "summary.html"
    write_text(target, from_notebook(notebook, title=str(run.scenario.get("title") or run.scenario_name)))
    return target
