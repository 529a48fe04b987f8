"""Findings about a database's indexes, each named by its class, and by the index or table it is about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from perflab.analysis.stats.values import plain
from perflab.run.records import Finding, Severity

# Indexes that a database could do without, and those that it lacks.
REMOVABLE = ("index_duplicate", "index_unused")
LACKING = ("index_missing", "index_column_order", "sort_unserved")
CLASSES = (*REMOVABLE, *LACKING)

# An index that was tried has to save half of its query's time, and at least 50 µs of it.
MIN_GAIN, MIN_SAVED_S = 0.5, 0.00005


def of_indexes(
    rows: Sequence[Mapping[str, Any]],
    suggestions: pd.DataFrame,
    switches: Any,
    urls: Mapping[str, Any] | None,
) -> list[Finding]:
    """Return every finding about indexes, those that slow a request first, and those of installed packages last.

    `index_duplicate`: another index serves the same queries; of an installed package a fact, not a fault of the project's.
    `index_unused`: nothing in this traffic scanned it.
    `index_missing`: a query reads a whole table, and an index for it at least halved its time. `index_column_order`: the same,
    and there is an index of these columns in another order. `sort_unserved`: a query sorts many rows to show few of them, and an
    index in that order at least halved its time.

    Args:
        rows: The index study's rows.
        suggestions: The indexes that were tried.
        switches: The environment's record of which factor switches which indexes, if it has one.
        urls: How many of the project's URLs the traffic requested: {asked, all}; None if unknown.
    """
    factors = {
        name: factor
        for factor, facts in (switches.items() if isinstance(switches, Mapping) else ())
        if isinstance(facts, Mapping)
        for name in facts.get("names") or ()
    }
    findings = [*_missing(suggestions), *_duplicate(rows), *_unused(rows, urls)]
    return [
        replace(finding, factors=(factors[finding.index],)) if finding.index in factors else finding
        for finding in findings
    ]


def _duplicate(rows: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for row in sorted(rows, key=lambda row: bool(row.get("package"))):
        overlap, package = row["overlap"], row.get("package")
        if not row["candidate"] or not overlap:
            continue
        relation = "has" if overlap["how"] == "duplicate" else "begins with"
        reason = f"{overlap['by']} {relation} the same columns and serves the same queries"
        sentence = f"The index {_described(row)} is redundant: {reason}."
        example = {"by": overlap["by"]}
        if package:
            sentence, example = (
                f"{sentence} It belongs to the installed package {package}.",
                {**example, "package": package},
            )
        severity: Severity = "info" if package else "warning"
        yield Finding("index_duplicate", severity, sentence, table=row["table"], index=row["name"], example=example)


def _unused(rows: Sequence[Mapping[str, Any]], urls: Mapping[str, Any] | None) -> Iterator[Finding]:
    coverage = f" ({urls['asked']:,} of {urls['all']:,} URLs)" if urls else ""
    for row in rows:
        if row["redundant_or_unused"] and not row["overlap"]:
            sentence = f"The index {_described(row)} is unused by this traffic{coverage}."
            yield Finding("index_unused", "info", sentence, table=row["table"], index=row["name"])


def _described(row: Mapping[str, Any]) -> str:
    return f"{row['name']} on {row['table']} ({', '.join(row['key'])})"


def _missing(suggestions: pd.DataFrame) -> Iterator[Finding]:
    for row in plain(suggestions):
        before, after = row["before_s"], row["after_s"]
        if not row["used"] or before is None or after is None:
            continue
        if after > (1 - MIN_GAIN) * before or before - after < MIN_SAVED_S:
            continue
        index = f"models.Index(fields={json.loads(row['columns'])!r})"
        gain = f"{index} reduces the time of the query from {before * 1e3:.2f} to {after * 1e3:.2f} ms"
        example = {"index": index, "model": row["model"], "before_s": before, "after_s": after, "source": row["source"]}
        if row["sorted_rows"] is not None:
            kind = "sort_unserved"
            turned = f", and {row['instead_of']} has another order or direction" if row["instead_of"] else ""
            sentence = (
                f"{row['endpoint']} sorts {row['sorted_rows']:,.0f} rows of {row['table']} to show few of them, because no "
                f"index has that order{turned}: {gain}."
            )
        elif row["instead_of"]:
            kind = "index_column_order"
            sentence = (
                f"The index {row['instead_of']} has its columns in the wrong order for {row['endpoint']}: {gain}."
            )
        else:
            kind = "index_missing"
            sentence = f"{row['endpoint']} reads all of {row['table']} because an index is missing: {gain}."
        yield Finding(
            kind,
            "warning",
            sentence,
            endpoint=row["endpoint"],
            table=row["table"],
            index=row["instead_of"],
            example=example,
        )
