"""Rows that change places because their order is open: the ORDER BY has ties, and the plan of the query decides them.

Such a difference is nobody's wrong response. An index decides nothing but the plan, so whatever an index alone changes is another
order, also where a page then shows other rows. Other switches change code, which may be wrong besides: rows in another order are
reported as that, and where rows or values differ, the ORDER BY is named as what may be the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from perflab.analysis.responses.findings import smallest
from perflab.run.cells import BASELINE
from perflab.run.records import Finding
from perflab.run.scenario import index_factors
from perflab.run.tables import UNSORTED

ORDER = "open_order"
KINDS = ("reordered", "rows", "content")
MAX_NAMED = 3


def with_orders(
    answers: pd.DataFrame, plans: pd.DataFrame, scenario: Mapping[str, Any], factors: Sequence[str]
) -> pd.DataFrame:
    """Return the responses that differ, with the ORDER BY that leaves them open, and as reordered where nothing else can be.

    Args:
        answers: The responses that differ, as `answers.changed` returns them.
        plans: The plans of the checks' queries.
        scenario: The scenario as run.json keeps it.
        factors: The scenario's factors, in its order.
    """
    explained = answers.assign(**{ORDER: pd.Series([None] * len(answers), index=answers.index, dtype=object)})
    if ORDER not in plans.columns or not len(explained):
        return explained
    switching_indexes = set(index_factors(scenario))
    for (endpoint, kind), group in answers.groupby(["endpoint", "class"], sort=True):
        if kind not in KINDS:
            continue
        sets = [on for _, on in smallest(group["cell"].unique().tolist(), factors)]
        by_index = all(on and switching_indexes.issuperset(on) for on in sets)
        order = _order(plans[(plans["endpoint"] == endpoint).to_numpy(bool)], str(kind), by_index=by_index)
        if order is not None:
            explained.loc[group.index, ORDER] = order
            explained.loc[group.index, "class"] = "reordered" if by_index else kind
    return explained


def _order(plans: pd.DataFrame, kind: str, *, by_index: bool) -> str | None:
    """Return the sort keys of an endpoint's queries that leave the order open; UNSORTED where none sorts, None for no query.

    Of code that a switch changes, only ties count; where rows or values differ, only those that both codes have.
    """
    cells: dict[str, set[str]] = {}
    for cell, order in plans[["cell", ORDER]].dropna().itertuples(index=False, name=None):
        cells.setdefault(str(order), set()).add(str(cell))
    in_both = [order for order, own in cells.items() if BASELINE in own and len(own) > 1]
    ties = sorted({*(cells if by_index or kind == "reordered" else in_both)} - {UNSORTED})
    if ties:
        return " or ".join(ties[:MAX_NAMED])
    return UNSORTED if by_index and UNSORTED in cells else None


def consequences(tables: Sequence[Finding], answers: Sequence[Finding], scenario: Mapping[str, Any]) -> list[Finding]:
    """Return the findings about tables, with those that follow from an open order told as such.

    What an index changes in a table comes from rows in another order, of which the project wrote something down.

    Args:
        tables: The findings about tables.
        answers: Those about responses.
        scenario: The scenario as run.json keeps it.
    """
    switching_indexes = set(index_factors(scenario))
    open_ones = {
        tuple(finding.factors): finding.endpoint for finding in answers if finding.example.get(ORDER) is not None
    }
    explained = []
    for finding in tables:
        endpoint = open_ones.get(tuple(finding.factors))
        if endpoint is not None and finding.factors and switching_indexes.issuperset(finding.factors):
            why = f" An index changes nothing but the order of rows that a query leaves open, as in {endpoint}."
            finding = replace(finding, severity="warning", sentence=f"{finding.sentence}{why}")
        explained.append(finding)
    return explained
