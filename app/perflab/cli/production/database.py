"""What production's database did for a request, against what the run predicted of it: all statements together.

Single statements are not matched. The view joins what perflab's fingerprints keep apart and the other way round, and a run
predicts no time of a single statement; so what is compared is calls and time per request, for the mix of endpoints that
production has. Other clients of the database, such as tasks in the background, are in it too: it is told, and decides no
verdict.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from perflab.analysis.confirm.agreement import Agreement, agreements
from perflab.analysis.confirm.days import Estimate, changes
from perflab.analysis.confirm.mix import of_mix
from perflab.cli.production.collecting import Side
from perflab.report import lookup
from perflab.run.summary import Summary

TIME, CALLS = "query_time_s", "query_count"
TITLES = {TIME: "database time per request", CALLS: "database calls per request"}
# With fewer requests of the run's endpoints among all, the database has mostly worked for others.
LEAST_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Database:
    """What was seen of the database, by metric; or why nothing can be told."""

    results: Mapping[str, Agreement]
    reason: str | None = None
    resets: int = 0
    dropped: int = 0


def compare(summary: Summary, contrast: str, before: Side, after: Side, without: Collection[date]) -> Database | None:
    """Return what the database did per request, against the prediction; None without snapshots.

    Args:
        summary: The run's summary.
        contrast: The contrast that was deployed.
        before: Production before the deployment.
        after: Production after it.
        without: Days to leave out.
    """
    if before.snapshots is None and after.snapshots is None:
        return None
    if before.snapshots is None or after.snapshots is None:
        return Database({}, "there are snapshots of one side only")
    requests = [sum(side.period.requests.values()) for side in (before, after)]
    shares: dict[str, float] = {}
    for side in (before, after):
        for name, days in side.period.endpoints.items():
            shares[name] = shares.get(name, 0.0) + sum(figures.requests for figures in days.values())
    share = sum(shares.values()) / max(sum(requests), 1)
    if share < LEAST_SHARE:
        return Database({}, f"only {share:.0%} of the requests are timed ones of the run's endpoints")
    pairs: dict[str, tuple[Estimate, Estimate]] = {}
    for metric in TITLES:
        effects = {effect.endpoint: effect for effect in lookup.by_endpoint(summary, metric, contrast)}
        predicted = of_mix(effects, shares)
        seen = changes({metric: _per_request(before, metric, without)}, {metric: _per_request(after, metric, without)})
        happened = seen[metric]
        if predicted is not None and happened is not None:
            pairs[metric] = (predicted, happened)
    reason = None if pairs else "no day has both snapshots and requests, or the run predicts nothing of queries"
    resets, dropped = (sum(getattr(side.snapshots, name) for side in (before, after)) for name in ("resets", "dropped"))
    # how long a call takes depends on load and machine, how many there are does not
    results = {
        name: agreement
        for metric, pair in pairs.items()
        for name, agreement in agreements({metric: pair}, controlled=metric == CALLS).items()
    }
    return Database(results, reason, resets, dropped)


def _per_request(side: Side, metric: str, without: Collection[date]) -> dict[int, float]:
    made = {}
    for day, of_day in (side.snapshots.days if side.snapshots else {}).items():
        amount, requests = (of_day.seconds if metric == TIME else of_day.calls), side.period.requests.get(day, 0)
        if day not in without and amount > 0 and requests:
            made[day.toordinal()] = math.log(amount / requests)
    return made
