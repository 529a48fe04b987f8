"""The same responses: every response against the baseline's for the same Step, by its digest.

In a run with an A/A control of the baseline, a response that changes by itself counts neither as compared nor as changed; which
ones those are is known from the table of `answers.changed`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.responses.nondeterminism import nondeterministic
from perflab.analysis.stats.pairs import Bools, Ints, Pairs
from perflab.analysis.stats.statistics import count
from perflab.analysis.stats.values import plain
from perflab.run.cells import BASELINE, CANARY, OPTIMISED, TWIN, TWIN_OFF

EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Changed:
    """How many responses of a cell were compared with the baseline's, and how many differ: exact counts, not estimates.

    Attributes:
        compared: How many Steps have both responses.
        changed: How many of these differ.
        unknown: How many Steps both replayed, with a response missing on a side because it failed.
        nondeterministic: The endpoints whose responses change by themselves; those responses are not compared.
    """

    compared: int
    changed: int
    unknown: int
    nondeterministic: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CellEquivalence:
    """How many of a cell's responses were compared with the baseline's; how many differ or failed."""

    cell: str
    compared: int
    changed: int
    unknown: int


@dataclass(frozen=True, slots=True)
class EndpointEquivalence:
    """How many of an endpoint's responses were compared, and how many differ."""

    endpoint: str
    compared: int
    changed: int


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Whether each cell responded as the baseline did.

    Attributes:
        baseline: The cell that is compared with.
        candidate: The cell whose totals follow.
        compared: How many Steps have both responses.
        changed: How many of these differ.
        unknown: How many Steps lack a response because it failed.
        by_cell: The same of each cell but the baseline.
        by_endpoint: The same of each endpoint.
        nondeterministic: The endpoints whose responses change by themselves; these are not compared.
        examples: The first Steps with different responses.
    """

    baseline: str
    candidate: str
    compared: int
    changed: int
    unknown: int
    by_cell: Sequence[CellEquivalence]
    by_endpoint: Sequence[EndpointEquivalence]
    nondeterministic: Sequence[str]
    examples: Sequence[Mapping[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Return the equivalence as summary.json has it."""
        return asdict(self)


def changed_answers(
    samples: pd.DataFrame | Pairs,
    candidate: str = OPTIMISED,
    baseline: str = BASELINE,
    endpoints: Sequence[str] | None = None,
    answers: pd.DataFrame | None = None,
) -> Changed:
    """Count the Steps to which two cells responded differently, also in the warm-up where both replayed them.

    Args:
        samples: The run's requests, warm-up included.
        candidate: One cell.
        baseline: The cell that it is compared with.
        endpoints: The endpoints that count; None for all.
        answers: The responses that differ from the baseline's, see `answers.changed`; without them, digests alone count.
    """
    return _Answers.of(samples, endpoints, answers).count(candidate, baseline)


def equivalence(
    samples: pd.DataFrame | Pairs, trace: pd.DataFrame | None = None, answers: pd.DataFrame | None = None
) -> Equivalence:
    """Return whether each cell responded as the baseline did: counts per cell and per endpoint, and some examples.

    The totals are those of all_on.

    Args:
        samples: The run's requests, warm-up included.
        trace: The run's Steps, from which an example gets its path.
        answers: The responses that differ from the baseline's, see `answers.changed`; without them, digests alone count.
    """
    every = _Answers.of(samples, None, answers)
    total = every.count(OPTIMISED, BASELINE)
    compared, differs = every.against(OPTIMISED, BASELINE)
    by_cell = [
        CellEquivalence(cell, counts.compared, counts.changed, counts.unknown)
        for cell in every.pairs.cells
        if cell != BASELINE
        for counts in [every.count(cell, BASELINE)]
    ]
    by_endpoint: list[EndpointEquivalence] = []
    examples: list[dict[str, Any]] = []
    if "endpoint" in every.pairs.samples.columns and every.pairs.steps:
        groups = every.pairs.groups(("endpoint",))
        n, changed = (count(groups.codes[mask], len(groups)) for mask in (compared, differs))
        by_endpoint = [
            EndpointEquivalence(str(name), int(c), int(d))
            for name, c, d in zip(groups.labels["endpoint"], n, changed, strict=True)
        ]
        examples = _examples(every.pairs, differs, trace)
    return Equivalence(
        baseline=BASELINE,
        candidate=OPTIMISED,
        compared=total.compared,
        changed=total.changed,
        unknown=total.unknown,
        by_cell=by_cell,
        by_endpoint=by_endpoint,
        nondeterministic=every.nondeterministic,
        examples=examples,
    )


def _examples(pairs: Pairs, differs: Bools, trace: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Return the first few Steps with different responses, by round and step."""
    keys = [c for c in ("round", "step", "endpoint", "method") if c in pairs.samples.columns]
    places = np.flatnonzero(differs)[:EXAMPLES]
    rows = pd.DataFrame({key: pairs.of_steps(key).iloc[places] for key in keys})
    if trace is not None and "path" in trace.columns and len(rows):
        rows = rows.merge(trace[["round", "step", "path", "affected_by"]], on=["round", "step"], how="left")
    examples: list[dict[str, Any]] = plain(rows)
    return examples


@dataclass(frozen=True)
class _Answers:
    """Digests as numbers, Steps by cells: comparing two cells is comparing two columns.

    `comparable` is a mask of the responses that do not change by themselves; `same` of those that are the baseline's although
    their digests differ, because a mask that was found later covers the difference.
    """

    pairs: Pairs
    digests: Any
    present: Any
    comparable: Bools
    same: Bools
    nondeterministic: tuple[str, ...]

    @classmethod
    def of(
        cls, samples: pd.DataFrame | Pairs, endpoints: Sequence[str] | None, answers: pd.DataFrame | None = None
    ) -> _Answers:
        pairs = Pairs.of(samples, measured_only=False, endpoints=endpoints)
        present = pairs.present()
        digests = (
            pairs.codes("response_digest")
            if "response_digest" in pairs.samples.columns
            else np.full(present.shape, -1, dtype=np.int64)
        )
        comparable, same = np.ones(present.shape, dtype=bool), np.zeros(present.shape, dtype=bool)
        if TWIN_OFF in pairs.cells:
            by_themselves = _adjudicated(pairs, digests, answers, comparable, same)
        else:
            by_themselves = nondeterministic(pairs, digests)
            if by_themselves:
                comparable[pairs.of_steps("endpoint").isin(by_themselves).to_numpy(bool)] = False
        return cls(pairs, digests, present, comparable, same, tuple(by_themselves))

    def against(self, candidate: str, baseline: str) -> tuple[Bools, Bools]:
        """Return, per Step, whether both responses are known, and whether they differ."""
        new, old = self.pairs.column(candidate), self.pairs.column(baseline)
        if new is None or old is None:
            nothing = np.zeros(self.pairs.steps, dtype=bool)
            return nothing, nothing
        compared = self.comparable[:, new] & (self.digests[:, new] >= 0) & (self.digests[:, old] >= 0)
        return compared, compared & (self.digests[:, new] != self.digests[:, old]) & ~self.same[:, new]

    def count(self, candidate: str, baseline: str) -> Changed:
        compared, differs = self.against(candidate, baseline)
        new, old = self.pairs.column(candidate), self.pairs.column(baseline)
        unknown = 0
        if new is not None and old is not None:
            both = self.comparable[:, new] & self.present[:, new] & self.present[:, old] & ~compared
            if TWIN_OFF in self.pairs.cells:  # what was not compared for another reason did not fail
                failed = self.pairs.failures()
                both &= failed[:, new] | failed[:, old]
            unknown = int(both.sum())
        return Changed(int(compared.sum()), int(differs.sum()), unknown, self.nondeterministic)


def _adjudicated(
    pairs: Pairs, digests: Ints, answers: pd.DataFrame | None, comparable: Bools, same: Bools
) -> list[str]:
    """Mark the responses that change by themselves, and those that are the same after all; return the endpoints of the former.

    Without the table of answers, these are the Steps at which the two runs of the baseline differ.
    """
    base = pairs.column(BASELINE)
    if base is None:
        return []
    if answers is None:
        control = pairs.column(TWIN_OFF)
        both = (digests[:, base] >= 0) & (digests[:, control] >= 0)
        comparable[both & (digests[:, base] != digests[:, control])] = False
    else:
        place = _places(pairs, answers)
        cell = pd.Index(pairs.cells).get_indexer(pd.Index(answers["cell"].astype(str)))
        inside = (place >= 0) & (cell >= 0)
        unstable = inside & (answers["class"] == "unstable").to_numpy(bool)
        comparable[place[unstable], cell[unstable]] = False
        differs = np.zeros(same.shape, dtype=bool)
        differs[place[inside], cell[inside]] = True
        same[~differs] = True
        canary, twin = pairs.column(CANARY), pairs.column(TWIN)
        if canary is not None and twin is not None:  # it has no rows of its own in that table
            same[:, canary], comparable[:, canary] = same[:, twin], comparable[:, twin]
    if "endpoint" not in pairs.samples.columns or comparable.all():
        return []
    unstable_steps = np.asarray(~comparable.all(axis=1), dtype=bool)
    return sorted(pairs.of_steps("endpoint")[unstable_steps].astype(str).unique())


def _places(pairs: Pairs, answers: pd.DataFrame) -> Ints:
    """Return the Step of each row of the table of answers; -1 for none. Steps are in the order of their keys."""
    if not pairs.steps or not len(answers):
        return np.full(len(answers), -1, dtype=np.int64)
    own, wanted = (
        table("round").to_numpy(np.int64) * (1 << 32) + table("step").to_numpy(np.int64)
        for table in (pairs.of_steps, answers.__getitem__)
    )
    place = np.minimum(np.searchsorted(own, wanted), len(own) - 1)
    return np.where(own[place] == wanted, place, -1)
