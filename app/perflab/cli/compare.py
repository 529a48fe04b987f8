"""`perflab gate` and `perflab compare`: judge saved runs against each other, measuring nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from perflab.analysis.gate import gate as gating
from perflab.analysis.gate.check import Verdict
from perflab.errors import InputError, clean
from perflab.notebook import project
from perflab.report.comparison import page
from perflab.report.comparison import text as comparison_text
from perflab.report.comparison.comparison import Comparison
from perflab.report.comparison.junit import junit
from perflab.run import store, writer
from perflab.run.store import Run


@dataclass(frozen=True)
class Judgement:
    """The gate's result: what to print, and the overall verdict."""

    text: str
    outcome: Verdict


def gate(
    which: str, baseline: str | None, *, pass_inconclusive: bool = False, allow_loosened: bool = False
) -> Judgement:
    """Judge a run by its gate checks, and write junit.xml into its directory.

    Args:
        which: The run: a directory, a run_id or `latest`.
        baseline: The run to compare against, if any.
        pass_inconclusive: Whether the text calls an inconclusive gate passed.
        allow_loosened: Whether the scenario may ask less than the baseline's.

    Raises:
        InputError: The runs cannot be compared.
        StoreError: Nothing was measured.
    """
    run = _load(which)
    before = _load(baseline) if baseline is not None else None
    if before is not None and before.directory.resolve() == run.directory.resolve():
        raise InputError(f"the run {run.run_id} would be its own baseline", hint="name an earlier run")
    checks = gating.gate(run, before, allow_loosened=allow_loosened)
    notes = gating.notes(run, before)
    target = run.directory / "junit.xml"
    writer.write_text(target, junit(checks, run.scenario_name, notes))
    with_baseline = before is not None
    against = f" against {before.run_id}" if before is not None else ""
    lines = [
        f"{run.scenario_name} {run.run_id}{against}", *map(clean, notes), "",
        *comparison_text.lines(checks, with_baseline=with_baseline), "",
        comparison_text.closing(checks, pass_inconclusive=pass_inconclusive, with_baseline=with_baseline),
        project.display_path(target),
    ]  # fmt: skip
    return Judgement("\n".join(lines), gating.outcome(checks))


def compare(first: str, second: str) -> str:
    """Compare two runs, write the page, and return its text, which ends with the page's path.

    Args:
        first: Run A: a directory, a run_id or `latest`.
        second: Run B.

    Raises:
        InputError: The runs cannot be compared.
    """
    a, b = _load(first), _load(second)
    comparison = Comparison.of(a, b)
    name = f"compare-{_plain(a.run_id)}-{_plain(b.run_id)}.html"
    target = project.reports(project.root()) / _plain(a.scenario_name) / name
    writer.write_text(target, page.page(comparison))
    return f"{comparison_text.text(comparison)}\n\n{project.display_path(target)}"


def _load(which: str) -> Run:
    return store.load(which, project.reports(project.root()))


def _plain(name: str) -> str:
    """Return a name that is safe as a file's name: a run may come from elsewhere."""
    return re.sub(r"[^\w.-]", "_", name).lstrip(".") or "run"
