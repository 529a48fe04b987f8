"""Findings about answers: one for each endpoint, class and smallest set of factors, with the first example.

A finding is a sentence for people and the evidence behind it, as design's summary.json has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.responses.answers import CLASSES
from perflab.analysis.stats.values import plain
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, TWIN
from perflab.run.tables import rows_where
from perflab.units import listed

SEVERITY = {"unstable": "warning", "reordered": "warning"}
STEPS = 20

# What an endpoint gave, by class.
WORDS = {
    "leaked": "the answer that another caller got",
    "stale": "the answer from before a write",
    "status": "another status",
    "rows": "other rows",
    "reordered": "the same rows in another order",
    "content": "other content",
    "unstable": "different answers to two identical cells",
}


def of_answers(
    answers: pd.DataFrame, factors: Sequence[str], trace: pd.DataFrame, differences: pd.DataFrame
) -> list[dict[str, Any]]:
    """Every finding about answers that are not the baseline's, those that do most harm first.

    `answers` as `answers.changed` has them, `differences` as the run kept them. `factors` of a finding are the smallest set that
    brings it about: every cell with fewer of them answers as the baseline. None where answers change by themselves, whatever is
    on. `count` are the Steps so answered with just these on, `steps` the first of them.
    """
    rows = []
    for (endpoint, kind), group in answers.groupby(["endpoint", "class"], sort=True):
        cells = group["cell"].unique().tolist()
        # Cells but the twins are unstable only where an endpoint is nondeterministic, see `answers.changed`.
        by_itself = kind == "unstable" and not {OPTIMISED, TWIN}.issuperset(cells)
        for cell, on in [(OPTIMISED, [])] if by_itself else smallest(cells, factors):
            rows.append(_finding(str(endpoint), str(kind), on, group[group["cell"] == cell], trace, differences))
    rows.sort(key=lambda row: (CLASSES.index(row["class"]), -row["count"]))
    found: list[dict[str, Any]] = plain(rows)
    return found


def of_tables(tables: pd.DataFrame, factors: Sequence[str]) -> list[dict[str, Any]]:
    """Every finding about what writes left in the database: `table` says in which, `count` in how many rounds."""
    rows = []
    differ = tables[(tables["differing"].fillna(0) > 0).to_numpy(bool) & (tables["cell"] != CANARY).to_numpy(bool)]
    for name, group in differ.groupby("table", sort=True):
        for cell, on in smallest(group["cell"].unique().tolist(), factors):
            of_cell = group[group["cell"] == cell].sort_values("round")
            first = of_cell.iloc[0]
            kind = "rows" if first["kind"] == "rows" else "content"
            rounds = "a round" if len(of_cell) == 1 else f"{len(of_cell):,} rounds"
            rows.append(
                {
                    "class": kind,
                    "severity": "error",
                    "sentence": f"The table {name} had {WORDS[kind]} after {rounds}, with {listed(on)} on.",
                    "endpoint": None,
                    "method": None,
                    "table": name,
                    "factors": on,
                    "count": len(of_cell),
                    "steps": [],
                    "example": {
                        "round": int(first["round"]),
                        "cell": cell,
                        "pointer": first["pointer"],
                        "expected": _value(first["expected"]),
                        "got": _value(first["got"]),
                    },
                }
            )
    found: list[dict[str, Any]] = plain(rows)
    return found


def factors_of(cell: str, factors: Sequence[str]) -> frozenset[str]:
    """The factors that are on in a cell, by its name."""
    if cell in (OPTIMISED, TWIN):
        return frozenset(factors)
    return frozenset() if cell == BASELINE else frozenset(cell.split("+"))


def smallest(cells: Sequence[str], factors: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Of these cells those of which no other has a part of the factors only; the twin where all_on is not among them."""
    on = {str(cell): factors_of(str(cell), factors) for cell in cells if cell != TWIN or OPTIMISED not in cells}
    for cell, mine in on.items():
        if not any(others < mine for others in on.values()):
            yield cell, [factor for factor in factors if factor in mine]


def _finding(
    endpoint: str,
    kind: str,
    factors: list[str],
    answers: pd.DataFrame,
    trace: pd.DataFrame,
    differences: pd.DataFrame,
) -> dict[str, Any]:
    ordered = answers.sort_values(["round", "step"])
    first = ordered.iloc[0]
    count = len(ordered)
    times = "once" if count == 1 else f"{count:,} times"
    cause = f"with {listed(factors)} on" if factors else "whatever was on: they change by themselves"
    return {
        "class": kind,
        "severity": SEVERITY.get(kind, "error"),
        "sentence": f"{endpoint} gave {WORDS[kind]}, {times}, {cause}.",
        "endpoint": endpoint,
        "method": first["method"],
        "factors": factors,
        "count": count,
        "steps": [{"round": int(r), "step": int(s)} for r, s in ordered[["round", "step"]].head(STEPS).to_numpy()],
        "example": _example(ordered, trace, differences),
    }


def _example(answers: pd.DataFrame, trace: pd.DataFrame, differences: pd.DataFrame) -> dict[str, Any]:
    """The first of these answers whose difference was kept, else the first: where it differs, and the request to repeat it."""
    kept = answers.merge(differences, on=["round", "step", "cell"], how="inner", suffixes=("", "_kept"))
    one = (kept if len(kept) else answers).iloc[0]
    row = _step(trace, one["round"], one["step"])
    example: dict[str, Any] = {
        "round": int(one["round"]),
        "step": int(one["step"]),
        "cell": one["cell"],
        "pointer": one.get("pointer"),
        "expected": _value(one.get("expected")),
        "got": _value(one.get("got")),
        "request": _request(row),
        "write": None,
        "right_for": None,
    }
    if row is not None and pd.notna(row["affected_by"]):
        example["write"] = _request(_step(trace, one["round"], row["affected_by"]))
    if one["like_step"] >= 0:
        example["right_for"] = _request(_step(trace, one["round"], one["like_step"]))
    return example


def _step(trace: pd.DataFrame, number: Any, step: Any) -> pd.Series[Any] | None:
    rows = rows_where(trace, round=number, step=step)
    return rows.iloc[0] if len(rows) else None


def _request(row: pd.Series[Any] | None) -> dict[str, Any] | None:
    """A Step as somebody would repeat it."""
    if row is None:
        return None
    keys = ("step", "method", "path", "body", "user")
    return {key: None if pd.isna(row[key]) else row[key] for key in keys}


def _value(text: Any) -> Any:
    """What was kept as JSON; the text itself where it was cut."""
    if not isinstance(text, str):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
