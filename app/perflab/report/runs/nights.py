"""What the history of a project says on the list of runs: for each scenario the gain of everything on, night by night."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perflab import units
from perflab.analysis.history.changes import ChangePoint, change_points
from perflab.report import estimates
from perflab.report.html import Markup, below, element, note, section
from perflab.report.runs.sparkline import sparkline
from perflab.run.cells import ALL, WHOLE
from perflab.run.history import dataset

if TYPE_CHECKING:
    import pandas as pd

NOTE = (
    "Mean service time with everything on, relative to everything off, or of a revision relative to an older one, in each run of "
    "reports/history. Both are of the same machine and hour, so that machines may change. perflab history show has the other "
    "figures."
)


def build(reports: Path, cards_style: str) -> Markup | None:
    """Return the section; None where there is no history with at least two nights of a scenario. 200 nights take 2 s.

    Args:
        reports: The folder of all runs.
        cards_style: The style of a list of cards.
    """
    if not (reports / dataset.FOLDER).is_dir():
        return None
    rows, _ = dataset.read(reports)
    wanted = {"endpoint": ALL, "metric": "latency_s", "statistic": "mean", "contrast": WHOLE}
    for name, value in wanted.items():
        rows = rows[(rows[name] == value).to_numpy(bool, na_value=False)]
    rows = rows[(rows["ratio"] > 0).to_numpy(bool, na_value=False)]
    cards = [_card(nights) for nights in _series(rows)]
    if not cards:
        return None
    return section(
        "nights", "Night by night", note(NOTE), element("ul", *cards, class_="cards", style=cards_style)
    ).markup


def _series(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for _, nights in rows.groupby(["scenario", "profile", "factors"], dropna=False, sort=True):
        if len(nights) > 1:
            yield nights.reset_index(drop=True)


def series_name(nights: pd.DataFrame) -> str:
    """Return `marketplace, profile nightly (caching, indexes)`, or `marketplace, profile smoke (two revisions)`.

    Args:
        nights: The rows of one series.
    """
    first = nights.iloc[0]
    name = f"{first['scenario']}, profile {first['profile']}"
    if isinstance(first["base"], str):
        return f"{name} (two revisions)"
    return f"{name} ({first['factors'].replace('+', ', ')})" if isinstance(first["factors"], str) else name


def _card(nights: pd.DataFrame) -> Markup:
    name = series_name(nights)
    ratios = [float(ratio) for ratio in nights["ratio"]]
    first, last = (estimates.relative(ratio).value for ratio in (ratios[0], ratios[-1]))
    alt = f"{name}: in {len(ratios)} nights from {first} to {last}"
    return element(
        "li",
        element("span", name, class_="name"),
        sparkline(ratios, alt),
        element("span", element("span", first, class_="was"), " → ", element("strong", last), class_="levels"),
        below(f"{len(ratios)} nights"),
        *(below(since(nights.iloc[change.night].to_dict(), change)) for change in points(nights)),
    )


def points(nights: pd.DataFrame) -> list[ChangePoint]:
    """Return the change points of a series.

    Args:
        nights: Its rows of the history, all with a ratio above 0, the oldest first.
    """
    machines, bases = (
        [each if isinstance(each, str) else None for each in nights[name]] for name in ("machine", "base")
    )
    return change_points([math.log(ratio) for ratio in nights["ratio"]], machines, bases)


def since(night: Mapping[Any, Any], change: ChangePoint) -> str:
    """Return a change in words: `since 3f2a9c1 (2026-11-12): 12% more (8 to 16%) than before, seen in 3 nights.`.

    Args:
        night: The row of the first night of it.
        change: The change.
    """
    day = str(night["started_at"] or night["run_id"])[:10]
    text = estimates.relative(change.ratio, change.low, change.high)
    seen = units.counted(change.until - change.night, "night")
    why = "; the machine is another one since then, and may be the reason" if change.other_machine else ""
    return f"since {commit(night['revision'])} ({day}): {text} than before, seen in {seen}{why}."


def commit(revision: object) -> str:
    """Return a revision as a person reads it."""
    return str(revision)[:12] if isinstance(revision, str) and revision else units.UNKNOWN
