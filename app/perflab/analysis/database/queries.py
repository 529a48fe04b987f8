"""The query ledger: which queries an endpoint makes in each cell, how often, and from which line of the project.

It rests on the checks, whose queries are recorded one by one. A query that repeats within one request is an N+1 problem,
however little it costs here: over a network each one costs a round trip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from perflab.analysis.places import is_of_the_project, place, shortened
from perflab.analysis.responses.blame import factors_on
from perflab.analysis.responses.findings import smallest
from perflab.analysis.stats.values import number, plain
from perflab.run.cells import OPTIMISED, TWIN, TWIN_OFF, cell_of
from perflab.run.records import Finding
from perflab.run.scenario import cache_factors, scenario_endpoints
from perflab.run.tables import rows_where
from perflab.units import counted, listed

# The class of these findings.
REPEATED = "repeated_query"
# A query that repeats this often in one request is a loop.
MIN_REPEATED = 3
KEY = ["endpoint", "cell", "fingerprint"]


@dataclass(frozen=True, slots=True)
class QueryRow:
    """A query of one endpoint in one cell.

    Attributes:
        endpoint: The endpoint's name.
        cell: The cell's name.
        fingerprint: The SQL without its values.
        sql: The SQL of the first one.
        times: How often a request makes it, on average over all checks of the endpoint.
        most: How often one request made it at most.
        seconds: How long it takes per request.
        rows: How many rows it returns per request; None if unknown.
        requests: The number of the endpoint's checks, also those without this query.
        repeated: Whether it repeats within one request.
        repeats_at: The first Step in which it does, as {round, step}.
        source: The line that makes it, see `worker/probes/source.py`; if there are several, the one that makes it most often.
        relation: The relation that a loop follows; None if it is none.
    """

    endpoint: str
    cell: str
    fingerprint: str
    sql: str
    times: float
    most: int
    seconds: float
    rows: float | None
    requests: int
    repeated: bool
    repeats_at: Mapping[str, int] | None = None
    source: str | None = None
    relation: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the row as summary.json has it."""
        return asdict(self)


def ledger(queries: pd.DataFrame, trace: pd.DataFrame) -> list[QueryRow]:
    """Return a row for each endpoint, cell and fingerprint; the A/A controls are left out.

    Args:
        queries: The queries of the checks, a row for each Step, cell and fingerprint.
        trace: The run's Steps.
    """
    if not len(queries):
        return []
    checks = checked(trace)
    single = queries[~queries["cell"].isin([TWIN, TWIN_OFF]).to_numpy(bool)]
    single = single.assign(rows=single["rows"].astype("float64"))
    # The request that makes a query most often shows the line of its loop.
    groups = single.sort_values("times", ascending=False, kind="stable").groupby(KEY, sort=True)
    table = groups.agg(
        sql=("sql", "first"), times=("times", "sum"), most=("times", "max"), seconds=("seconds", "sum"),
        source=("source", "first"), relation=("relation", "first"),
    )  # fmt: skip
    table["rows"] = groups["rows"].sum(min_count=1)
    often = single[(single["times"] >= MIN_REPEATED).to_numpy(bool)]
    repeats: dict[Any, Any] = often.groupby(KEY)[["round", "step"]].first().to_dict("index")
    # For a trace without checks.
    of_queries: dict[Any, int] = single.drop_duplicates([*KEY, "round", "step"]).groupby(KEY).size().to_dict()
    rows: dict[Any, dict[Any, Any]] = table.to_dict("index")
    return [
        QueryRow(
            **dict(zip(KEY, key, strict=True)),
            sql=row["sql"],
            times=row["times"] / requests,
            most=int(row["most"]),
            seconds=row["seconds"] / requests,
            rows=number(row["rows"] / requests),
            requests=requests,
            repeated=key in repeats,
            repeats_at=plain(repeats.get(key)),
            source=plain(row["source"]),
            relation=plain(row["relation"]),
        )
        for key, row in rows.items()
        for requests in [checks.get(key[0], 0) or of_queries[key]]
    ]


def repeated(rows: Sequence[QueryRow], scenario: Mapping[str, Any], factors: Sequence[str]) -> list[Finding]:
    """Return a finding for each query that repeats within a request, whatever is on; `info` where a switch removes it.

    It is a warning where it repeats with all factors on, caches left aside.

    Args:
        rows: The query ledger.
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.

    Returns:
        Findings, those first that all factors together leave. Their factors are the smallest set that brings the repetition
        about: none if it also repeats with all off.
    """
    by_query: dict[tuple[str, str], dict[str, QueryRow]] = {}
    for row in rows:
        if row.repeated:
            by_query.setdefault((row.endpoint, row.fingerprint), {})[row.cell] = row
    left: list[Finding] = []
    removed: list[Finding] = []
    for (endpoint, _), cells in sorted(by_query.items()):
        remaining = [cell for cell in optimised_cells(scenario, factors) if cell in cells]
        worst = max((cells[cell] for cell in remaining or cells), key=lambda row: row.most)
        on_in = factors_on(cells, factors)
        without = [factor for factor in factors if not any(factor in on_in[each] for each in cells)]
        # Of a query that all factors leave, only a cache can be what hides it.
        off = [factor for factor in without if not remaining or factor in cache_factors(scenario)]
        finding = _finding(endpoint, worst, cells, factors, off, _method(scenario, endpoint))
        (left if remaining else removed).append(finding)
    return [*left, *(replace(finding, severity="info") for finding in removed)]


def is_switched_off(finding: Finding) -> bool:
    """Return whether a finding is a query that repeats only where one of the factors is off: what the factor is for."""
    return finding.kind == REPEATED and finding.severity == "info"


def optimised_cells(scenario: Mapping[str, Any], factors: Sequence[str]) -> list[str]:
    """Return all_on, and the cell in which only the caches are off: a hit hides what a miss does.

    Args:
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.
    """
    caches = cache_factors(scenario)
    others = [factor for factor in factors if factor not in caches]
    return list(dict.fromkeys([OPTIMISED, cell_of(others, factors)]))


def patterns(rows: Sequence[QueryRow], cells: Sequence[str], endpoints: Sequence[str] | None) -> int:
    """Return how many queries repeat within a request in any of these cells.

    Args:
        rows: The query ledger.
        cells: The cells that count.
        endpoints: The endpoints that count; None for all.
    """
    return len(
        {
            (row.endpoint, row.fingerprint)
            for row in rows
            if row.repeated and row.cell in cells and (endpoints is None or row.endpoint in endpoints)
        }
    )


def checked(trace: pd.DataFrame) -> dict[str, int]:
    """Return how many checks each endpoint had."""
    checks = rows_where(trace, phase="check")
    return {str(endpoint): int(n) for endpoint, n in checks["endpoint"].value_counts().items()}


def _finding(
    endpoint: str,
    row: QueryRow,
    cells: Mapping[str, QueryRow],
    factors: Sequence[str],
    off: Sequence[str],
    method: str | None,
) -> Finding:
    """Return the finding of a query that repeats in some cells, and in none with one of the factors `off` switched on.

    Args:
        endpoint: The endpoint's name.
        row: The query in the cell that the finding is about.
        cells: The query in each cell in which it repeats.
        factors: The scenario's factors, in its order.
        off: The factors that take the repetition away.
        method: The endpoint's method.
    """
    cell, on = next(iter(smallest(list(cells), factors)))
    relation = f" for {row.relation}" if row.relation else ""
    states = [f"{listed(names)} {state}" for names, state in ((on, "on"), (off, "off")) if names]
    every = "whichever factors are on" if OPTIMISED in cells else "but not with everything on"
    cause = f"with {' and '.join(states)}" if states else every
    sql = "" if is_of_the_project(row.source) else f" It is {shortened(row.fingerprint)}."
    return Finding(
        REPEATED,
        "warning",
        f"{endpoint} makes the same query{relation}{place(row.source)} up to {row.most:,} times in one request, {cause}"
        f"{_elsewhere(row, cells)}.{sql}",
        endpoint=endpoint,
        method=method,
        factors=on,
        count=row.most,
        steps=[row.repeats_at],
        example={"cell": cell, "sql": row.sql, "source": row.source, "relation": row.relation},
    )


def _elsewhere(row: QueryRow, cells: Mapping[str, QueryRow]) -> str:
    """Return how often it is made with everything on where that is less, or in another cell where it is more."""
    optimised, most = cells.get(OPTIMISED), max(cells.values(), key=lambda each: each.most)
    if most.most > row.most:
        return f" ({counted(most.most, 'time')} in the cell {most.cell})"
    if optimised and optimised.most < row.most:
        return f" ({counted(optimised.most, 'time')} with everything on)"
    return ""


def _method(scenario: Mapping[str, Any], endpoint: str) -> str | None:
    return next((each.method for each in scenario_endpoints(scenario) if each.name == endpoint), None)
