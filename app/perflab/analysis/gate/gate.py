"""The gate: whether anything got worse since a baseline, by checks of counts, of times and of each claim.

check.py     one check, and the outcome of all     comparability.py   whether two runs may be compared at all
matched.py   the requests that both runs have      exact.py           errors, changed responses, queries
timed.py     times, relative to what cancels the machine's drift
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from perflab.analysis.effects.control import Controls
from perflab.analysis.effects.stopping import confidence_of
from perflab.analysis.gate.check import GateCheck, Verdict, outcome
from perflab.analysis.gate.comparability import machine_differences, preregistration_difference, require_same_question
from perflab.analysis.gate.exact import errors, queries, responses
from perflab.analysis.gate.matched import MatchedRequests
from perflab.analysis.gate.timed import METRICS, times
from perflab.analysis.stats.pairs import Pairs
from perflab.analysis.summary import answers_of, judge
from perflab.errors import InputError, StoreError
from perflab.run.records import ClaimResult, ClaimVerdict

if TYPE_CHECKING:
    from perflab.run.store import Run

__all__ = ["GateCheck", "Verdict", "compared_runs", "gate", "notes", "outcome"]

OPEN: tuple[ClaimVerdict, ...] = ("inconclusive", "not measured")


def gate(run: Run, baseline: Run | None = None) -> list[GateCheck]:
    """Return every check of a run, compared with a baseline if there is one: counts first, then times, then claims.

    Args:
        run: The run.
        baseline: The run that nothing may be worse than.

    Raises:
        InputError: If a run is not complete, or the baseline has another scenario or other factors.
        StoreError: If a run measured nothing: no sample, or every one an error.
    """
    _check(run, baseline)
    pairs = Pairs.of(run.samples, measured_only=False)
    answers = answers_of(run, pairs)
    claims, controls = judge(run, pairs, answers)
    if baseline is None:
        return [errors(run.samples), responses(pairs, None, answers=answers), *_claims(claims, [])]
    before = Pairs.of(baseline.samples, measured_only=False)
    answers_before = answers_of(baseline, before)
    claims_before, controls_before = judge(baseline, before, answers_before)
    matched = _matched(run, baseline)
    return [
        errors(run.samples),
        responses(pairs, before, is_matched=len(matched) > 0, answers=answers, answers_before=answers_before),
        *_compared(run, baseline, matched, _withheld(controls, controls_before)),
        *_claims(claims, claims_before),
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
    controls = [judge(side, Pairs.of(side.samples, measured_only=False))[1] for side in (run, baseline)]
    return _compared(run, baseline, _matched(run, baseline), _withheld(*controls))


def notes(run: Run, baseline: Run | None = None) -> list[str]:
    """Return what a reader of the checks also has to know, a sentence each."""
    if baseline is None:
        return ["There is no baseline, so only errors, changed responses and claims are checked."]
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
    if not len(pairs.kept):
        raise StoreError(f"the {role} {run.run_id} measured nothing: it has no samples", hint="run the scenario again")
    if pairs.failed.all():
        first = run.samples["error"].iloc[int(pairs.kept[0])]
        raise StoreError(
            f"the {role} {run.run_id} measured nothing: every request failed, the first with {first}",
            hint="repair the project, then run the scenario again",
        )


def _compared(run: Run, baseline: Run, matched: MatchedRequests, withheld: Sequence[str]) -> list[GateCheck]:
    margin = float(run.scenario.get("margin", 0.02))
    differences = machine_differences(run, baseline)
    unlike = [f"the machines differ ({'; '.join(differences)})"] if differences else []
    confidence = max(confidence_of(run.meta), confidence_of(baseline.meta))
    return [*queries(matched), *times(matched, margin, [*unlike, *withheld], confidence, _metrics(run, baseline))]


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


def _claims(claims: Sequence[ClaimResult], before: Sequence[ClaimResult]) -> Iterator[GateCheck]:
    earlier = {claim.id: claim for claim in before}
    for claim in claims:
        yield _claim(claim, earlier.get(claim.id))


def _claim(claim: ClaimResult, before: ClaimResult | None) -> GateCheck:
    """Return a claim as a check: supported is fine, refuted is worse, unless the baseline refuted it as well."""
    verdict: Verdict = "inconclusive" if claim.verdict in OPEN else "fine"
    text = f"{claim.statement}: {claim.verdict}"
    if claim.verdict == "refuted":
        refuted_before = before is not None and before.verdict == "refuted" and _same(claim, before)
        verdict = "fine" if refuted_before else "worse"
        text += ", as it was in the baseline" if refuted_before else ""
        if before is not None and not refuted_before:
            text += f" (in the baseline: {before.verdict if _same(claim, before) else 'another bound'})"
    reason = f" {claim.reason}" if claim.reason else ""
    return GateCheck(
        f"claim {claim.id}", "claim", verdict, f"{text}.{reason}", claim.estimate, low=claim.low, high=claim.high,
        n=claim.n, rounds=claim.rounds,
    )  # fmt: skip


def _same(claim: ClaimResult, before: ClaimResult) -> bool:
    """Return whether two claims of the same identifier state the same."""
    stated = [(each.metric, each.direction, each.bound, each.scope) for each in (claim, before)]
    return stated[0] == stated[1]
