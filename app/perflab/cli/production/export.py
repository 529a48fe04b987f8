"""`perflab export`: a run's results for monitoring, as OpenMetrics or OTLP, and the dashboard that shows them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from perflab import __version__
from perflab.errors import InputError, did_you_mean
from perflab.notebook import project
from perflab.report import build
from perflab.report.export.openmetrics import openmetrics
from perflab.report.export.otlp import otlp
from perflab.report.export.series import exported
from perflab.run import store
from perflab.run.summary import Summary


def export(which: str, form: str, contrasts: Sequence[str] = ()) -> str:
    """Return a run's results in a format. Costs seconds: the run's summary is computed anew.

    Args:
        which: The run: a directory, a run_id or `latest`.
        form: `openmetrics` or `otlp`.
        contrasts: The contrasts to export; none stands for the run's headline.

    Raises:
        InputError: There is no such run or contrast.
    """
    run = store.load(which, project.reports(project.root()))
    summary = build(run)
    check_contrasts(summary, contrasts)
    content = exported(run, summary, contrasts)
    if form == "otlp":
        return json.dumps(otlp(content, __version__), ensure_ascii=False, allow_nan=False) + "\n"
    return openmetrics(content)


def check_contrasts(summary: Summary, contrasts: Sequence[str]) -> None:
    """Raise where a run has no contrast of this name.

    Args:
        summary: The run's summary.
        contrasts: The names.

    Raises:
        InputError: There is none.
    """
    names = list(dict.fromkeys(effect.contrast for effect in summary.effects))
    for name in contrasts:
        if name not in names:
            hint = did_you_mean(name, names) or "a run without factors compares nothing"
            raise InputError(f"the run {summary.run_id} has no contrast {name!r}", hint=hint)


def dashboard() -> str:
    """Return the dashboard for Grafana, as JSON."""
    return resources.files("perflab.report.export").joinpath("grafana.json").read_text(encoding="utf-8")


def deliver(text: str, output: Path | None) -> str:
    """Return what to print: the text, or where it was written.

    Args:
        text: The text.
        output: The file that gets it; None prints it.

    Raises:
        StoreError: The file cannot be written.
    """
    from perflab.run.writer import write_text

    if output is None:
        return text.removesuffix("\n")
    write_text(output, text)
    return project.display_path(output)
