"""The query ledger: which queries an endpoint makes in each cell, how often, and from which line of the project.

It rests on the check requests, whose queries are recorded one by one; among them are the measured requests that repeat the most
queries, made once more. A query that repeats within one request is an N+1 problem, however little it costs here: over a network
each one costs a round trip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from perflab.analysis.database.mistakes.cause import Cause, cause_of
from perflab.analysis.database.mistakes.growth import Line, lines
from perflab.analysis.places import is_of_the_project, place, shortened
from perflab.analysis.stats.values import number, plain
from perflab.run.cells import OPTIMISED, TWIN, TWIN_OFF, cell_of, everything_on
from perflab.run.columns import Samples
from perflab.run.records import Finding
from perflab.run.scenario import cache_factors, scenario_endpoints
from perflab.run.tables import rows_where
from perflab.units import count, counted

# The class of these findings.
REPEATED = "repeated_query"
# A query that repeats this often in one request is a loop; one of two passes is, where its passes follow the rows of a list.
MIN_REPEATED = 3
# Where fewer of the measured requests repeat a query, the finding says how many.
SELDOM = 0.2
KEY = ["endpoint", "cell", "fingerprint"]


@dataclass(frozen=True, slots=True)
class QueryRow:
    """A query of one endpoint in one cell.

    Attributes:
        endpoint: The endpoint's name.
        cell: The cell's name.
        fingerprint: The SQL without its values.
        sql: The SQL of the first one.
        times: How often a request makes it, on average over all check requests of the endpoint.
        most: How often one request made it at most.
        seconds: How long it takes per request.
        rows: How many rows it returns per request; None if unknown.
        requests: The number of the endpoint's check requests, also those without this query.
        repeated: Whether it repeats within one request.
        repeats_at: The first Step in which it does, as {round, step}.
        source: The line that makes it, see `worker/probes/source.py`; if there are several, the one that makes it most often.
        relation: The relation that a loop follows; None if it is none.
        per_row: How often it is made for each row of another query, where that is seen at two numbers of rows; else None.
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
    per_row: float | None = None

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
    by_rows = lines(single)
    repeats = _repeats(single, by_rows)
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
            per_row=by_rows[key].per_row if key in by_rows else None,
        )
        for key, row in rows.items()
        for requests in [checks.get(key[0], 0) or of_queries[key]]
    ]


def _repeats(queries: pd.DataFrame, by_rows: Mapping[Any, Line]) -> dict[Any, Any]:
    """Return the first Step in which a query repeats, by endpoint, cell and fingerprint."""
    often = (queries["times"] >= MIN_REPEATED).to_numpy(bool)
    if by_rows:
        of_list = pd.MultiIndex.from_frame(queries[KEY].astype(object)).isin(list(by_rows))
        often = often | of_list & (queries["times"] >= MIN_REPEATED - 1).to_numpy(bool)
    steps: dict[Any, Any] = queries[often].groupby(KEY)[["round", "step"]].first().to_dict("index")
    return steps


def repeated(
    rows: Sequence[QueryRow], scenario: Mapping[str, Any], factors: Sequence[str], samples: Samples | None = None
) -> list[Finding]:
    """Return a finding for each query that repeats within a request, whatever is on; `info` where a switch removes it.

    It is a warning where it repeats with all factors on, caches left aside.

    Args:
        rows: The query ledger.
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.
        samples: The run's requests, to tell what few of them repeat; None tells nothing of that.

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
    measured = measured_repeats(samples)
    for (endpoint, _), cells in sorted(by_query.items()):
        remaining = [cell for cell in optimised_cells(scenario, factors) if cell in cells]
        worst = max((cells[cell] for cell in remaining or cells), key=lambda row: row.most)
        of_measured = measured.get((endpoint, worst.cell))
        cause = cause_of(list(cells), scenario, factors)
        finding = _finding(worst, cells, cause, _method(scenario, endpoint), of_measured)
        (left if remaining else removed).append(finding)
    return [*left, *(replace(finding, severity="info") for finding in removed)]


def is_switched_off(finding: Finding) -> bool:
    """Return whether a finding is a query that repeats only where one of the factors is off: what the factor is for."""
    return finding.kind == REPEATED and finding.severity == "info"


def optimised_cells(scenario: Mapping[str, Any], factors: Sequence[str]) -> list[str]:
    """Return all_on, and the cell in which only the caches are off: a hit hides what a miss does. Without factors, the only one.

    Args:
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.
    """
    caches = cache_factors(scenario)
    others = [factor for factor in factors if factor not in caches]
    return list(dict.fromkeys([everything_on(factors), cell_of(others, factors)]))


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


def measured_repeats(samples: Samples | None) -> dict[tuple[str, str], tuple[int, int]]:
    """Return how many measured requests repeat a query, and of how many, by endpoint and cell; nothing where that is unknown.

    Args:
        samples: The run's requests; None if they are not to be read.
    """
    if samples is None or "duplicate_query_count" not in samples.columns:
        return {}
    columns = samples[["phase", "endpoint", "cell", "duplicate_query_count"]]
    measured = rows_where(columns, phase="measured").dropna(subset=["duplicate_query_count"])
    repeats = (measured["duplicate_query_count"] >= MIN_REPEATED - 1).astype("int64")
    groups = repeats.groupby([measured["endpoint"], measured["cell"]], observed=True).agg(["sum", "size"])
    keys = ((str(endpoint), str(cell)) for endpoint, cell in groups.index)
    return {key: (int(number), int(of)) for key, (number, of) in zip(keys, groups.to_numpy(), strict=True)}


def _finding(
    row: QueryRow,
    cells: Mapping[str, QueryRow],
    cause: Cause,
    method: str | None,
    measured: tuple[int, int] | None,
) -> Finding:
    """Return the finding of a query that repeats.

    Args:
        row: The query in the cell that the finding is about.
        cells: The query in each cell in which it repeats.
        cause: Which factors bring it about.
        method: The endpoint's method.
        measured: How many measured requests repeat a query in that cell, and of how many; None if unknown.
    """
    relation = f" for {row.relation}" if row.relation else ""
    per_row = "" if row.per_row is None else f" ({count(row.per_row)} for each row of a list)"
    example: dict[str, Any] = {
        "cell": cause.cell, "sql": row.sql, "source": row.source, "relation": row.relation, "per_row": row.per_row,
    }  # fmt: skip
    few = ""
    if measured and 0 < measured[0] < SELDOM * measured[1]:
        few = f": {measured[0]:,} of {measured[1]:,} measured requests"
        example |= {"measured": measured[0], "of": measured[1]}
    sql = "" if is_of_the_project(row.source) else f" It is {shortened(row.fingerprint)}."
    return Finding(
        REPEATED,
        "warning",
        f"{row.endpoint} makes the same query{relation}{place(row.source)} up to {row.most:,} times in one request{per_row}"
        f"{cause.clause}{_elsewhere(row, cells)}{few}.{sql}",
        endpoint=row.endpoint,
        method=method,
        factors=cause.factors,
        count=row.most,
        steps=[row.repeats_at],
        example=example,
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
