"""The run that `perflab.load` gives: the tables of store.py, and what is said of them, in values that show themselves."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perflab.errors import InputError
from perflab.explore.tables import Table
from perflab.run import store
from perflab.run.tables import SCHEMA_VERSION

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from perflab.explore.request import Request, Which
    from perflab.explore.rows import Claim, Effect, Ledger, Listing
    from perflab.report.figures import Data
    from perflab.report.html import Section

# Imports inside the methods: the report needs scipy, figures matplotlib, 2 s together; tables alone do without.


class Run(store.Run):
    """One saved run. Tables as in store.py; claims, findings, effects, ledgers, figures and single requests beside them."""

    # -- what it says ----------------------------------------------------------------------------------------------

    @cached_property
    def summary(self) -> Mapping[str, Any]:
        """summary.json: as it was written with the run's page, else computed now (some seconds)."""
        written = self._written()
        if written is not None:
            return written
        from perflab import report

        return report.build(self)

    @cached_property
    def claims(self) -> Listing:
        """The claims, in the scenario's order; `claim(id)` is one of them."""
        from perflab.explore.rows import Claim, Listing
        from perflab.report.sections import sections

        return Listing(tuple(Claim(row) for row in self.summary["claims"]), sections.claims(self.summary, self))

    def claim(self, id_: str) -> Claim:
        """One claim by its id; raises InputError with those that there are."""
        from perflab.explore.rows import Claim

        known = {row["id"]: row for row in self.summary["claims"]}
        if id_ not in known:
            raise InputError(f"the scenario makes no claim {id_!r}", hint=_one_of(known))
        return Claim(known[id_])

    @cached_property
    def findings(self) -> Listing:
        """What is wrong, or good to know, worst first; `request(finding)` opens the first request of one that has any."""
        from perflab.explore.listing import findings

        return findings(self.summary)

    def effect(
        self,
        endpoint: str = "ALL",
        metric: str = "latency_s",
        contrast: str = "all_on / all_off",
        statistic: str = "mean",
    ) -> Effect:
        """One cell against another, as the page has it; `effects(...)` computes all that one may ask, as a table.

        `endpoint` is one's name, ALL, or a part of the traffic (READS, WRITES, HITS, MISSES, COLD, WARM, GEOMEAN). Raises
        InputError with what there is instead.
        """
        from perflab.explore.listing import effect

        return effect(self.summary, endpoint=endpoint, metric=metric, contrast=contrast, statistic=statistic)

    def endpoint(self, name: str | None = None) -> str:
        """The name of an endpoint that was asked for; without a name, the one that came off worst with everything on.

        Worst is what gained least, by the end of its interval that is nearer to no change. Raises InputError with the names
        that there are.
        """
        from perflab.explore.listing import worst_endpoint

        known = sorted(self.trace["endpoint"].dropna().unique())
        if not known:
            raise InputError(f"the run {self.run_id} asked for nothing", hint="run the scenario again")
        if name is None:
            return worst_endpoint(self.summary) or str(known[0])
        if name not in known:
            raise InputError(f"this run asked for no endpoint {name!r}", hint=_one_of(known))
        return name

    @property
    def cache_ledger(self) -> Ledger:
        """How often each endpoint asks the cache, how often it has the answer, what that saves and costs."""
        from perflab.explore.rows import Ledger
        from perflab.report.sections import caching

        return Ledger.of(caching.caching(self.summary, self), self.summary["cache"])

    @property
    def query_ledger(self) -> Ledger:
        """Which queries each endpoint makes in each cell, how often, and from which line."""
        from perflab.explore.rows import Ledger
        from perflab.report.sections import queries

        return Ledger.of(queries.queries(self.summary, self), self.summary["queries"])

    @property
    def index_ledger(self) -> Ledger:
        """Which indexes earn their keep, and what there is without those that do not."""
        from perflab.explore.rows import Ledger
        from perflab.report.sections import indexes

        return Ledger.of(indexes.indexes(self.summary, self), self.summary["indexes"])

    def effects(self, **choices: Any) -> pd.DataFrame:
        """One row per (endpoint or ALL, metric, contrast); see `perflab.analysis.effects.effects`."""
        from perflab.analysis import effects

        return effects(self.samples, self.factors, **choices)

    # -- what one looks at -----------------------------------------------------------------------------------------

    def figure(self, name: str | None = None, ax: Axes | None = None) -> Axes | Table:
        """Draw one of the page's figures: on new axes, which show themselves, or on `ax`. Without a name: which there are.

        The axes are matplotlib's own, to be changed further; `ax.figure.savefig(...)` keeps them. Raises InputError for a
        name that no figure has.
        """
        from perflab.explore import figure

        return figure.listed(self.figure_data) if name is None else figure.drawn(self.figure_data, name, ax)

    @cached_property
    def figure_data(self) -> Data:
        """What figures draw: `perflab.report.figures.queries.draw(run.figure_data, ax)` is what `figure` does."""
        from perflab.report.figures import Data

        return Data.of(self, self.summary)

    def request(
        self, endpoint: str | Mapping[str, Any] | None = None, cell: str = "all_on", which: Which = "slowest"
    ) -> Request:
        """One request and all that is known of it: its times in every cell, its answer, queries, plan, cache operations.

        `which`: the "slowest" measured one of the endpoint in the cell; the first "changed", whose answer there is not the
        baseline's; or (round, step). `endpoint` None is the one that came off worst; a finding stands for its first request.
        Raises InputError where there is no such request.
        """
        from perflab.explore import request
        from perflab.explore.render import ShownRequest

        if not isinstance(endpoint, Mapping) and which in ("slowest", "changed"):
            endpoint = self.endpoint(endpoint)
        return ShownRequest.of(request.find(self, endpoint, cell, which))

    def compare(self, other: store.Run | str | None = None) -> Section:
        """This run against an earlier one: by default the newest complete one before it of the same scenario and profile.

        `other` is a run, a run_id or a directory. Says so where there is none before it. Costs the analysis of both.
        """
        from perflab.explore import against

        return against.compare(self, other)

    # -- how it shows itself ---------------------------------------------------------------------------------------

    @property
    def page(self) -> str:
        """Where its page is, from the project's root: never an absolute path, which would say whose machine it is."""
        place = self.directory.resolve().parts
        inside = place[-3:] if len(place) > 3 and place[-3] == store.REPORTS.name else place[-1:]
        return "/".join((*inside, "summary.html"))

    def table(self) -> Table:
        """What it is, as named facts; reads summary.json for its verdict, and computes nothing."""
        measured = int((self.samples["phase"] == "measured").sum())
        rounds = self.samples["round"].nunique()
        treated = [cell for cell in self.cells if cell["role"] == "treatment"]
        controls = [str(cell["name"]) for cell in self.cells if cell["role"] != "treatment"]
        return Table(
            f"perflab run {self.run_id}",
            {
                "scenario": self.scenario.get("title") or self.scenario_name,
                "verdict": self._verdict(),
                "status": self._status(),
                "profile": (self.meta.get("parameters") or {}).get("profile"),
                "rounds": rounds,
                "requests": f"{len(self.samples):,}, of which {measured:,} were measured",
                "cells": f"{len(treated)} combinations of {', '.join(self.factors)}; controls: {', '.join(controls) or 'none'}",
                "page": self.page + ("" if (self.directory / "summary.html").is_file() else ", once it is written"),
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
            return "none, for the run is not complete"
        written = self._written()
        return "not written yet" if written is None else str(written.get("verdict"))

    def _written(self) -> dict[str, Any] | None:
        """summary.json, if it is one of this run as it is now. One that cannot be read is as good as none."""
        if not self.complete:  # it may have been written while the run was going on
            return None
        try:
            found = json.loads((self.directory / "summary.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        is_own = isinstance(found, dict) and (found.get("schema"), found.get("run_id")) == (SCHEMA_VERSION, self.run_id)
        return found if is_own else None


def load(run: str | os.PathLike[str] = "latest", reports: Path | None = None) -> Run:
    """Read a saved run: a directory, a run_id, or `latest` (the newest one that was complete, else the newest).

    Raises InputError where there is no such run, and StoreError where it was written by a newer perflab.
    """
    found = store.load(run, reports)
    return Run(found.directory, found.meta)


def _one_of(known: Any) -> str:
    return f"use one of {', '.join(map(str, known))}" if known else "there is none"
