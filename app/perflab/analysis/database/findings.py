"""What is wrong with a database's indexes: each finding named by its class, and by the index or table it is about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.stats.values import plain

# What a database could be without; and what it lacks.
SUPERFLUOUS = ("index_duplicate", "index_unused")
LACKING = ("index_missing", "index_column_order")
CLASSES = (*SUPERFLUOUS, *LACKING)

# An index that was tried has to save half of its query's time; less than 50 µs are nothing to find.
LEAST_GAIN, LEAST_SAVED_S = 0.5, 0.00005


def of_indexes(
    rows: Sequence[Mapping[str, Any]],
    suggestions: pd.DataFrame,
    switches: Any,
    urls: Mapping[str, Any] | None,
) -> list[dict[str, Any]]:
    """Every finding about indexes, those that slow somebody first.

    `rows` are the ledger's, `suggestions` the indexes that were tried.

    `index_duplicate`: another index does all that it does. `index_unused`: nothing in this traffic scanned it; `urls` says how
    many of the project's URLs that asked for. `index_missing`: a query reads a whole table, and an index for it at least halved
    its time. `index_column_order`: the same, and there is an index of these columns in another order. `switches` is what the
    environment says of which factor switches which indexes, if it does.
    """
    known = switches.items() if isinstance(switches, Mapping) else ()
    factors = {
        name: factor for factor, facts in known if isinstance(facts, Mapping) for name in facts.get("names") or ()
    }
    found = [*_missing(suggestions), *_repeated(rows), *_unused(rows, urls)]
    result: list[dict[str, Any]] = plain(
        [{**one, "factors": [factors[one["index"]]] if one["index"] in factors else []} for one in found]
    )
    return result


def _finding(kind: str, severity: str, sentence: str, **more: Any) -> dict[str, Any]:
    return {
        "class": kind,
        "severity": severity,
        "sentence": sentence,
        "endpoint": None,
        "method": None,
        "index": None,
        "count": 1,
        "steps": [],
        "example": {},
        **more,
    }


def _repeated(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        overlap = row["overlap"]
        if not row["candidate"] or not overlap:
            continue
        does = "has" if overlap["how"] == "duplicate" else "begins with"
        sentence = f"The index {_of(row)} is superfluous: {overlap['by']} {does} the same columns, and serves the same queries."
        place = {"table": row["table"], "index": row["name"]}
        yield _finding("index_duplicate", "warning", sentence, **place, example={"by": overlap["by"]})


def _unused(rows: Sequence[Mapping[str, Any]], urls: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    of = f" ({urls['asked']:,} of {urls['all']:,} URLs)" if urls else ""
    for row in rows:
        if row["superfluous"] and not row["overlap"]:
            sentence = f"The index {_of(row)} is unused by this traffic{of}."
            yield _finding("index_unused", "info", sentence, table=row["table"], index=row["name"])


def _of(row: Mapping[str, Any]) -> str:
    return f"{row['name']} on {row['table']} ({', '.join(row['key'])})"


def _missing(suggestions: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in plain(suggestions):
        before, after = row["before_s"], row["after_s"]
        if not row["used"] or before is None or after is None:
            continue
        if after > (1 - LEAST_GAIN) * before or before - after < LEAST_SAVED_S:
            continue
        fields = json.loads(row["columns"])
        index = f"models.Index(fields={fields!r})"
        took = f"{index} takes its query from {before * 1e3:.2f} to {after * 1e3:.2f} ms"
        example = {"index": index, "model": row["model"], "before_s": before, "after_s": after, "source": row["source"]}
        more = {"endpoint": row["endpoint"], "table": row["table"], "example": example}
        if row["instead_of"]:
            sentence = (
                f"The index {row['instead_of']} has its columns the wrong way round for {row['endpoint']}: {took}."
            )
            yield _finding("index_column_order", "warning", sentence, **more, index=row["instead_of"])
        else:
            sentence = f"{row['endpoint']} reads all of {row['table']} for want of an index: {took}."
            yield _finding("index_missing", "warning", sentence, **more)
