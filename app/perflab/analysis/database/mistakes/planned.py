"""Queries of the optimised cells whose plan shows a mistake, with the requests and the cells that make them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from perflab.analysis.database.queries import optimised_cells
from perflab.analysis.places import where
from perflab.analysis.stats.values import plain
from perflab.run.cells import CONTROLS
from perflab.run.records import MAX_STEPS
from perflab.run.scenario import scenario_endpoints
from perflab.run.tables import rows_where
from perflab.units import seconds


@dataclass(frozen=True, slots=True)
class Planned:
    """Describe a query and its plan.

    Attributes:
        endpoint: The endpoint that makes it.
        method: That endpoint's HTTP method.
        row: The row of the table `plans`.
        sql: The query's text.
        source: The line that makes it, if it is known.
        cells: The cells that make it, as far as their plans do not show that it is no mistake there.
        requests: The number of check requests that make it.
        steps: The first of them, as {round, step}.
    """

    endpoint: str
    method: str | None
    row: Mapping[str, Any]
    sql: str
    source: str | None
    cells: Sequence[str]
    requests: int
    steps: Sequence[Any]

    @property
    def details(self) -> str:
        """Return how long it takes and which line makes it, in brackets: ` (1.20 ms, at shop/pages.py:4 page)`."""
        took = seconds(self.row["seconds"]) if self.row["seconds"] is not None else None
        details = [detail for detail in (took, where(self.source)) if detail]
        return f" ({', '.join(details)})" if details else ""


def planned(
    plans: pd.DataFrame,
    queries: pd.DataFrame,
    scenario: Mapping[str, Any],
    factors: Sequence[str],
    shows: Callable[[Mapping[str, Any]], bool],
) -> Iterator[Planned]:
    """Yield each endpoint's query of which a plan shows a mistake with all factors on, caches left aside.

    Args:
        plans: The plans of the check requests' queries.
        queries: The queries of the check requests.
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.
        shows: Returns whether a row of `plans` shows the mistake.
    """
    optimised = optimised_cells(scenario, factors)
    methods = {endpoint.name: endpoint.method for endpoint in scenario_endpoints(scenario)}
    by_query: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for row in plain(plans):
        by_query.setdefault((str(row["endpoint"]), str(row["fingerprint"])), {})[str(row["cell"])] = row
    for (endpoint, fingerprint), rows in sorted(by_query.items()):
        left = [cell for cell in optimised if cell in rows and shows(rows[cell])]
        if not left:
            continue
        made = rows_where(queries, endpoint=endpoint, fingerprint=fingerprint)
        made = made[~made["cell"].isin(CONTROLS).to_numpy(bool)]
        cells = [str(cell) for cell in made["cell"].unique() if cell not in rows or shows(rows[cell])]
        requests = rows_where(made, cell=left[0])
        if not len(requests):
            continue
        first = requests.iloc[0]
        yield Planned(
            endpoint,
            methods.get(endpoint),
            rows[left[0]],
            str(first["sql"]),
            plain(first["source"]),
            cells,
            len(requests),
            plain(requests[["round", "step"]].head(MAX_STEPS).to_dict("records")),
        )
