"""Checks of the scenario: a run that is asked less than its baseline was passes more easily, and nothing got better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from perflab.analysis.gate.check import GateCheck, Verdict
from perflab.analysis.scope import names_in_scope
from perflab.analysis.stats.values import mapping
from perflab.run.scenario import scenario_endpoints
from perflab.units import listed

if TYPE_CHECKING:
    from perflab.run.store import Run

DEFAULT_MARGIN = 0.02
FLAG = "--allow-loosened"


def loosened(run: Run, baseline: Run, *, is_allowed: bool = False) -> list[GateCheck]:
    """Return the checks that claims, margin and endpoints are still those of the baseline, or stricter.

    Args:
        run: The run.
        baseline: The run that nothing may be worse than.
        is_allowed: Whether the scenario may ask less; an endpoint that fails is worse all the same.
    """
    new, old = run.scenario, baseline.scenario
    margins = [float(scenario.get("margin", DEFAULT_MARGIN)) for scenario in (new, old)]
    margin = [f"the margin is {margins[0]:g}, and was {margins[1]:g}"] if margins[0] > margins[1] else []
    checks = [
        _check(
            "claims",
            "every claim of the baseline is still made, none with a looser bound",
            _claims(new, old),
            is_allowed,
        ),
        _check("margin", f"the margin is {margins[0]:g}, no more than before", margin, is_allowed),
    ]
    names, before = (_endpoints(scenario) for scenario in (new, old))
    gone = [f"{name} is no longer in the scenario" for name in before if name not in names]
    failing = [
        f"{name} fails in every cell and was left out of the run" for name in before if name in names and _fails(run, name)
        and not _fails(baseline, name)
    ]  # fmt: skip
    if failing:
        return [*checks, _check("endpoints", "", [*gone, *failing], is_allowed=False)]
    return [*checks, _check("endpoints", "every endpoint of the baseline is still there", gone, is_allowed)]


def _check(name: str, fine: str, reasons: list[str], is_allowed: bool) -> GateCheck:
    verdict: Verdict = "worse" if reasons and not is_allowed else "fine"
    text = "; ".join(reasons) or fine
    end = f"; allowed by {FLAG}." if reasons and is_allowed else "."
    return GateCheck(f"scenario, {name}", "scenario", verdict, f"{text[:1].upper()}{text[1:]}{end}")


def _endpoints(scenario: Mapping[str, Any]) -> list[str]:
    return [endpoint.name for endpoint in scenario_endpoints(scenario)]


def _fails(run: Run, endpoint: str) -> bool:
    return endpoint in (mapping(run.meta.get("first_requests")).get("left_out") or ())


def _claims(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[str]:
    """Return how claims are looser than they were, a clause each."""
    claims = {str(claim["id"]): claim for claim in new.get("claims") or []}
    reasons = []
    for before in old.get("claims") or []:
        name = str(before["id"])
        reasons += [f"the claim {name} {how}" for how in _looser(claims.get(name), before, new, old)]
    return reasons


def _looser(
    claim: Mapping[str, Any] | None, before: Mapping[str, Any], new: Mapping[str, Any], old: Mapping[str, Any]
) -> Iterator[str]:
    if claim is None:
        yield "was deleted"
        return
    for key in ("metric", "direction"):
        if claim.get(key) != before.get(key):
            yield f"has the {key} {claim.get(key)}, and had {before.get(key)}"
            return
    bound, was = float(claim["bound"]), float(before["bound"])
    direction = claim.get("direction")
    if bound < was if direction == "at_least" else bound > was if direction == "at_most" else bound != was:
        yield f"has the bound {bound:g}, and had {was:g}"
    covered, needed = _scope(claim, new), _scope(before, old)
    remaining = set(_endpoints(new))  # what is gone from the scenario has a check of its own
    lost = [name for name in needed if name not in covered and name in remaining]
    if lost:
        yield f"is no longer about {listed(lost)}"


def _scope(claim: Mapping[str, Any], scenario: Mapping[str, Any]) -> list[str]:
    names = names_in_scope(scenario, claim.get("scope"))
    return _endpoints(scenario) if names is None else names
