"""One request, selected by what is wrong with it, and all that the run recorded of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import pandas as pd

from perflab import units
from perflab.analysis.profile import remaining
from perflab.errors import InputError
from perflab.explore.recorded import Place, RecordedRequest, at, places, plan_of, recorded_of
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, REFERENCE, TWIN, TWIN_OFF, cell_of
from perflab.run.records import Finding
from perflab.run.scenario import endpoint_weights, fullest_cell
from perflab.run.store import Run
from perflab.run.tables import rows_where

Which = Literal["slowest", "changed"] | tuple[int, int]

NAMES = {
    BASELINE: "everything off",
    OPTIMISED: "everything on",
    TWIN: "everything on (A/A control)",
    TWIN_OFF: "everything off (A/A control)",
    CANARY: "everything on (positive control)",
}
# Of a run without factors.
ALONE = {BASELINE: "the project as it is", TWIN_OFF: "the project as it is (A/A control)"}


@dataclass(frozen=True)
class Request:
    """One Step, seen from a cell. `why` is how it was selected. Tables are DataFrames; what was not recorded is empty."""

    run: Run
    round: int
    step: int
    cell: str
    why: str

    @cached_property
    def sent(self) -> dict[str, Any]:
        """The trace's row: method, path, body, user, and when; what is absent is None."""
        row = at(self.run.trace, (self.round, self.step)).iloc[0]
        return {str(name): None if pd.isna(value) else value for name, value in row.items()}

    @property
    def endpoint(self) -> str:
        """The name of its endpoint."""
        return str(self.sent["endpoint"])

    @cached_property
    def samples(self) -> pd.DataFrame:
        """One row per cell that replayed it, in the run's order of cells; the calibration request is not one of them."""
        rows = at(self.run.samples, (self.round, self.step))
        rows = rows[(rows["cell"] != REFERENCE).to_numpy(bool)]
        order = {str(cell["name"]): place for place, cell in enumerate(self.run.cells)}
        return rows.sort_values("cell", key=lambda cells: cells.astype(str).map(order), kind="stable")

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Where its responses differ from the baseline's, as far as that was saved."""
        return at(self.run.differences, (self.round, self.step))

    @cached_property
    def recorded(self) -> RecordedRequest:
        """Its queries and cache operations, or those of a check of the same endpoint."""
        return recorded_of(self.run, self.endpoint, (self.round, self.step), self.cell)

    @cached_property
    def plan(self) -> Mapping[str, Any] | None:
        """The row of `run.plans` for its slowest query."""
        return plan_of(self.run, self.endpoint, self.cell, self.recorded)

    @cached_property
    def profile(self) -> Mapping[str, Any] | None:
        """Where the time of its endpoint goes with everything on."""
        rows = remaining(
            self.run.profile, self.run.samples, endpoint_weights(self.run.scenario), fullest_cell(self.run.scenario)
        )
        return next((row for row in rows if row["endpoint"] == self.endpoint), None)


def find(run: Run, endpoint: str | None, cell: str, which: Which) -> Request:
    """Return the request that `explore.Run.request` describes by an endpoint or a Step.

    Args:
        run: The run.
        endpoint: The endpoint's name; None only where `which` is (round, step).
        cell: The cell to look at.
        which: `slowest`, `changed`, or a round and a step.

    Raises:
        InputError: There is no such cell, Step or request.
    """
    _require(run, cell)
    if isinstance(which, tuple) and len(which) == 2:
        return _of_step(run, endpoint, cell, which)
    if which == "slowest" and endpoint is not None:
        return _slowest(run, endpoint, cell)
    if which == "changed" and endpoint is not None:
        return _changed(run, endpoint, cell)
    raise InputError(f"which={which!r} is not a selection", hint='use "slowest", "changed" or (round, step)')


def _require(run: Run, cell: str) -> None:
    """Raise an error if the run has no such cell."""
    cells = [str(entry["name"]) for entry in run.cells if entry["name"] != REFERENCE]
    if cell not in cells:
        raise InputError(f"there is no cell {cell!r}", hint=f"use one of {', '.join(cells)}")


def of_finding(run: Run, finding: Finding, cell: str) -> Request:
    """Return the request of a finding's example, in the cell where it occurred; else the first of its steps.

    Args:
        run: The run.
        finding: The finding.
        cell: The cell to look at where the finding names none.

    Raises:
        InputError: There is no such cell, or the finding is not about single requests.
    """
    _require(run, cell)
    example = finding.example
    steps = [example] if {"round", "step"} <= set(example) else finding.steps
    if not steps or steps[0] is None:
        raise InputError("this finding is not about single requests", hint="see its example for the evidence")
    occurred_in = example.get("cell") or (cell_of(finding.factors, run.factors) if finding.factors else cell)
    place = (int(steps[0]["round"]), int(steps[0]["step"]))
    return Request(run, *place, str(occurred_in), f"The first request of this finding: {finding.sentence}")


def _of_step(run: Run, endpoint: str | None, cell: str, place: Place) -> Request:
    number, step = place
    rows = at(run.trace, place)
    if rows.empty:
        rounds = run.trace["round"].unique()
        hint = f"`run.trace` has the steps of {len(rounds)} rounds" if len(rounds) else "this run made no request"
        raise InputError(f"there is no step {step} in round {number}", hint=hint)
    requested = str(rows.iloc[0]["endpoint"])
    if endpoint is not None and requested != endpoint:
        raise InputError(
            f"step {step} of round {number} requested {requested}, not {endpoint}", hint="leave the endpoint out"
        )
    return Request(run, number, step, cell, "Selected by round and step.")


def _slowest(run: Run, endpoint: str, cell: str) -> Request:
    rows = _measured(run, endpoint, cell)
    if rows.empty:
        raise InputError(f"no measured request to {endpoint} succeeded in {cell}", hint="try another cell or endpoint")
    slowest = rows.iloc[int(rows["latency_s"].argmax())]
    why = (
        f"The slowest of {len(rows):,} measured requests to {endpoint} with {in_words(cell, run.factors)}: "
        f"{units.seconds(slowest['latency_s'])}; the median is {units.seconds(rows['latency_s'].median())}."
    )
    return Request(run, int(slowest["round"]), int(slowest["step"]), cell, why)


def _measured(run: Run, endpoint: str, cell: str) -> pd.DataFrame:
    samples = run.samples
    wanted = (samples["endpoint"] == endpoint) & (samples["cell"] == cell) & (samples["phase"] == "measured")
    return samples[(wanted & samples["error"].isna() & samples["latency_s"].notna()).to_numpy(bool)]


def _changed(run: Run, endpoint: str, cell: str) -> Request:
    """The first response that differs from the baseline's, preferably one whose difference was saved."""
    keys = ["round", "step"]
    responses = run.samples[
        ((run.samples["endpoint"] == endpoint) & run.samples["response_digest"].notna()).to_numpy(bool)
    ]
    here, base = (
        rows_where(responses, cell=name)[[*keys, "response_digest"]].astype({"response_digest": str})
        for name in (cell, BASELINE)
    )
    both = here.merge(base, on=keys, suffixes=("", "_base"))
    differ = both[(both["response_digest"] != both["response_digest_base"]).to_numpy(bool)]
    if differ.empty:
        raise InputError(
            f"none of {len(both):,} responses of {endpoint} with {in_words(cell, run.factors)} differs from the baseline's",
            hint='try which="slowest", or another cell',
        )
    saved = places(rows_where(run.differences, cell=cell))
    number, step = min(places(differ), key=lambda place: (place not in saved, place))
    where = in_words(cell, run.factors)
    responses_with = f"{len(differ):,} of {len(both):,} responses of {endpoint} with {where}"
    why = f"{responses_with} differ from the baseline's; this is one of them."
    return Request(run, number, step, cell, why)


def in_words(cell: str, factors: Collection[str]) -> str:
    """Return a cell of a run in words: `everything on`, `only indexes and queries on`, `everything on (A/A control)`."""
    if not factors:
        return ALONE.get(cell, cell)
    return NAMES.get(cell) or f"only {cell.replace('+', ' and ')} on"
