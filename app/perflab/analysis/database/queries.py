"""The query ledger: which queries an endpoint makes in each cell, how often, and from which line of the project.

It rests on the checks, whose queries are noted one by one. A query that runs again and again in one request is an N+1
problem, whatever it costs here: over a network each costs a round trip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.responses.findings import smallest
from perflab.analysis.stats.values import plain
from perflab.run.cells import OPTIMISED, TWIN, cell_of
from perflab.run.scenario import scenario_endpoints
from perflab.run.tables import rows_where
from perflab.units import listed

# As often in one request, and it is a loop.
LEAST_REPEATED = 3
KEY = ["endpoint", "cell", "fingerprint"]


def ledger(queries: pd.DataFrame, trace: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for each endpoint, cell and query text: `times`, `seconds` and `rows` per request, and the most `times` in one.

    The twin's are all_on's. `requests` is how many checks the endpoint had; those without this query count as well. `repeats_at`
    is the first Step in which it repeats.
    """
    if not len(queries):
        return []
    asked = checked(trace)
    known = queries[(queries["cell"] != TWIN).to_numpy(bool)].assign(rows=lambda all_: all_["rows"].astype("float64"))
    groups = known.groupby(KEY, sort=True)
    table = groups.agg(
        sql=("sql", "first"), times=("times", "sum"), most=("times", "max"), seconds=("seconds", "sum"),
        source=("source", "first"), relation=("relation", "first"),
    )  # fmt: skip
    table["rows"] = groups["rows"].sum(min_count=1)
    often = known[(known["times"] >= LEAST_REPEATED).to_numpy(bool)]
    repeats: dict[Any, Any] = often.groupby(KEY)[["round", "step"]].first().to_dict("index")
    # For a trace that does not know its checks.
    of_queries: dict[Any, int] = known.drop_duplicates([*KEY, "round", "step"]).groupby(KEY).size().to_dict()
    rows: dict[Any, dict[Any, Any]] = table.to_dict("index")
    found: list[dict[str, Any]] = plain(
        [
            {
                **dict(zip(KEY, key, strict=True)),
                "sql": row["sql"],
                "times": row["times"] / requests,
                "most": row["most"],
                "seconds": row["seconds"] / requests,
                "rows": row["rows"] / requests,
                "requests": requests,
                "repeated": key in repeats,
                "repeats_at": repeats.get(key),
                "source": row["source"],
                "relation": row["relation"],
            }
            for key, row in rows.items()
            for requests in [asked.get(key[0], 0) or of_queries[key]]
        ]
    )
    return found


def repeated(
    rows: Sequence[Mapping[str, Any]], scenario: Mapping[str, Any], factors: Sequence[str]
) -> list[dict[str, Any]]:
    """A finding for each query of the ledger that repeats in a request though everything is on, caches left aside.

    `factors` are the smallest set that brings it about: none where it repeats with everything off, too, so that nothing has
    removed it.
    """
    by_text: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        if row["repeated"]:
            by_text.setdefault((row["endpoint"], row["fingerprint"]), {})[row["cell"]] = row
    found = []
    for (endpoint, _), cells in sorted(by_text.items()):
        left = [cell for cell in optimised_cells(scenario, factors) if cell in cells]
        if not left:
            continue
        cell, on = next(iter(smallest(list(cells), factors)))
        worst = max((cells[cell] for cell in left), key=lambda row: row["most"])
        found.append(_finding(endpoint, worst, cell, on, _method(scenario, endpoint)))
    return found


def optimised_cells(scenario: Mapping[str, Any], factors: Sequence[str]) -> list[str]:
    """all_on, and the cell in which only the caches are off: a hit hides what a miss does."""
    caches = {factor["name"] for factor in scenario.get("factors") or [] if factor.get("kind") == "cache"}
    others = [factor for factor in factors if factor not in caches]
    return list(dict.fromkeys([OPTIMISED, cell_of(others, factors)]))


def patterns(rows: Sequence[Mapping[str, Any]], cells: Sequence[str], endpoints: Sequence[str] | None) -> int:
    """How many queries repeat in a request of some endpoints, in any of these cells."""
    return len(
        {
            (row["endpoint"], row["fingerprint"])
            for row in rows
            if row["repeated"] and row["cell"] in cells and (endpoints is None or row["endpoint"] in endpoints)
        }
    )


def checked(trace: pd.DataFrame) -> dict[str, int]:
    """How many checks each endpoint had: they come after the last measured Step of their round."""
    measured = rows_where(trace, phase="measured").groupby("round")["step"].max()
    checks = trace[(trace["step"] > trace["round"].map(measured)).to_numpy(bool, na_value=False)]
    return {str(endpoint): int(n) for endpoint, n in checks["endpoint"].value_counts().items()}


def _finding(endpoint: str, row: Mapping[str, Any], cell: str, on: Sequence[str], method: str | None) -> dict[str, Any]:
    relation = f" for {row['relation']}" if row["relation"] else ""
    source = f", at {row['source']}" if row["source"] else ""
    cause = f"with {listed(on)} on" if on else "whatever is on"
    return {
        "class": "repeated_query",
        "severity": "warning",
        "sentence": f"{endpoint} makes the same query up to {row['most']:,} times in one request{relation}{source}, {cause}.",
        "endpoint": endpoint,
        "method": method,
        "factors": list(on),
        "count": row["most"],
        "steps": [row["repeats_at"]],
        "example": {"cell": cell, "sql": row["sql"], "source": row["source"], "relation": row["relation"]},
    }


def _method(scenario: Mapping[str, Any], endpoint: str) -> str | None:
    return next((one.method for one in scenario_endpoints(scenario) if one.name == endpoint), None)
