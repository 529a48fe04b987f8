"""The gate: whether anything got worse since a baseline, by checks of counts, of times and of each claim.

check.py     one check, and the outcome of all     comparability.py   whether two runs may be compared at all
loosened.py  whether the scenario asks as much     matched.py         the requests that both runs have
exact.py     errors, changed responses             queries.py         queries, request by request
timed.py     times, relative to what cancels the machine's drift; endpoints.py the same of single endpoints
claimed.py   the scenario's claims
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from perflab.analysis.effects.control import Controls
from perflab.analysis.effects.stopping import confidence_of
from perflab.analysis.gate.check import GateCheck, Verdict, outcome
from perflab.analysis.gate.claimed import claimed
from perflab.analysis.gate.comparability import machine_differences, preregistration_difference, require_same_question
from perflab.analysis.gate.endpoints import endpoint_times
from perflab.analysis.gate.exact import errors, responses
from perflab.analysis.gate.loosened import DEFAULT_MARGIN, loosened
from perflab.analysis.gate.matched import MatchedRequests
from perflab.analysis.gate.queries import queries
from perflab.analysis.gate.timed import METRICS, times
from perflab.analysis.stats.pairs import Pairs
from perflab.analysis.summary import answers_of, arranged, judge
from perflab.errors import InputError, StoreError

if TYPE_CHECKING:
    from perflab.run.store import Run

__all__ = ["GateCheck", "Verdict", "compared_runs", "gate", "notes", "outcome"]


def gate(run: Run, baseline: Run | None = None, *, allow_loosened: bool = False) -> list[GateCheck]:
    """Return every check of a run, compared with a baseline if there is one: the scenario, counts, times, claims.

    Args:
        run: The run.
        baseline: The run that nothing may be worse than.
        allow_loosened: Whether the scenario may ask less than the baseline's.

    Raises:
        InputError: If a run is not complete, or the baseline has another scenario or other factors.
        StoreError: If a run measured nothing: no sample, or every one an error.
    """
    _check(run, baseline)
    pairs = arranged(run)
    answers = answers_of(run, pairs)
    claims, controls = judge(run, pairs, answers)
    if baseline is None:
        return [errors(run.samples), responses(pairs, None, answers=answers), *claimed(claims, None)]
    before = arranged(baseline)
    answers_before = answers_of(baseline, before)
    claims_before, controls_before = judge(baseline, before, answers_before)
    matched = _matched(run, baseline)
    confidence = max(confidence_of(run.meta), confidence_of(baseline.meta))
    return [
        *loosened(run, baseline, is_allowed=allow_loosened),
        errors(run.samples),
        responses(pairs, before, is_matched=len(matched) > 0, answers=answers, answers_before=answers_before),
        *_compared(run, baseline, matched, _withheld(controls, controls_before)),
        *claimed(claims, claims_before, confidence),
    ]


def compared_runs(run: Run, baseline: Run) -> list[GateCheck]:
    """Return only the checks that compare a run with a baseline: queries and times.

    Args:
        run: The run.
        baseline: The run that it is compared with.

    Raises:
        InputError: As `gate` does.
        StoreError: As `gate` does.
    """
    _check(run, baseline)
    controls = [judge(side, arranged(side))[1] for side in (run, baseline)]
    return _compared(run, baseline, _matched(run, baseline), _withheld(*controls))


def notes(run: Run, baseline: Run | None = None) -> list[str]:
    """Return what a reader of the checks also has to know, a sentence each."""
    if baseline is None:
        return ["No baseline run is given, so only errors, changed responses and claims are checked."]
    sentences = []
    unlike = machine_differences(run, baseline)
    if unlike:
        sentences.append(
            f"Times are not compared, because the machines differ: {'; '.join(unlike)}. Counts are still compared."
        )
    preregistered = preregistration_difference(run, baseline)
    if preregistered:
        sentences.append(f"Note that {preregistered}.")
    matched = _matched(run, baseline)
    if len(matched):
        sentences.append(
            f"Compared request by request: {len(matched):,} of this run's {matched.new.measured:,} measured requests are also "
            f"among the baseline's {matched.old.measured:,}. Changes that affect only the others are not detected."
        )
    return sentences


def _check(run: Run, baseline: Run | None) -> None:
    _measured(run, "run")
    if baseline is not None:
        _measured(baseline, "baseline")
        require_same_question(run, baseline)


def _measured(run: Run, role: str) -> None:
    if not run.complete:
        raise InputError(
            f"the {role} {run.run_id} is {run.status}: nothing can be concluded from it",
            hint="choose a run that is complete",
        )
    pairs = Pairs.of(run.samples)
    present = pairs.rows[pairs.rows >= 0]
    if not len(present):
        raise StoreError(f"the {role} {run.run_id} measured nothing: it has no samples", hint="run the scenario again")
    if np.count_nonzero(pairs.failed) == len(present):
        first = run.samples["error"].iloc[int(present.min())]
        raise StoreError(
            f"the {role} {run.run_id} measured nothing: every request failed, the first with {first}",
            hint="repair the project, then run the scenario again",
        )


def _compared(run: Run, baseline: Run, matched: MatchedRequests, withheld: Sequence[str]) -> list[GateCheck]:
    margin = min(float(side.scenario.get("margin", DEFAULT_MARGIN)) for side in (run, baseline))
    differences = machine_differences(run, baseline)
    unlike = [f"the machines differ ({'; '.join(differences)})"] if differences else []
    confidence = max(confidence_of(run.meta), confidence_of(baseline.meta))
    refused = [*unlike, *withheld]
    checks = [*queries(matched), *times(matched, margin, refused, confidence, _metrics(run, baseline))]
    return checks if refused or not len(matched) else [*checks, *endpoint_times(matched, margin, confidence)]


def _metrics(run: Run, baseline: Run) -> list[str]:
    """Return the times that can be checked: SQLite's CPU time is within the application's, and has no clock of its own."""
    files = all(side.environment.get("sqlite") for side in (run, baseline))
    return [metric for metric in METRICS if not (files and metric == "db_cpu_s")]


def _matched(run: Run, baseline: Run) -> MatchedRequests:
    return MatchedRequests.of(run, baseline, Pairs.of(run.samples), Pairs.of(baseline.samples))


def _withheld(controls: Controls, before: Controls) -> list[str]:
    """Return why the runs' own controls forbid a verdict on times."""
    sides = (("run", controls), ("baseline", before))
    return [f"in the {which}, {reason}" for which, side in sides for reason in side.withheld]
