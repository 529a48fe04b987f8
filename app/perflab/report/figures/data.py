"""What figures draw: a summary, and the mean of each metric per endpoint and cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from perflab import analysis
from perflab.analysis.caching.hit_rates import HitRates, hit_rates
from perflab.analysis.effects.cells import CELL_COLUMNS
from perflab.analysis.effects.distribution import COLUMNS as SPREAD_COLUMNS
from perflab.analysis.effects.distribution import Distribution, distribution
from perflab.analysis.scope import claim_about
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import ALL, BASELINE, MIX, OPTIMISED, WHOLE, contrasts
from perflab.run.store import Run
from perflab.units import cut

LONGEST_LABEL = 34
NO_SAMPLES = "There is nothing to draw: the run has no samples."
NOT_SPREAD = Distribution(pd.DataFrame(columns=list(SPREAD_COLUMNS)))


@dataclass(frozen=True)
class Data:
    """One run for figures. `cells` has endpoint (or ALL), cell, metric, mean, n; `order` the cells from all off to all on.

    `writes` are the endpoints that write; `complete` is False where no verdict may be drawn. `hit_rates` is None where they
    cannot be told; they and the `distribution` are empty of a summary alone, for they take trace and samples.
    """

    summary: Mapping[str, Any]
    cells: pd.DataFrame
    order: tuple[str, ...]
    factors: tuple[str, ...]
    writes: frozenset[str] = frozenset()
    complete: bool = True
    hit_rates: HitRates | None = None
    distribution: Distribution = NOT_SPREAD

    @classmethod
    def of(cls, source: Run | Mapping[str, Any] | Data, summary: Mapping[str, Any] | None = None) -> Data:
        """From a run (and its summary, if there is one already), or from a summary alone.

        A summary alone knows the cells of its contrasts: all of up to 3 factors.
        """
        if isinstance(source, Data):
            return source
        if not isinstance(source, Run):
            return cls._of_summary(source)
        known = analysis.summarise(source) if summary is None else summary
        asked = claim_about(known, "latency_s") or {}
        pairs = Pairs.of(source.samples)
        return cls(
            known,
            analysis.cell_means(pairs),
            _by_levels([str(cell["name"]) for cell in source.cells if cell["role"] == "treatment"], source.factors),
            source.factors,
            frozenset(endpoint.name for endpoint in source.endpoints if endpoint.writes),
            source.complete,
            hit_rates(known, source.scenario, source.trace),
            distribution(pairs, source.scenario, asked.get("scope"), _level(asked)),
        )

    @classmethod
    def _of_summary(cls, summary: Mapping[str, Any]) -> Data:
        effects = [e for e in summary["effects"] if e["statistic"] == "mean"]
        factors = tuple(dict.fromkeys(str(a["factor"]) for a in summary["attribution"] if a["kind"] == "factor"))
        by_name = {contrast.name: contrast for contrast in contrasts(factors)}
        rows = {}
        for effect in (e for e in effects if e["endpoint"] not in MIX and e["contrast"] in by_name):
            contrast = by_name[effect["contrast"]]
            for cell, side in ((contrast.baseline, "before"), (contrast.candidate, "after")):
                rows[effect["endpoint"], cell, effect["metric"]] = (effect[side], effect["n"])
        cells = pd.DataFrame([(*key, *value) for key, value in rows.items()], columns=list(CELL_COLUMNS))
        cells["mean"] = cells["mean"].astype("float64")
        order = [c for c in cells["cell"].drop_duplicates() if c not in ("twin", "canary")]
        return cls(summary, cells, _by_levels(order, factors), factors)

    @property
    def empty(self) -> bool:
        return self.cells.empty or not self.cells["n"].sum()

    def effects(self, metric: str, contrast: str = WHOLE, statistic: str = "mean") -> list[dict[str, Any]]:
        """The rows of a contrast, one per endpoint and ALL, those without a pair left out."""
        wanted = (metric, contrast, statistic)
        return [
            dict(e)
            for e in self.summary["effects"]
            if (e["metric"], e["contrast"], e["statistic"]) == wanted and e["n"] and e["endpoint"] not in MIX
        ]

    def effect(self, metric: str, endpoint: str = ALL, contrast: str = WHOLE) -> dict[str, Any] | None:
        return next((e for e in self.effects(metric, contrast) if e["endpoint"] == endpoint), None)

    def budget(self, metric: str) -> float | None:
        """The mean to which the first claim about a metric comes: what is left after the reduction that it asks for."""
        return _level(claim_about(self.summary, metric) or {})

    def by_cell(self, metric: str) -> pd.DataFrame:
        """Endpoints by cells of one metric; ALL first, then by the baseline's figure, the highest on top."""
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
        """An endpoint's name as figures write it; one that writes is marked."""
        if endpoint == ALL:
            return "ALL requests"
        short = cut(endpoint, LONGEST_LABEL)
        return f"{short} (write)" if endpoint in self.writes else short


def _level(claim: Mapping[str, Any]) -> float | None:
    if claim.get("direction") != "at_least" or claim.get("before") is None:
        return None
    return float(claim["before"] * (1 - claim["bound"]))


def _by_levels(cells: Sequence[str], factors: Sequence[str]) -> tuple[str, ...]:
    """Cells by how many factors are on, then in the order of the factors."""
    ends = {BASELINE: (), OPTIMISED: tuple(factors)}

    def place(cell: str) -> tuple[int, list[int]]:
        on = ends.get(cell, tuple(cell.split("+")))
        return len(on), [factors.index(f) for f in on if f in factors]

    return tuple(sorted(cells, key=place))
