"""A run's results as named gauges with labels, whatever format they are written in. What is unknown has no point.

The names and units follow OpenMetrics: a metric with a unit ends in it, and `ratio` is the unit of a quotient.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from perflab.errors import printable
from perflab.report.comment.within_run import Comparison
from perflab.run.metrics import unit_of
from perflab.run.records import ClaimResult, ClaimVerdict, Effect, EffectVerdict
from perflab.run.store import Run
from perflab.run.summary import Summary

RATIO = "ratio"
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric and its points.

    Attributes:
        name: Its name, which ends in the unit if there is one.
        help: What it is, in a sentence.
        unit: `ratio`, `seconds`, or empty.
        states: The states of a state set, of which a point has one; empty for a number.
        points: The value by its labels; of a state set, the state.
    """

    name: str
    help: str
    unit: str = ""
    states: Sequence[str] = ()
    points: dict[tuple[tuple[str, str], ...], float | str] = field(default_factory=dict)

    def add(self, labels: Labels, value: float | str | None) -> None:
        """Add a point, unless it is unknown, infinite, or there is one with these labels.

        Args:
            labels: Its labels; an empty one is as good as none, and is left out.
            value: Its value or state.
        """
        if value is None or not (value in self.states if isinstance(value, str) else math.isfinite(value)):
            return
        key = tuple((name, printable(text)) for name, text in labels.items() if text)
        self.points.setdefault(key, value)


@dataclass(frozen=True, slots=True)
class Exported:
    """What is exported of a run.

    Attributes:
        metrics: Its metrics, those without a point left out.
        about: What the run is: scenario, profile, run_id, revision, status; what is unknown is left out.
        started_at: When it began; None if unknown.
    """

    metrics: Sequence[Metric]
    about: Labels
    started_at: datetime | None


def exported(run: Run, summary: Summary, contrasts: Sequence[str] = ()) -> Exported:
    """Return a run's effects and claims as metrics.

    Args:
        run: The run.
        summary: Its summary.
        contrasts: The contrasts to export; none of them stands for the run's headline.
    """
    about = _about(run)
    own: dict[str, str] = {name: about[name] for name in ("scenario", "profile") if name in about}
    chosen = contrasts or [Comparison.of(run).contrast]
    metrics = [
        *_effects([effect for effect in summary.effects if effect.contrast in chosen], own),
        *_claims(summary.claims, own),
    ]
    return Exported([metric for metric in metrics if metric.points], about, _moment(run.meta.get("started_at")))


def _about(run: Run) -> dict[str, str]:
    values = {
        "scenario": run.scenario_name,
        "profile": (run.meta.get("parameters") or {}).get("profile"),
        "run_id": run.run_id,
        "revision": run.environment.get("git_revision"),
        "status": run.status,
    }
    return {name: printable(str(value)) for name, value in values.items() if value}


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _effects(effects: Sequence[Effect], own: Labels) -> Iterator[Metric]:
    ratio = Metric("perflab_effect_ratio", "Candidate divided by baseline: 0.62 is 38% less.", RATIO)
    low = Metric("perflab_effect_low_ratio", "Lower end of the interval of the ratio.", RATIO)
    high = Metric("perflab_effect_high_ratio", "Upper end of the interval of the ratio.", RATIO)
    verdict = Metric("perflab_effect_verdict", "What the interval says of the change.", states=_states(EffectVerdict))
    for effect in effects:
        labels = {
            **own, "endpoint": effect.endpoint, "metric": effect.metric, "statistic": effect.statistic,
            "contrast": effect.contrast, "unit": effect.currency or unit_of(effect.metric),
        }  # fmt: skip
        ratio.add(labels, effect.ratio)
        low.add(labels, effect.low)
        high.add(labels, effect.high)
        if effect.ratio is not None:  # without one, nothing was compared
            verdict.add(labels, effect.verdict)
    yield from (ratio, low, high, verdict)


def _claims(claims: Sequence[ClaimResult], own: Labels) -> Iterator[Metric]:
    estimate = Metric("perflab_claim_estimate", "What was measured of a claim, in its unit; a reduction is a share.")
    low = Metric("perflab_claim_low", "Lower end of the interval of the estimate.")
    high = Metric("perflab_claim_high", "Upper end of the interval of the estimate.")
    bound = Metric("perflab_claim_bound", "The value that is claimed.")
    verdict = Metric("perflab_claim_verdict", "Whether the run supports the claim.", states=_states(ClaimVerdict))
    for claim in claims:
        labels = {
            **own, "claim": claim.id, "metric": claim.metric, "scope": claim.scope or "",
            "direction": claim.direction, "unit": claim.unit or "",
        }  # fmt: skip
        for metric, value in ((estimate, claim.estimate), (low, claim.low), (high, claim.high), (bound, claim.bound)):
            metric.add(labels, value)
        verdict.add(labels, claim.verdict)
    yield from (estimate, low, high, bound, verdict)


def _states(verdict: object) -> tuple[str, ...]:
    return typing.get_args(verdict)
