"""Findings about responses: one for each endpoint, class and smallest set of factors, with the first example."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.responses.answers import CLASSES
from perflab.analysis.stats.values import plain
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, TWIN
from perflab.run.records import MAX_STEPS, Finding, Severity
from perflab.run.tables import rows_where
from perflab.units import listed

SEVERITY: dict[str, Severity] = {"unstable": "warning", "reordered": "warning"}

# What an endpoint returned, by class.
WORDS = {
    "cross_user_leak": "another user's response",
    "stale": "a stale response (from before a write)",
    "status": "a different status",
    "rows": "different rows",
    "reordered": "the same rows in a different order",
    "content": "different content",
    "unstable": "different responses in two identical cells",
}


def of_answers(
    answers: pd.DataFrame, factors: Sequence[str], trace: pd.DataFrame, differences: pd.DataFrame
) -> list[Finding]:
    """Return every finding about responses that differ from the baseline's, the most harmful first.

    The factors of a finding are the smallest set that brings it about: every cell with fewer of them responds as the baseline
    does. There are none where responses change by themselves.

    Args:
        answers: The responses that differ, as `answers.changed` returns them.
        factors: The scenario's factors, in its order.
        trace: The run's Steps.
        differences: The differences that the run kept.
    """
    findings = []
    for (endpoint, kind), group in answers.groupby(["endpoint", "class"], sort=True):
        cells = group["cell"].unique().tolist()
        # Cells other than the A/A control are unstable only where an endpoint is nondeterministic, see `answers.changed`.
        by_itself = kind == "unstable" and not {OPTIMISED, TWIN}.issuperset(cells)
        for cell, on in [(OPTIMISED, [])] if by_itself else smallest(cells, factors):
            findings.append(_finding(str(endpoint), str(kind), on, group[group["cell"] == cell], trace, differences))
    findings.sort(key=lambda finding: (CLASSES.index(finding.kind), -finding.count))
    return findings


def of_tables(tables: pd.DataFrame, factors: Sequence[str]) -> list[Finding]:
    """Return every finding about what writes left in the database.

    Args:
        tables: The comparison of each table with the baseline's after each round.
        factors: The scenario's factors, in its order.

    Returns:
        Findings with `table`; `count` is the number of rounds.
    """
    findings = []
    differ = tables[(tables["differing"].fillna(0) > 0).to_numpy(bool) & (tables["cell"] != CANARY).to_numpy(bool)]
    for name, group in differ.groupby("table", sort=True):
        for cell, on in smallest(group["cell"].unique().tolist(), factors):
            of_cell = group[group["cell"] == cell].sort_values("round")
            first = of_cell.iloc[0]
            kind = "rows" if first["kind"] == "rows" else "content"
            rounds = "a round" if len(of_cell) == 1 else f"{len(of_cell):,} rounds"
            sentence = f"The table {name} had {WORDS[kind]} after {rounds}, with {listed(on)} on."
            example = {
                "round": int(first["round"]),
                "cell": cell,
                "pointer": first["pointer"],
                "expected": _value(first["expected"]),
                "got": _value(first["got"]),
            }
            findings.append(
                Finding(
                    kind, "error", sentence, table=str(name), factors=on, count=len(of_cell), example=plain(example)
                )
            )
    return findings


def factors_of(cell: str, factors: Sequence[str]) -> frozenset[str]:
    """Return the factors that are on in a cell, by its name.

    Args:
        cell: The cell's name.
        factors: The scenario's factors.
    """
    if cell in (OPTIMISED, TWIN):
        return frozenset(factors)
    return frozenset() if cell == BASELINE else frozenset(cell.split("+"))


def smallest(cells: Sequence[str], factors: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the cells of which no other has a proper subset of the factors on, each with its factors.

    Args:
        cells: Names of cells; the A/A control counts only where all_on is not among them.
        factors: The scenario's factors, in its order.
    """
    on = {str(cell): factors_of(str(cell), factors) for cell in cells if cell != TWIN or OPTIMISED not in cells}
    for cell, switched_on in on.items():
        if not any(others < switched_on for others in on.values()):
            yield cell, [factor for factor in factors if factor in switched_on]


def _finding(
    endpoint: str,
    kind: str,
    factors: list[str],
    answers: pd.DataFrame,
    trace: pd.DataFrame,
    differences: pd.DataFrame,
) -> Finding:
    ordered = answers.sort_values(["round", "step"])
    count = len(ordered)
    times = "once" if count == 1 else f"{count:,} times"
    cause = f"with {listed(factors)} on" if factors else "whichever factors are on: the responses are nondeterministic"
    return Finding(
        kind,
        SEVERITY.get(kind, "error"),
        f"{endpoint} returned {WORDS[kind]}, {times}, {cause}.",
        endpoint=endpoint,
        method=ordered.iloc[0]["method"],
        factors=factors,
        count=count,
        steps=plain(ordered[["round", "step"]].head(MAX_STEPS).astype(int)),
        example=plain(_example(ordered, trace, differences)),
    )


def _example(answers: pd.DataFrame, trace: pd.DataFrame, differences: pd.DataFrame) -> dict[str, Any]:
    """Return the first of these responses whose difference was kept, else the first, and the request that reproduces it."""
    kept = answers.merge(differences, on=["round", "step", "cell"], how="inner", suffixes=("", "_kept"))
    answer = (kept if len(kept) else answers).iloc[0]
    row = _step(trace, answer["round"], answer["step"])
    example: dict[str, Any] = {
        "round": int(answer["round"]),
        "step": int(answer["step"]),
        "cell": answer["cell"],
        "pointer": answer.get("pointer"),
        "expected": _value(answer.get("expected")),
        "got": _value(answer.get("got")),
        "request": _request(row),
        "write": None,
        "right_for": None,
    }
    if row is not None and pd.notna(row["affected_by"]):
        example["write"] = _request(_step(trace, answer["round"], row["affected_by"]))
    if answer["like_step"] >= 0:
        example["right_for"] = _request(_step(trace, answer["round"], answer["like_step"]))
    return example


def _step(trace: pd.DataFrame, round_: Any, step: Any) -> pd.Series[Any] | None:
    rows = rows_where(trace, round=round_, step=step)
    return rows.iloc[0] if len(rows) else None


def _request(row: pd.Series[Any] | None) -> dict[str, Any] | None:
    """Return a Step as somebody would repeat it."""
    if row is None:
        return None
    keys = ("step", "method", "path", "body", "user")
    return {key: None if pd.isna(row[key]) else row[key] for key in keys}


def _value(text: Any) -> Any:
    """Return what was kept as JSON; the text itself where it was cut."""
    if not isinstance(text, str):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
