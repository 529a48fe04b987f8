"""What a run did not check: a check that could not have failed supports nothing.

A response that a write does not change is never seen to be stale; a cache that kept nothing serves nothing old; an empty page
shows no row too many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pandas as pd

from perflab.analysis.stats.pairs import Ints, Pairs
from perflab.run.cells import BASELINE, OPTIMISED, TWIN_OFF
from perflab.run.scenario import Endpoint, cache_factors, scenario_endpoints

# Whether responses are out of date, whether other pages are right, and whether responses are compared at all.
Check = Literal["stale", "pages", "comparison"]
REQUEST = ["round", "endpoint", "method", "path", "body", "user"]


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A check of an endpoint that could not have failed, and the reason, a clause."""

    endpoint: str
    check: Check
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Return the check as summary.json has it."""
        return asdict(self)


def unchecked(
    pairs: Pairs, trace: pd.DataFrame, scenario: Mapping[str, Any], meta: Mapping[str, Any]
) -> list[Unchecked]:
    """Return what was not checked of the endpoints of the traffic; nothing of a run that cannot tell.

    Args:
        pairs: The samples with the warm-up.
        trace: The run's Steps.
        scenario: The scenario as run.json keeps it.
        meta: run.json, with what the workers noted of responses.
    """
    if not {BASELINE, TWIN_OFF} <= set(pairs.cells) or not pairs.steps:
        return []
    digests = pairs.of_cells((BASELINE,)).codes("response_digest")[:, 0]
    requested = set(map(str, pairs.of_steps("endpoint").unique()))
    traffic = list(scenario_endpoints(scenario))
    endpoints = [endpoint for endpoint in traffic if endpoint.name in requested]
    affected = {name for endpoint in traffic if endpoint.writes for name in endpoint.affects}
    steps = _steps(pairs, trace, digests) if affected else pd.DataFrame()
    notes = meta.get("response_notes") or {}
    result = [
        Unchecked(str(name), "comparison", str(reason)) for name, reason in (notes.get("not_compared") or {}).items()
    ]
    missing = [endpoint.name for endpoint in traffic if endpoint.weight > 0 and endpoint.name not in requested]
    result += [Unchecked(name, "comparison", "it was not requested") for name in missing]
    for endpoint in endpoints:
        reason = _stale(endpoint, affected, steps, pairs, scenario)
        if reason is not None:
            result.append(Unchecked(endpoint.name, "stale", reason))
        pages = (notes.get("later_pages") or {}).get(endpoint.name)
        if pages and pages["empty"] == pages["requested"]:
            result.append(Unchecked(endpoint.name, "pages", "every later page among the check requests is empty"))
    return result


def of_scope(not_checked: Sequence[Unchecked], checks: Sequence[Check], endpoints: Sequence[str] | None) -> str | None:
    """Return the sentence about what was not checked of some endpoints; None where all was.

    Args:
        not_checked: What the run did not check.
        checks: The checks that count.
        endpoints: The endpoints that count; None for all.
    """
    reasons = [
        f"{row.endpoint} was not checked, because {row.reason}"
        for row in not_checked
        if row.check in checks and (endpoints is None or row.endpoint in endpoints)
    ]
    return f"{'; '.join(reasons)}." if reasons else None


def _steps(pairs: Pairs, trace: pd.DataFrame, digests: Ints) -> pd.DataFrame:
    keys = pd.DataFrame({"round": pairs.of_steps("round"), "step": pairs.of_steps("step")})
    steps = keys.merge(trace, on=["round", "step"], how="left").assign(digest=digests)
    for column in ("body", "user"):
        steps[column] = steps[column].astype(object).fillna("")
    return steps


def _stale(
    endpoint: Endpoint, affected: set[str], steps: pd.DataFrame, pairs: Pairs, scenario: Mapping[str, Any]
) -> str | None:
    """Return why it cannot be told whether an endpoint's responses are out of date; None where it can, or no write affects it."""
    if endpoint.writes or endpoint.name not in affected:
        return None
    own = steps[(steps["endpoint"] == endpoint.name).to_numpy(bool) & (steps["digest"] >= 0).to_numpy(bool)]
    own = own.sort_values(["round", "step"])
    before = own.groupby(REQUEST, dropna=False, observed=True)[["step", "digest"]].shift()
    written = own["affected_by"].astype("Float64").astype("float64")
    read_back = written.notna() & before["step"].notna() & (written > before["step"])
    if not written.notna().any():
        return "no request read it back after a write"
    if not read_back.any():
        return "no request was made both before and after a write that affects it"
    if not (read_back & (own["digest"] != before["digest"])).any():
        return "its response before and after the writes that affect it is the same with everything off"
    return _kept(endpoint, pairs) if endpoint.cached and cache_factors(scenario) else None


def _kept(endpoint: Endpoint, pairs: Pairs) -> str | None:
    """Return why no cached response of an endpoint can be out of date: none was kept."""
    optimised, own = pairs.of_cells((OPTIMISED,)), (pairs.of_steps("endpoint") == endpoint.name).to_numpy(bool)
    if not optimised.cells or not (pairs.measures("cache_hits") and pairs.measures("cache_sets")):
        return None
    hits, sets = (pd.Series(optimised.values(name)[own, 0]).sum() for name in ("cache_hits", "cache_sets"))
    if hits:
        return None
    return "none of its entries was found in the cache again" if sets else "no entry of it was ever kept in a cache"
