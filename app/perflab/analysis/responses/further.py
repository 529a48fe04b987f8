"""Findings of the further checks: mistakes that leave the responses of all cells alike, or that the traffic does not reveal.

A finding names a switch only if just the cells with it on show the mistake; none if all cells do. Where some do and no switch
explains it, there is no finding.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.responses.blame import factors_on, is_switched
from perflab.analysis.responses.findings import smallest
from perflab.analysis.stats.values import plain
from perflab.run.cells import BASELINE
from perflab.run.records import Finding, Severity
from perflab.units import quoted

OPEN_TO_ANYONE, PAGES_OVERLAP, DEPENDS_ON_HISTORY = "open_to_anyone", "pages_overlap", "depends_on_history"
CACHED_ABSENCE, STALE_304, IGNORES_HEADER = "cached_absence", "stale_304", "ignores_header"
# The classes, the most harmful first.
CLASSES = (DEPENDS_ON_HISTORY, STALE_304, CACHED_ABSENCE, IGNORES_HEADER, PAGES_OVERLAP, OPEN_TO_ANYONE)
# Whether it is wrong is the project's to say, or it is wrong with every switch alike.
SEVERITY: Mapping[str, Severity] = {OPEN_TO_ANYONE: "warning", PAGES_OVERLAP: "warning"}
# What is recognised by another caller's response stays a leak, whatever a process has served before.
SURE = "cross_user_leak"


def of_further(
    rows: Iterable[Mapping[str, Any]], factors: Sequence[str], explained: Collection[str | None] = ()
) -> list[Finding]:
    """Return the findings of the further checks, the most harmful first.

    Args:
        rows: What the checks showed, as run.json keeps it.
        factors: The scenario's factors, in its order.
        explained: Endpoints whose responses differ between cells: that their pages then differ as well is no second finding.
    """
    findings = [
        _finding(row, on)
        for row in rows
        for on in _causes(row["cells"], factors)
        if not (row["class"] == PAGES_OVERLAP and on and row["endpoint"] in explained)
    ]
    return sorted(findings, key=lambda finding: CLASSES.index(finding.kind))


def history_of(rows: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the endpoints whose responses depend on what their process has served before.

    Args:
        rows: What the checks showed, as run.json keeps it.
    """
    return frozenset(
        row["endpoint"] for row in rows if row["class"] == DEPENDS_ON_HISTORY and all(row["cells"].values())
    )


def without_history(answers: pd.DataFrame, endpoints: Collection[str]) -> pd.DataFrame:
    """Return the responses that differ, those as unstable that differ because of what their process has served before.

    Cells serve different requests in the warm-up, so such a difference would be blamed on caching.

    Args:
        answers: The responses that differ from the baseline's, see `answers.changed`.
        endpoints: The endpoints whose responses depend on history.
    """
    by_history = answers["endpoint"].isin(list(endpoints)) & (answers["class"] != SURE)
    if not by_history.any():
        return answers
    return answers.assign(
        **{
            "class": answers["class"].mask(by_history, "unstable"),
            "like_step": answers["like_step"].mask(by_history, -1),
        }
    )


def unexplained(findings: Iterable[Finding], endpoints: Collection[str]) -> list[Finding]:
    """Return findings about responses without those that only say of such an endpoint that it is unstable.

    Args:
        findings: The findings about responses that differ.
        endpoints: The endpoints whose responses depend on history.
    """
    return [finding for finding in findings if finding.kind != "unstable" or finding.endpoint not in endpoints]


def _causes(cells: Mapping[str, bool], factors: Sequence[str]) -> Iterator[list[str]]:
    """Yield the smallest sets of factors that bring it about: an empty one where all cells show it."""
    showing = [cell for cell, shows in cells.items() if shows]
    if not showing or BASELINE not in cells:
        return
    if len(showing) == len(cells):
        yield []
    elif is_switched(showing, list(cells), factors_on(cells, factors)):
        yield from (on for _, on in smallest(showing, factors))


def _finding(row: Mapping[str, Any], factors: list[str]) -> Finding:
    kind, endpoint, request = str(row["class"]), str(row["endpoint"]), row["request"]
    cause = f" with {quoted(factors)} on" if factors else ""
    return Finding(
        kind,
        SEVERITY.get(kind, "error") if not factors else "error",
        SENTENCES[kind](endpoint, request, row["detail"], cause),
        endpoint=endpoint,
        method=request.get("method"),
        factors=factors,
        example=plain({**row["detail"], "request": request}),
    )


def _open(endpoint: str, request: Mapping[str, Any], detail: Mapping[str, Any], cause: str) -> str:
    user = request["user"]
    who = "without a login" if detail["anyone"] else f"to user {detail['other']}"
    if detail["anyone"] and detail["users"]:
        who += f", and to user {detail['other']}"
    return (
        f"{endpoint} returns a user's own content to anyone{cause}: {request['path']}, which user {user} requests of itself, "
        f"returns the same {who}; if it is meant to be public, nothing is wrong."
    )


def _pages(endpoint: str, request: Mapping[str, Any], detail: Mapping[str, Any], cause: str) -> str:
    if "paths" in detail:
        first, second = detail["paths"]
        return f"{endpoint} shows a row on two pages{cause}: row {detail['row']} is on {first} and on {second}."
    return (
        f"{endpoint} shows some rows on no page{cause}: the pages from {request['path']} on have {detail['rows']:,} rows, and "
        f"the first one counts {detail['count']:,}."
    )


def _history(endpoint: str, request: Mapping[str, Any], detail: Mapping[str, Any], cause: str) -> str:
    return (
        f"{endpoint} returns something else in a process that has just started, with the same data and switches: "
        f"{request['path']} differs at {detail['pointer']}. It depends on the requests that the process has served before, and "
        "no switch is to blame."
    )


def _absence(endpoint: str, request: Mapping[str, Any], detail: Mapping[str, Any], cause: str) -> str:
    return (
        f"{endpoint} does not find what was created after it had been requested once{cause}: {request['path']} still returns "
        f"{detail['status']} after {detail['write']} has created it."
    )


def _not_modified(endpoint: str, request: Mapping[str, Any], detail: Mapping[str, Any], cause: str) -> str:
    return (
        f"{endpoint} returns 304 (not modified) after {detail['write']} has changed it{cause}: {request['path']} with "
        f"{detail['header']}, and without it the new content."
    )


def _header(endpoint: str, request: Mapping[str, Any], detail: Mapping[str, Any], cause: str) -> str:
    first, second = detail["values"]
    return (
        f"{endpoint} ignores {detail['header']}{cause}: a request of {request['path']} for {second} gets the response for "
        f"{first}; with everything off, they differ."
    )


SENTENCES = {
    OPEN_TO_ANYONE: _open,
    PAGES_OVERLAP: _pages,
    DEPENDS_ON_HISTORY: _history,
    CACHED_ABSENCE: _absence,
    STALE_304: _not_modified,
    IGNORES_HEADER: _header,
}
