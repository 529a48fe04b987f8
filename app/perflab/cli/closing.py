"""What `run` and `report` print last: the verdict, a table of the claims and the page to open."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from perflab.errors import clean
from perflab.notebook import project
from perflab.report import estimates
from perflab.report.text import claims_table
from perflab.run.store import Run
from perflab.run.summary import Summary
from perflab.run.writer import ending

STYLES = {"supported": "green", "refuted": "red", "inconclusive": "yellow"}


def closing(run: Run, summary: Summary, page: Path) -> str:
    """Return the closing text, as wide as the terminal; a pipe gets plain text in which a sentence is one line.

    Args:
        run: The saved run.
        summary: The run's summary.
        page: The page to open, which comes last.
    """
    ended = "" if run.complete else f"The run {ending(run.status)}: {_reason(run)}"
    if not sys.stdout.isatty():
        lines = [
            "",
            summary.verdict or "",
            "",
            *([] if summary.levels else [claims_table(summary), ""]),
            *filter(None, [ended]),
            project.display_path(page),
        ]
        return "\n".join(lines)
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print("", Text(clean(summary.verdict or "")), sep="\n")
        if not summary.levels:  # without factors, no claim can be made
            console.print(_claims(summary, console))
        if ended:
            console.print(ended)
        console.print(project.display_path(page), soft_wrap=True, end="")
    return captured.get()


def _claims(summary: Summary, console: Console) -> Table | Text:
    """Return the table of the claims; where the terminal is too narrow for one, two lines for each claim."""
    if not summary.claims:
        return Text(f"\n{claims_table(summary)}\n")
    table = Table("claim", "before", "after", "estimate (95% interval)", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("verdict", no_wrap=True)
    for claim in summary.claims:
        levels = estimates.claim_levels(claim)
        verdict = Text(claim.verdict, STYLES.get(claim.verdict, "dim"))
        table.add_row(Text(clean(claim.statement)), *map(Text, levels), Text(str(estimates.estimate(claim))), verdict)
    if Measurement.get(console, console.options, table).minimum > console.width:
        return Text(f"\n{claims_table(summary, console.width)}\n")
    return table


def _reason(run: Run) -> str:
    return clean(str(run.meta.get("error") or "the reason is unknown"))
