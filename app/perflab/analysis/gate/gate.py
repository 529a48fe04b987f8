"""The gate: did anything get worse since the baseline? Budgets for what is counted, for what is timed, for each claim.

budget.py         one budget, and what all come to        likeness.py       may two runs be compared at all?
common.py         the Steps that both runs have           gating_exact.py   errors, changed answers, queries
gating_timed.py   times, relative to what cancels the machine
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from perflab.analysis.effects.stopping import confidence_of
from perflab.analysis.gate.check import Budget, Verdict, outcome
from perflab.analysis.gate.comparability import check_question, unlike_machines, unlike_preregistration
from perflab.analysis.gate.exact import answers, errors, queries
from perflab.analysis.gate.matched import Common
from perflab.analysis.gate.timed import METRICS, times
from perflab.analysis.stats.pairs import Pairs
from perflab.analysis.summary import judge
from perflab.errors import InputError, StoreError

if TYPE_CHECKING:
    from perflab.run.store import Run

__all__ = ["Budget", "Verdict", "between", "gate", "notes", "outcome"]

Claim = Mapping[str, Any]
OPEN = ("inconclusive", "not measured")


def gate(run: Run, baseline: Run | None = None) -> list[Budget]:
    """Every budget of a run, held against a baseline where there is one: counts first, then times, then claims.

    Raises InputError where a run is not complete or the baseline asked another question, and StoreError where a run
    measured nothing: no sample, or every one an error.
    """
    _check(run, baseline)
    pairs = Pairs.of(run.samples, measured_only=False)
    claims, controls = judge(run, pairs)
    if baseline is None:
        return [errors(run.samples), answers(pairs, None), *_claims(claims, [])]
    before = Pairs.of(baseline.samples, measured_only=False)
    claims_before, controls_before = judge(baseline, before)
    common = _common(run, baseline)
    return [
        errors(run.samples),
        answers(pairs, before, alike=len(common) > 0),
        *_between(run, baseline, common, _withheld(controls, controls_before)),
        *_claims(claims, claims_before),
    ]


def between(run: Run, baseline: Run) -> list[Budget]:
    """Only the budgets that hold a run against a baseline: queries and times. Raises as `gate` does."""
    _check(run, baseline)
    controls = [judge(side, Pairs.of(side.samples, measured_only=False))[1] for side in (run, baseline)]
    return _between(run, baseline, _common(run, baseline), _withheld(*controls))


def notes(run: Run, baseline: Run | None = None) -> list[str]:
    """What a reader of the budgets has to know besides, a sentence each."""
    if baseline is None:
        return ["There is no baseline: errors, changed answers and claims are judged, and no change is."]
    found = []
    unlike = unlike_machines(run, baseline)
    if unlike:
        found.append(f"Times are not pooled, the machines are not alike: {'; '.join(unlike)}. Counts still hold.")
    pledged = unlike_preregistration(run, baseline)
    if pledged:
        found.append(f"Note that {pledged}.")
    common = _common(run, baseline)
    if len(common):
        found.append(
            f"Compared request by request: {len(common):,} of the run's {common.new.measured:,} measured requests are the "
            f"baseline's, too (of {common.old.measured:,}). Blind to what only the others do."
        )
    return found


def _check(run: Run, baseline: Run | None) -> None:
    _measured(run, "run")
    if baseline is not None:
        _measured(baseline, "baseline")
        check_question(run, baseline)


def _measured(run: Run, role: str) -> None:
    if not run.complete:
        raise InputError(
            f"the {role} {run.run_id} is {run.status}, and nothing is concluded from it",
            hint="give a run that is complete",
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


def _between(run: Run, baseline: Run, common: Common, withheld: Sequence[str]) -> list[Budget]:
    margin = float(run.scenario.get("margin", 0.02))
    unlike = [f"the machines are not alike ({'; '.join(found)})" for found in [unlike_machines(run, baseline)] if found]
    confidence = max(confidence_of(run.meta), confidence_of(baseline.meta))
    return [*queries(common), *times(common, margin, [*unlike, *withheld], confidence, _metrics(run, baseline))]


def _metrics(run: Run, baseline: Run) -> list[str]:
    """The times that can have a budget: SQLite's processor time is within the application's, and has no clock of its own."""
    files = all(side.environment.get("sqlite") for side in (run, baseline))
    return [metric for metric in METRICS if not (files and metric == "db_cpu_s")]


def _common(run: Run, baseline: Run) -> Common:
    return Common.of(run, baseline, Pairs.of(run.samples), Pairs.of(baseline.samples))


def _withheld(controls: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Why a run's own controls forbid a verdict on times, for each run."""
    sides = (("run", controls), ("baseline", before))
    return [f"in the {which}, {reason}" for which, side in sides for reason in side["withheld"]]


def _claims(claims: Sequence[Claim], before: Sequence[Claim]) -> Iterator[Budget]:
    earlier = {claim["id"]: claim for claim in before}
    for claim in claims:
        yield _claim(claim, earlier.get(claim["id"]))


def _claim(claim: Claim, before: Claim | None) -> Budget:
    """Supported is fine, open stays open, refuted is worse; but what the baseline refuted as well did not get worse."""
    found = str(claim["verdict"])
    verdict: Verdict = "inconclusive" if found in OPEN else "fine"
    said = f"{claim['statement']}: {found}"
    if found == "refuted":
        refuted_before = before is not None and before["verdict"] == "refuted" and _same(claim, before)
        verdict = "fine" if refuted_before else "worse"
        said += ", as it was in the baseline" if refuted_before else ""
        if before is not None and not refuted_before:
            said += f" (in the baseline: {before['verdict'] if _same(claim, before) else 'another bound'})"
    reason = f" {claim['reason']}" if claim.get("reason") else ""
    return Budget(
        f"claim {claim['id']}", "claim", verdict, f"{said}.{reason}", claim.get("estimate"), low=claim.get("low"),
        high=claim.get("high"), n=int(claim.get("n") or 0), rounds=int(claim.get("rounds") or 0),
    )  # fmt: skip


def _same(claim: Claim, before: Claim) -> bool:
    return all(claim.get(key) == before.get(key) for key in ("metric", "direction", "bound", "scope"))
