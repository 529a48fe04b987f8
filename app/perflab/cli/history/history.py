"""`perflab history`: adds runs to the dataset of all nights, and shows one figure night by night, with its changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from perflab import units
from perflab.analysis.history.changes import LEAST, ChangePoint
from perflab.errors import InputError, clean, did_you_mean
from perflab.notebook import project
from perflab.report import build, estimates
from perflab.report.runs.nights import commit, points, series_name, since
from perflab.report.sentences import all_or
from perflab.run import store
from perflab.run.cells import WHOLE
from perflab.run.history import dataset
from perflab.run.metrics import title_of

if TYPE_CHECKING:
    import pandas as pd

BARS = "▁▂▃▄▅▆▇█"
MOST_NIGHTS = 60


@dataclass(frozen=True)
class Choice:
    """Which series is shown.

    Attributes:
        scenario: The scenario; None is that of the newest run.
        profile: Its profile; None is that of the newest run of the scenario.
        factors: The factors that are switched, joined by +; None is those of the newest run of both.
        metric: The figure.
        statistic: The statistic.
        endpoint: The endpoint, or ALL.
        contrast: The cells that are compared.
    """

    scenario: str | None = None
    profile: str | None = None
    factors: str | None = None
    metric: str = "latency_s"
    statistic: str = "mean"
    endpoint: str = "ALL"
    contrast: str = WHOLE


def add(runs: Sequence[str]) -> str:
    """Add saved runs to the history, and return what to print.

    Args:
        runs: Directories, run_ids or `latest`.

    Raises:
        InputError: There is no such run, or none is complete.
        StoreError: A file cannot be read or written.
    """
    reports = project.reports(project.root())
    lines, has_place = [], False
    for name in runs:
        run = store.load(name, reports)
        if run.complete:
            has_place = True
            state = "added" if dataset.add(run, build(run), reports) else "is there already"
        else:
            state = f"is {run.status}, and left out"
        lines.append(f"{run.scenario_name} {run.run_id}: {state}")
    if not has_place:
        raise InputError(lines[-1], hint="add a run that is complete")
    return "\n".join(lines)


def show(choice: Choice) -> str:
    """Return one figure night by night, and where it changed.

    Args:
        choice: Which series.

    Raises:
        InputError: There is no history, or no such series in it.
    """
    reports = project.reports(project.root())
    rows, problems = dataset.read(reports)
    if rows.empty:
        hint = "`perflab history add` adds the newest run"
        raise InputError("there is no history yet", where=str(reports / dataset.FOLDER), hint=hint)
    chosen = _chosen(rows, choice)
    nights = chosen[chosen["ratio"] > 0].reset_index(drop=True)
    if nights.empty:
        raise InputError("no night has this figure", hint="choose another --metric, --endpoint or --contrast")
    logs = [math.log(ratio) for ratio in nights["ratio"]]
    changes = points(nights)
    figure = f"{choice.statistic} {title_of(choice.metric)}, {all_or(choice.endpoint)}, {choice.contrast}"
    heading = f"{series_name(nights)}: {figure}"
    texts = [clean(text) for text in (*_changes(nights, changes), *problems)]
    return "\n".join([clean(heading), "", *_table(nights, changes), "", _line(logs), "", *texts])


def _chosen(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return the rows of one series. Raises InputError where one of its names is not there, with the nearest that is."""
    import pandas as pd

    for name in (field.name for field in fields(Choice)):
        value = getattr(choice, name)
        if value is None:
            value = rows.iloc[-1][name]  # the newest run's
        left = rows[rows[name].isna() if pd.isna(value) else (rows[name] == value).to_numpy(bool, na_value=False)]
        if left.empty:
            there = [str(each) for each in rows[name].dropna().unique()]
            raise InputError(f"the history has no {name} {str(value)!r}", hint=did_you_mean(str(value), there))
        rows = left
    return rows


def _table(nights: pd.DataFrame, changes: Sequence[ChangePoint]) -> list[str]:
    """Return the last nights as lines: date, run, commit, machine, change with interval; a mark where it changed."""
    marked = {change.night: "<- machine" if change.other_machine else "<- change" for change in changes}
    has_bases = nights["base"].notna().any()
    rows = [["night", "run", "commit", *(["against"] if has_bases else []), "machine", "change", ""]]
    for place, night in nights.iterrows():
        low, high = (None if math.isnan(night[end]) else float(night[end]) for end in ("low", "high"))
        text = str(estimates.relative(float(night["ratio"]), low, high))
        rows.append(
            [
                str(night["started_at"] or "")[:10], str(night["run_id"]),
                *(commit(night[name]) for name in ("revision", *(["base"] if has_bases else []))),
                str(night["machine"] or units.UNKNOWN), text, marked.get(int(str(place)), ""),
            ]
        )  # fmt: skip
    lines = units.aligned([[clean(cell) for cell in row] for row in rows])
    left_out = len(lines) - 1 - MOST_NIGHTS
    return [lines[0], f"... {left_out:,} earlier", *lines[1 + left_out :]] if left_out > 0 else lines


def _line(logs: Sequence[float]) -> str:
    """Return a series as one line of bars, the lowest ratio the lowest bar."""
    low, high = min(logs), max(logs)
    steps = [round((log - low) / (high - low) * (len(BARS) - 1)) if high > low else 0 for log in logs]
    return "".join(BARS[step] for step in steps[-MOST_NIGHTS:])


def _changes(nights: pd.DataFrame, changes: Sequence[ChangePoint]) -> list[str]:
    """Return a sentence for each change, or why there is none."""
    if len(nights) < LEAST + 2:
        return [
            f"A change needs at least {LEAST + 2} nights, and there {'is' if len(nights) == 1 else 'are'} {len(nights)}."
        ]
    if not changes:
        return [f"No change was found in {units.counted(len(nights), 'night')}."]
    return [since(nights.iloc[change.night].to_dict(), change) for change in changes]
