"""Measured requests that repeat many queries where no check request did: writes cannot be made again, nor what changed meanwhile.

How often a measured request repeats a text is counted; which text it was is not known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from perflab.analysis.database.mistakes.cause import cause_of
from perflab.analysis.database.queries import REPEATED, measured_repeats, optimised_cells
from perflab.analysis.stats.values import plain
from perflab.run.cells import CONTROLS
from perflab.run.columns import Samples
from perflab.run.records import MAX_STEPS, Finding
from perflab.run.scenario import scenario_endpoints
from perflab.run.tables import rows_where

# So many repetitions are no coincidence of several texts that are made twice or three times each.
MIN_REPEATS = 10
COLUMNS = ("round", "step", "phase", "cell", "endpoint", "query_count", "duplicate_query_count")


def unrecorded(
    samples: Samples, scenario: Mapping[str, Any], factors: Sequence[str], recorded: Collection[str]
) -> Iterator[Finding]:
    """Yield `repeated_query` for each endpoint whose measured requests repeat many queries, and whose check requests repeat none.

    Args:
        samples: The run's requests.
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.
        recorded: The endpoints whose repeated queries are findings already.
    """
    if "duplicate_query_count" not in samples.columns:
        return
    wanted = optimised_cells(scenario, factors)
    methods = {endpoint.name: endpoint.method for endpoint in scenario_endpoints(scenario)}
    # Of millions of requests few are copied.
    repeating = (samples["duplicate_query_count"].fillna(0) >= MIN_REPEATS).to_numpy(bool)
    many = rows_where(pd.DataFrame({name: samples[name][repeating] for name in COLUMNS}), phase="measured")
    many = many[~many["cell"].isin(CONTROLS).to_numpy(bool)]
    unseen = sorted(set(map(str, many["endpoint"].unique())) & set(methods) - set(recorded))
    measured = measured_repeats(samples) if unseen else {}
    for name in unseen:
        own = rows_where(many, endpoint=name)
        cells = [str(cell) for cell in own["cell"].unique()]
        left = [cell for cell in wanted if cell in cells]
        if not left:
            continue
        in_cell = rows_where(own, cell=left[0]).sort_values("duplicate_query_count", ascending=False, kind="stable")
        worst = in_cell.iloc[0]
        _, of = measured[(name, left[0])]
        cause = cause_of(cells, scenario, factors)
        sentence = (
            f"{name} repeats queries: up to {worst['duplicate_query_count']:,} of the {worst['query_count']:,} queries of a "
            f"request have the text of an earlier one, in {len(in_cell):,} of {of:,} measured requests"
            f"{cause.clause}; no check request repeats them, so that the query is not known."
        )
        yield Finding(
            REPEATED,
            "warning",
            sentence,
            endpoint=name,
            method=methods[name],
            factors=cause.factors,
            count=int(worst["duplicate_query_count"]),
            steps=plain(in_cell[["round", "step"]].head(MAX_STEPS).to_dict("records")),
            example={"cell": cause.cell, "sql": None, "source": None, "relation": None},
        )
