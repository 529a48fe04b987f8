"""Findings about responses: one for each endpoint, class and smallest set of factors, with the first example."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.responses.answers import CLASSES
from perflab.analysis.responses.blame import factors_on, is_switched
from perflab.analysis.stats.values import plain
from perflab.run.cells import CANARY, OPTIMISED, TWIN, TWIN_OFF
from perflab.run.records import MAX_STEPS, Finding, Severity
from perflab.run.scenario import scenario_endpoints
from perflab.run.tables import UNSORTED, rows_where
from perflab.units import listed, quoted

SEVERITY: dict[str, Severity] = {"unstable": "warning", "reordered": "warning", "aged": "warning"}

# What an endpoint returned, by class.
WORDS = {
    "cross_user_leak": "another user's response",
    "stale": "a stale response (from before a write)",
    "status": "a different status",
    "rows": "different rows",
    "reordered": "the same rows in a different order",
    "content": "different content",
    "aged": "a response from before (nothing was written since)",
    "unstable": "different responses in two identical cells",
}


def of_answers(
    answers: pd.DataFrame,
    factors: Sequence[str],
    trace: pd.DataFrame,
    differences: pd.DataFrame,
    *,
    has_control: bool = False,
) -> list[Finding]:
    """Return every finding about responses that differ from the baseline's, the most harmful first.

    The factors of a finding are the smallest set that brings it about: every cell with fewer of them responds as the baseline
    does. There are none where responses change by themselves.

    Args:
        answers: The responses that differ, as `answers.changed` returns them.
        factors: The scenario's factors, in its order.
        trace: The run's Steps.
        differences: The differences that the run kept.
        has_control: Whether the run has an A/A control of the baseline: then what is unstable is nobody's.
    """
    findings = []
    for (endpoint, kind), group in answers.groupby(["endpoint", "class"], sort=True):
        cells = group["cell"].unique().tolist()
        # Cells other than the A/A control are unstable only where no switch explains it, see `answers.changed`.
        by_itself = kind == "unstable" and (has_control or not {OPTIMISED, TWIN}.issuperset(cells))
        shown = OPTIMISED if OPTIMISED in cells else str(group["cell"].mode().iloc[0])
        for cell, on in [(shown, [])] if by_itself else smallest(cells, factors):
            findings.append(_finding(str(endpoint), str(kind), on, group[group["cell"] == cell], trace, differences))
    findings.sort(key=lambda finding: (CLASSES.index(finding.kind), -finding.count))
    return findings


def of_masks(masks: Sequence[Mapping[str, Any]], scenario: Mapping[str, Any]) -> list[Finding]:
    """Return a finding for each endpoint that returns rows in another order, or other rows, each time, whatever is on.

    A time or a token that is new in each response is no finding.

    Args:
        masks: The places that vary by themselves, as run.json keeps them.
        scenario: The scenario as run.json keeps it.
    """
    methods = {endpoint.name: endpoint.method for endpoint in scenario_endpoints(scenario)}
    words = {"order": "rows in another order", "rows": "other rows"}
    elsewhere = "" if scenario.get("factors") == [] else ", with everything off as well: no switch causes it"
    by_endpoint: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for mask in masks:
        if mask["kind"] in words and mask["endpoint"] in methods:
            by_endpoint.setdefault((str(mask["endpoint"]), str(mask["kind"])), []).append(mask)
    return [
        Finding(
            "unstable",
            "warning",
            f"{endpoint} returns {words[kind]} each time{elsewhere}, and the "
            f"{'order' if kind == 'order' else 'rows'} of {listed([str(mask['pointer']) for mask in places])} "
            f"{'is' if kind == 'order' else 'are'} not compared.",
            endpoint=endpoint,
            method=methods[endpoint],
            count=len(places),
            example={"pointer": places[0]["pointer"]},
        )
        for (endpoint, kind), places in by_endpoint.items()
    ]


def of_tables(tables: pd.DataFrame, factors: Sequence[str]) -> list[Finding]:
    """Return every finding about what writes left in the database.

    Args:
        tables: The comparison of each table with the baseline's after each round.
        factors: The scenario's factors, in its order.

    Returns:
        Findings with `table`; `count` is the number of rounds.
    """
    findings = []
    cells = tables["cell"].unique()
    on = factors_on(cells, factors)
    differ = tables[(tables["differing"].fillna(0) > 0).to_numpy(bool) & (tables["cell"] != CANARY).to_numpy(bool)]
    for name, group in differ.groupby("table", sort=True):
        if TWIN_OFF in cells and not _is_switched(group, rows_where(tables, table=name), on):
            findings.append(_unstable_table(str(name), group))
            continue
        for cell, switched_on in smallest(group["cell"].unique().tolist(), factors):
            of_cell = group[group["cell"] == cell].sort_values("round")
            first = of_cell.iloc[0]
            kind = "rows" if first["kind"] == "rows" else "content"
            rounds = "a round" if len(of_cell) == 1 else f"{len(of_cell):,} rounds"
            sentence = f"The table {name} had {WORDS[kind]} after {rounds}, with {quoted(switched_on)} on."
            example = {
                "round": int(first["round"]),
                "cell": cell,
                "pointer": first["pointer"],
                "expected": _value(first["expected"]),
                "got": _value(first["got"]),
            }
            findings.append(
                Finding(
                    kind,
                    "error",
                    sentence,
                    table=str(name),
                    factors=switched_on,
                    count=len(of_cell),
                    example=plain(example),
                )
            )
    return findings


def _is_switched(differing: pd.DataFrame, table: pd.DataFrame, on: Mapping[str, frozenset[str]]) -> bool:
    """Return whether switches explain in which cells a table differs: in every round, or in the one with the checks."""
    by_round = {number: frozenset(cells) for number, cells in differing.groupby("round")["cell"]}
    everywhere = set(by_round) >= set(table["round"].unique()) or set(by_round) == {table["round"].min()}
    present = frozenset(table["cell"].unique())
    return (
        everywhere
        and len(set(by_round.values())) == 1
        and all(is_switched(cells, present, on) for cells in by_round.values())
    )


def _unstable_table(name: str, differing: pd.DataFrame) -> Finding:
    first = differing.sort_values("round").iloc[0]
    rounds = differing["round"].nunique()
    return Finding(
        "unstable",
        "warning",
        f"The table {name} had other rows in identical cells after {'a round' if rounds == 1 else f'{rounds:,} rounds'}: they "
        "change by themselves, and no switch is the cause.",
        table=name,
        count=rounds,
        example=plain(
            {
                "round": int(first["round"]),
                "cell": first["cell"],
                "pointer": first["pointer"],
                "expected": _value(first["expected"]),
                "got": _value(first["got"]),
            }
        ),
    )


def smallest(cells: Sequence[str], factors: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the cells of which no other has a proper subset of the factors on, each with its factors.

    Args:
        cells: Names of cells; the A/A control counts only where all_on is not among them.
        factors: The scenario's factors, in its order.
    """
    levels = factors_on(map(str, cells), factors)
    on = {str(cell): levels[str(cell)] for cell in cells if cell != TWIN or OPTIMISED not in cells}
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
    cause = f"with {quoted(factors)} on" if factors else "whichever factors are on: the responses are nondeterministic"
    order = next(iter(answers["open_order"].dropna()), None) if "open_order" in answers.columns else None
    what = WORDS[kind] if order is None or kind != "reordered" else "rows in a different order"
    return Finding(
        kind,
        SEVERITY.get(kind, "error"),
        f"{endpoint} returned {what}, {times}, {cause}{_why(kind, order)}",
        endpoint=endpoint,
        method=ordered.iloc[0]["method"],
        factors=factors,
        count=count,
        steps=plain(ordered[["round", "step"]].head(MAX_STEPS).astype(int)),
        example=plain({**_example(ordered, trace, differences), **({} if order is None else {"open_order": order})}),
    )


def _why(kind: str, order: str | None) -> str:
    """Return the end of a sentence: what a response depends on besides, or which order a query leaves open, see ordering.py."""
    if kind == "aged":
        return ": it depends on the time, as an age in words does, or a write that changes it lacks it in `affects`."
    if order is None:
        return "."
    if order == UNSORTED:
        return ": a query without ORDER BY leaves their order open, and its plan decides."
    if kind == "reordered":
        return (
            f": ORDER BY {order} leaves open which of several rows with equal values comes first, and the plan decides."
        )
    return (
        f". ORDER BY {order} leaves open which of several rows with equal values comes first: that may be the reason."
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
        return json.loads(text, parse_constant=str)
    except ValueError:
        return text
