"""What figures draw: a summary, and the mean of each metric per endpoint and cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from perflab.analysis.caching.hit_rates import HitRates, hit_rates
from perflab.analysis.effects.cells import cell_means
from perflab.analysis.effects.distribution import COLUMNS as SPREAD_COLUMNS
from perflab.analysis.effects.distribution import Distribution, distribution
from perflab.analysis.stats.pairs import Pairs
from perflab.analysis.summary import summarise
from perflab.report import lookup
from perflab.run.cells import ALL, BASELINE, OPTIMISED, WHOLE
from perflab.run.records import Effect
from perflab.run.scenario import endpoint_weights, writing_endpoints
from perflab.run.store import Run
from perflab.run.summary import Summary
from perflab.units import cut

MAX_LABEL = 34
NO_SAMPLES = "There is nothing to draw: the run has no samples."
NOT_SPREAD = Distribution(pd.DataFrame(columns=list(SPREAD_COLUMNS)))


@dataclass(frozen=True)
class Data:
    """One run for figures. `cells` has endpoint (or ALL), cell, metric, mean, n; `order` the cells from all off to all on.

    `writes` are the endpoints that write; `complete` is False where no verdict may be drawn; `hit_rates` is None where they
    cannot be modelled; `warm` are the parts of the traffic before the rounds, with their lookups.
    """

    summary: Summary
    cells: pd.DataFrame
    order: tuple[str, ...]
    factors: tuple[str, ...]
    writes: frozenset[str] = frozenset()
    complete: bool = True
    hit_rates: HitRates | None = None
    distribution: Distribution = NOT_SPREAD
    warm: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, source: Run | Data, summary: Summary | None = None) -> Data:
        """Return what figures draw of a run.

        Args:
            source: The run; Data is returned as it is.
            summary: The run's summary, if there is one already.
        """
        if isinstance(source, Data):
            return source
        summary = summarise(source) if summary is None else summary
        claim = lookup.claim_about(summary, "latency_s")
        pairs = Pairs.of(source.samples, weights=endpoint_weights(source.scenario))
        return cls(
            summary,
            cell_means(pairs),
            _by_levels([str(cell["name"]) for cell in source.cells if cell["role"] == "treatment"], source.factors),
            source.factors,
            writing_endpoints(source.scenario),
            source.complete,
            hit_rates(summary, source.scenario, source.trace),
            distribution(pairs, source.scenario, claim.scope if claim else None, lookup.claimed_level(claim)),
            (source.meta.get("warm") or {}).get("parts") or (),
        )

    @property
    def empty(self) -> bool:
        """Whether nothing was measured."""
        return self.cells.empty or not self.cells["n"].sum()

    def effects(self, metric: str, contrast: str = WHOLE) -> list[Effect]:
        """Return the mean effects of a contrast, one per endpoint and ALL, without those that rest on no pair.

        Args:
            metric: The column that was compared.
            contrast: Which cell is compared with which.
        """
        return lookup.by_endpoint(self.summary, metric, contrast, with_all=True)

    def effect(self, metric: str, endpoint: str = ALL, contrast: str = WHOLE) -> Effect | None:
        """Return one mean effect; None where it was not estimated.

        Args:
            metric: The column that was compared.
            endpoint: An endpoint's name, or ALL.
            contrast: Which cell is compared with which.
        """
        return next((effect for effect in self.effects(metric, contrast) if effect.endpoint == endpoint), None)

    def claimed_level(self, metric: str) -> float | None:
        """Return the mean that the first claim about a metric corresponds to: what is left after the claimed reduction."""
        return lookup.claimed_level(lookup.claim_about(self.summary, metric))

    def by_cell(self, metric: str) -> pd.DataFrame:
        """Return endpoints by cells of one metric; ALL first, then the baseline's highest mean first."""
        rows = self.cells[self.cells["metric"] == metric]
        table = rows.pivot_table(index="endpoint", columns="cell", values="mean", aggfunc="first", dropna=False)
        table = table.reindex(columns=[c for c in self.order if c in table.columns]).dropna(how="all")
        table.columns.name = None
        if table.empty:
            return table
        key = table[BASELINE] if BASELINE in table else table.max(axis=1)
        ranked = key.sort_values(ascending=False, kind="stable").index
        return table.reindex([*(e for e in ranked if e == ALL), *(e for e in ranked if e != ALL)])

    def label(self, endpoint: str) -> str:
        """Return an endpoint's name as figures write it; an endpoint that writes is marked."""
        if endpoint == ALL:
            return "ALL requests"
        short = cut(endpoint, MAX_LABEL)
        return f"{short} (write)" if endpoint in self.writes else short


def _by_levels(cells: Sequence[str], factors: Sequence[str]) -> tuple[str, ...]:
    """Cells by how many factors are on, then in the order of the factors."""
    ends = {BASELINE: (), OPTIMISED: tuple(factors)}

    def place(cell: str) -> tuple[int, list[int]]:
        on = ends.get(cell, tuple(cell.split("+")))
        return len(on), [factors.index(f) for f in on if f in factors]

    return tuple(sorted(cells, key=place))
