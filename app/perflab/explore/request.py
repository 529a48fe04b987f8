"""One request, found by what is bad about it, and all that the run knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import pandas as pd

from perflab import units
from perflab.analysis.profile import remaining
from perflab.errors import InputError
from perflab.explore import recorded as noted
from perflab.explore.recorded import Noted, Place
from perflab.run.cells import BASELINE, OPTIMISED, REFERENCE, cell_of
from perflab.run.store import Run
from perflab.run.tables import rows_where

Which = Literal["slowest", "changed"] | tuple[int, int]

WORDS = {BASELINE: "everything off", OPTIMISED: "everything on"}


@dataclass(frozen=True)
class Request:
    """One Step, seen from a cell. `why` says how it was found. Tables are DataFrames; what was not recorded is empty."""

    run: Run
    round: int
    step: int
    cell: str
    why: str

    @cached_property
    def sent(self) -> dict[str, Any]:
        """The trace's row: method, path, body, user, and when; what there is not is None."""
        row = noted.at(self.run.trace, (self.round, self.step)).iloc[0]
        return {str(name): None if pd.isna(value) else value for name, value in row.items()}

    @property
    def endpoint(self) -> str:
        return str(self.sent["endpoint"])

    @cached_property
    def samples(self) -> pd.DataFrame:
        """One row per cell that replayed it, in the run's order of cells; the reference is no such cell."""
        rows = noted.at(self.run.samples, (self.round, self.step))
        rows = rows[(rows["cell"] != REFERENCE).to_numpy(bool)]
        order = {str(cell["name"]): place for place, cell in enumerate(self.run.cells)}
        return rows.sort_values("cell", key=lambda cells: cells.astype(str).map(order), kind="stable")

    @cached_property
    def differences(self) -> pd.DataFrame:
        """The places in which an answer is not the baseline's, of the answers whose places were kept."""
        return noted.at(self.run.differences, (self.round, self.step))

    @cached_property
    def noted(self) -> Noted:
        """Its queries and cache operations, or those of a check of the same endpoint."""
        return noted.noted(self.run, self.endpoint, (self.round, self.step), self.cell)

    @cached_property
    def plan(self) -> Mapping[str, Any] | None:
        """The row of `run.plans` for its slowest query."""
        return noted.plan(self.run, self.endpoint, self.cell, self.noted)

    @cached_property
    def profile(self) -> Mapping[str, Any] | None:
        """Where the time of its endpoint goes with everything on."""
        rows = remaining(self.run.profile, self.run.samples)
        return next((row for row in rows if row["endpoint"] == self.endpoint), None)


def find(run: Run, endpoint: str | Mapping[str, Any] | None, cell: str, which: Which) -> Request:
    """The request that `explore.Run.request` describes; only with `which` (round, step) may `endpoint` be None."""
    cells = [str(one["name"]) for one in run.cells if one["name"] != REFERENCE]
    if cell not in cells:
        raise InputError(f"there is no cell {cell!r}", hint=f"use one of {', '.join(cells)}")
    if isinstance(endpoint, Mapping):
        return _of_finding(run, endpoint, cell)
    if isinstance(which, tuple) and len(which) == 2:
        return _of_step(run, endpoint, cell, which)
    if which == "slowest" and endpoint is not None:
        return _slowest(run, endpoint, cell)
    if which == "changed" and endpoint is not None:
        return _changed(run, endpoint, cell)
    raise InputError(f"which={which!r} means nothing", hint='use "slowest", "changed" or (round, step)')


def _of_finding(run: Run, finding: Mapping[str, Any], cell: str) -> Request:
    """The request of a finding's example, in the cell where that was seen; else the first of its steps."""
    example = finding.get("example") or {}
    steps = [example] if {"round", "step"} <= set(example) else finding.get("steps") or []
    if not steps or steps[0] is None:
        raise InputError("this finding is not about single requests", hint="its example has what it rests on")
    seen = example.get("cell") or (cell_of(finding["factors"], run.factors) if finding.get("factors") else cell)
    place = (int(steps[0]["round"]), int(steps[0]["step"]))
    return Request(run, *place, str(seen), f"The first request of this finding: {finding['sentence']}")


def _of_step(run: Run, endpoint: str | None, cell: str, place: Place) -> Request:
    number, step = place
    rows = noted.at(run.trace, place)
    if rows.empty:
        rounds = run.trace["round"].unique()
        there = f"`run.trace` has those of {len(rounds)} rounds" if len(rounds) else "this run asked for nothing"
        raise InputError(f"there is no step {step} in round {number}", hint=there)
    asked = str(rows.iloc[0]["endpoint"])
    if endpoint is not None and asked != endpoint:
        raise InputError(
            f"step {step} of round {number} asked for {asked}, not {endpoint}", hint="leave the endpoint out"
        )
    return Request(run, number, step, cell, "The one that was asked for.")


def _slowest(run: Run, endpoint: str, cell: str) -> Request:
    rows = _measured(run, endpoint, cell)
    if rows.empty:
        raise InputError(f"no measured request to {endpoint} succeeded in {cell}", hint="try another cell or endpoint")
    slowest = rows.iloc[int(rows["latency_s"].argmax())]
    why = (
        f"The slowest of {len(rows):,} measured requests to {endpoint} with {in_words(cell)}: "
        f"{units.seconds(slowest['latency_s'])}, where the median is {units.seconds(rows['latency_s'].median())}."
    )
    return Request(run, int(slowest["round"]), int(slowest["step"]), cell, why)


def _measured(run: Run, endpoint: str, cell: str) -> pd.DataFrame:
    samples = run.samples
    wanted = (samples["endpoint"] == endpoint) & (samples["cell"] == cell) & (samples["phase"] == "measured")
    return samples[(wanted & samples["error"].isna() & samples["latency_s"].notna()).to_numpy(bool)]


def _changed(run: Run, endpoint: str, cell: str) -> Request:
    """The first answer that is not the baseline's, of those whose difference was kept if there is any."""
    keys = ["round", "step"]
    answers = run.samples[
        ((run.samples["endpoint"] == endpoint) & run.samples["response_digest"].notna()).to_numpy(bool)
    ]
    here, base = (
        rows_where(answers, cell=name)[[*keys, "response_digest"]].astype({"response_digest": str})
        for name in (cell, BASELINE)
    )
    both = here.merge(base, on=keys, suffixes=("", "_base"))
    differ = both[(both["response_digest"] != both["response_digest_base"]).to_numpy(bool)]
    if differ.empty:
        raise InputError(
            f"of {len(both):,} answers of {endpoint} with {in_words(cell)} none differs from the baseline's",
            hint='try which="slowest", or another cell',
        )
    kept = noted.places(rows_where(run.differences, cell=cell))
    number, step = min(noted.places(differ), key=lambda place: (place not in kept, place))
    why = f"One of {len(differ):,} of {len(both):,} answers of {endpoint} that are not the baseline's with {in_words(cell)}."
    return Request(run, number, step, cell, why)


def in_words(cell: str) -> str:
    """`everything on`, `only indexes and queries on`, or the control's own name."""
    if cell in WORDS:
        return WORDS[cell]
    return f"only {cell.replace('+', ' and ')} on" if cell not in ("twin", "canary") else f"everything on (the {cell})"
