"""The run that `perflab.load` returns: the tables of store.py, and results that display themselves."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perflab.errors import InputError
from perflab.explore.tables import Table
from perflab.run import store
from perflab.run.cells import everything_on
from perflab.run.records import Finding
from perflab.run.summary import Summary
from perflab.run.tables import SCHEMA_VERSION

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from perflab.explore.render import ShownRequest
    from perflab.explore.request import Which
    from perflab.explore.rows import Ledger, Listing, ShownClaim, ShownEffect, ShownFinding
    from perflab.report.figures import Data
    from perflab.report.html import Section

# Imports inside the methods: the report needs scipy, figures matplotlib, 2 s together; tables alone do without.


class Run(store.Run):
    """One saved run. Tables as in store.py; claims, findings, effects, ledgers, figures and single requests beside them."""

    # -- results ---------------------------------------------------------------------------------------------------

    @cached_property
    def summary(self) -> Summary:
        """The summary as it was written with the run's page, or else computed now (some seconds)."""
        written = self._written()
        if written is not None:
            return written
        from perflab import report

        return report.build(self)

    @cached_property
    def claims(self) -> Listing:
        """The claims, in the scenario's order; `claim(id)` is one of them."""
        from perflab.explore.rows import Listing, ShownClaim
        from perflab.report.sections import claims

        return Listing(tuple(map(ShownClaim, self.summary.claims)), claims.build(self.summary, self))

    def claim(self, id_: str) -> ShownClaim:
        """Return one claim by its id.

        Raises:
            InputError: The scenario makes no such claim; the hint names those it makes.
        """
        from perflab.explore.rows import ShownClaim

        claims = {claim.id: claim for claim in self.summary.claims}
        if id_ not in claims:
            raise InputError(f"the scenario makes no claim {id_!r}", hint=_one_of(claims))
        return ShownClaim(claims[id_])

    @cached_property
    def findings(self) -> Listing:
        """The findings, the most severe first; `request(finding)` opens the first request of one."""
        from perflab.explore.listing import findings

        return findings(self.summary)

    def effect(
        self,
        endpoint: str = "ALL",
        metric: str = "latency_s",
        contrast: str = "all_on / all_off",
        statistic: str = "mean",
    ) -> ShownEffect:
        """Return the effect of one cell compared with another, as on the page; `effects(...)` computes any others.

        Args:
            endpoint: An endpoint's name, ALL, or a part of the traffic (READS, WRITES, HITS, MISSES, COLD, WARM, GEOMEAN).
            metric: The column that is compared.
            contrast: Which cell is compared with which.
            statistic: `mean`, a quantile such as `p95`, or `geomean of means`.

        Raises:
            InputError: There is no such effect; the hint names what there is instead.
        """
        from perflab.explore.listing import effect

        return effect(self.summary, endpoint=endpoint, metric=metric, contrast=contrast, statistic=statistic)

    def levels(self) -> pd.DataFrame:
        """Return what requests take in a run without factors: a row per (endpoint or ALL, metric, statistic)."""
        import pandas as pd

        return pd.DataFrame([*self.summary.levels])

    def endpoint(self, name: str | None = None) -> str:
        """Return the name of an endpoint that was requested; without a name, the one that gained least with everything on.

        Endpoints are ordered by the end of the interval that is nearer to no change.

        Raises:
            InputError: No such endpoint was requested; the hint names those that were.
        """
        from perflab.explore.listing import worst_endpoint

        names = sorted(self.trace["endpoint"].dropna().unique())
        if not names:
            raise InputError(f"the run {self.run_id} made no request", hint="run the scenario again")
        if name is None:
            return worst_endpoint(self.summary) or str(names[0])
        if name not in names:
            raise InputError(f"this run requested no endpoint {name!r}", hint=_one_of(names))
        return name

    @property
    def cache_ledger(self) -> Ledger:
        """How often each endpoint uses the cache, its hit rate, and what a hit saves and a miss costs."""
        from perflab.explore.rows import Ledger
        from perflab.report.sections import caching

        return Ledger.of(caching.shown(self.summary, self), self.summary.cache)

    @property
    def query_ledger(self) -> Ledger:
        """Which queries each endpoint makes in each cell, how often, and from which line."""
        from perflab.explore.rows import Ledger
        from perflab.report.sections import queries

        return Ledger.of(queries.build(self.summary, self), self.summary.queries)

    @property
    def index_ledger(self) -> Ledger:
        """Which indexes are needed, and what dropping the others would gain."""
        from perflab.explore.rows import Ledger
        from perflab.report.sections import indexes

        return Ledger.of(indexes.build(self.summary, self), self.summary.indexes)

    def effects(self, **choices: Any) -> pd.DataFrame:
        """Return one row per (endpoint or ALL, metric, contrast); see `perflab.analysis.effects.effects`."""
        from perflab.analysis.effects.effects import effects
        from perflab.analysis.summary import arranged

        return effects(arranged(self), self.factors, **choices)

    # -- figures, requests -----------------------------------------------------------------------------------------

    def figure(self, name: str | None = None, ax: Axes | None = None) -> Axes | Table:
        """Draw one of the page's figures, or list them all without a name.

        The axes are matplotlib's own and can be changed further; `ax.figure.savefig(...)` saves them.

        Args:
            name: The figure's name; None lists the names.
            ax: The axes to draw on; None makes new ones, which display themselves.

        Raises:
            InputError: There is no figure of this name.
        """
        from perflab.explore import figure

        return figure.listed(self.figure_data) if name is None else figure.drawn(self.figure_data, name, ax)

    @cached_property
    def figure_data(self) -> Data:
        """What figures draw: `perflab.report.figures.ALL["queries"].draw(run.figure_data, ax)` is what `figure` does."""
        from perflab.report.figures import Data

        return Data.of(self, self.summary)

    def request(
        self, endpoint: str | ShownFinding | Finding | None = None, cell: str | None = None, which: Which = "slowest"
    ) -> ShownRequest:
        """Return one request and all records of it: its times in every cell, its response, queries, plan, cache operations.

        Args:
            endpoint: The endpoint's name, or a finding, which stands for its first request; None takes the endpoint that gained
                least.
            cell: The cell to look at; None takes the one with everything on, or the only one.
            which: The "slowest" measured request; the first "changed", whose response differs from the baseline's; or (round,
                step).

        Raises:
            InputError: There is no such request.
        """
        from perflab.explore import request
        from perflab.explore.render import ShownRequest
        from perflab.explore.rows import ShownFinding

        cell = everything_on(self.factors) if cell is None else cell
        if isinstance(endpoint, ShownFinding | Finding):
            finding = endpoint.record if isinstance(endpoint, ShownFinding) else endpoint
            return ShownRequest.of(request.of_finding(self, finding, cell))
        if which in ("slowest", "changed"):
            endpoint = self.endpoint(endpoint)
        return ShownRequest.of(request.find(self, endpoint, cell, which))

    def compare(self, other: store.Run | str | None = None) -> Section:
        """Compare this run with an earlier one. Costs the analysis of both.

        Args:
            other: A run, a run_id or a directory; None takes the newest complete run before this one of the same scenario and
                profile.

        Returns:
            The comparison, or a sentence where there is no earlier run.
        """
        from perflab.explore import against

        return against.compare(self, other)

    # -- how it is displayed ---------------------------------------------------------------------------------------

    @property
    def page(self) -> str:
        """Where its page is, from the project's root: never an absolute path, which could name a user."""
        place = self.directory.resolve().parts
        inside = (
            place[-3:] if len(place) > 3 and place[-3] in (store.REPORTS.name, store.OTHER_REPORTS.name) else place[-1:]
        )
        return "/".join((*inside, "summary.html"))

    def table(self) -> Table:
        """Return the run as named facts; reads summary.json for its verdict, and computes nothing."""
        measured = int((self.samples["phase"] == "measured").sum())
        rounds = self.samples["round"].nunique()
        treated = [cell for cell in self.cells if cell["role"] == "treatment"]
        controls = [str(cell["name"]) for cell in self.cells if cell["role"] != "treatment"]
        combinations = f"{len(treated)} combinations of {', '.join(self.factors)}" if self.factors else "one"
        return Table(
            f"perflab run {self.run_id}",
            {
                "scenario": self.scenario.get("title") or self.scenario_name,
                "verdict": self._verdict(),
                "status": self._status(),
                "profile": (self.meta.get("parameters") or {}).get("profile"),
                "rounds": rounds,
                "requests": f"{len(self.samples):,}, of which {measured:,} were measured",
                "cells": f"{combinations}; controls: {', '.join(controls) or 'none'}",
                "page": self.page + ("" if (self.directory / "summary.html").is_file() else " (not written yet)"),
            },
        )

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    def _status(self) -> str:
        error = self.meta.get("error")
        return f"{self.status}: {error}" if error else self.status

    def _verdict(self) -> str:
        if not self.complete:
            return "none: the run is not complete"
        written = self._written()
        return "not written yet" if written is None else str(written.verdict)

    def _written(self) -> Summary | None:
        """summary.json, if it is of this run in its present state; None where it is not or cannot be read."""
        if not self.complete:  # it may have been written while the run was going on
            return None
        try:
            summary = json.loads((self.directory / "summary.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(summary, dict) or (summary.get("schema"), summary.get("run_id")) != (
            SCHEMA_VERSION,
            self.run_id,
        ):
            return None
        return Summary.of(summary)


def load(run: str | os.PathLike[str] = "latest", reports: Path | None = None) -> Run:
    """Read a saved run.

    Args:
        run: A directory, a run_id, or `latest` (the newest complete run, or else the newest).
        reports: Where runs are saved.

    Raises:
        InputError: There is no such run.
        StoreError: It was written by a newer perflab.
    """
    saved = store.load(run, reports)
    return Run(saved.directory, saved.meta)


def _one_of(names: Iterable[str]) -> str:
    return f"use one of {', '.join(map(str, names))}" if names else "there is none"
