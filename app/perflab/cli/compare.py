"""What holds saved runs against each other, measuring nothing: the gate, and two runs side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass

from perflab.analysis.gate import gate as gating
from perflab.analysis.gate.check import Verdict
from perflab.errors import InputError
from perflab.notebook import project
from perflab.report.comparison import page
from perflab.report.comparison import text as comparison_text
from perflab.report.comparison.comparison import Comparison
from perflab.report.comparison.junit import junit
from perflab.report.text import clean
from perflab.run import store, writer
from perflab.run.store import REPORTS, Run


@dataclass(frozen=True)
class Judgement:
    """How the gate ended: what to print, and what all budgets come to."""

    text: str
    outcome: Verdict


def gate(which: str, baseline: str | None, *, pass_inconclusive: bool = False) -> Judgement:
    """Judge a run by its budgets, and write junit.xml into its directory.

    Raises InputError for runs that cannot be compared, and StoreError where nothing was measured.
    """
    run = _load(which)
    before = _load(baseline) if baseline is not None else None
    if before is not None and before.directory.resolve() == run.directory.resolve():
        raise InputError(f"the run {run.run_id} would be its own baseline", hint="give an earlier run")
    budgets = gating.gate(run, before)
    notes = gating.notes(run, before)
    target = run.directory / "junit.xml"
    writer.write_text(target, junit(budgets, run.scenario_name, notes))
    against = f" against {before.run_id}" if before is not None else ""
    lines = [
        f"{run.scenario_name} {run.run_id}{against}", *map(clean, notes), "", *comparison_text.lines(budgets), "",
        comparison_text.closing(budgets, pass_inconclusive=pass_inconclusive), project.shown(target),
    ]  # fmt: skip
    return Judgement("\n".join(lines), gating.outcome(budgets))


def compare(first: str, second: str) -> str:
    """Put two runs side by side and write the page; returns the text of it, which ends with the page's path."""
    a, b = _load(first), _load(second)
    found = Comparison.of(a, b)
    name = f"compare-{_plain(a.run_id)}-{_plain(b.run_id)}.html"
    target = project.root() / REPORTS / _plain(a.scenario_name) / name
    writer.write_text(target, page.page(found))
    return f"{comparison_text.text(found)}\n\n{project.shown(target)}"


def _load(which: str) -> Run:
    return store.load(which, project.root() / REPORTS)


def _plain(name: str) -> str:
    """A name that stays one file's name: a run may come from elsewhere."""
    return re.sub(r"[^\w.-]", "_", name).lstrip(".") or "run"
