"""The summary of a run: what it says of claims, effects, factors and findings, and the ledgers behind them.

`as_dict` is summary.json (schema 2), plain values only; `of` reads one. Of a file of schema 1 it translates the names in
effects, attribution and findings; ledgers and controls keep the keys that the file has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from perflab.run import schema1
from perflab.run.cells import GEOMEAN
from perflab.run.records import Attribution, ClaimResult, Effect, Finding
from perflab.run.tables import SCHEMA_VERSION

Rows = Sequence[Mapping[str, Any]]

# The key of the environment that says how much traffic came before each round.
WARM = "warm"

# What schema 1 calls the ends of contrasts, with the names of today; and the equally weighted endpoints.
CONTRASTS_OF_SCHEMA_1 = {" alone": " from baseline", " last": " leave-one-out"}
GEOMEAN_OF_SCHEMA_1 = "EQUAL"


def warm_s(environment: Mapping[str, Any]) -> float:
    """Return how many seconds of the trace's traffic came before each round; 0 where rounds began with empty caches.

    Args:
        environment: The environment of a run.
    """
    warm = environment.get(WARM)
    seconds = warm.get("seconds") if isinstance(warm, Mapping) else None
    return float(seconds) if isinstance(seconds, int | float) else 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """All of summary.json.

    Attributes:
        scenario: The scenario's name.
        run_id: The run's name.
        verdict: The outcome in sentences, which the report writes; None until it has.
        claims: The result of each claim, in the scenario's order.
        effects: The difference between two cells, by endpoint, metric, statistic and contrast.
        attribution: What each factor contributes to the whole change, and what factors do together.
        equivalence: Whether responses stayed the same: counts over all, by endpoint and by cell.
        findings: What is wrong or worth knowing.
        cache: The cache ledger, a row for each endpoint and ALL.
        flush: What a flush of the caches costs; empty where that is unknown, or nothing.
        indexes: The index ledger, a row for each index.
        queries: The query ledger, a row for each query of an endpoint in a cell.
        levels: What requests take, by endpoint and metric; empty of a run with factors, whose results are effects.
        parts: Which share of the mean request is spent where, by the profile; empty of a run with factors.
        capacity: How many users the subject serves; empty where that was not measured.
        control: What the controls showed, by name; and `withheld`, the reasons why no verdict on times is drawn.
        environment: The place where the run took place, as far as it may be published.
        schema: The version of the file.
    """

    scenario: str
    run_id: str
    verdict: str | None = None
    claims: tuple[ClaimResult, ...] = ()
    effects: tuple[Effect, ...] = ()
    attribution: tuple[Attribution, ...] = ()
    equivalence: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    cache: Rows = ()
    flush: Mapping[str, Any] = field(default_factory=dict)
    indexes: Rows = ()
    queries: Rows = ()
    levels: Rows = ()
    parts: Mapping[str, float] = field(default_factory=dict)
    capacity: Rows = ()
    control: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    schema: int = SCHEMA_VERSION

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return the summary that summary.json describes; a key that it lacks is empty.

        Args:
            data: The file's content, of schema 1 or 2.
        """
        effects = tuple(map(Effect.of, data.get("effects") or ()))
        if data.get("schema") == schema1.VERSION:
            effects = tuple(map(_renamed, effects))
        return cls(
            scenario=str(data.get("scenario") or ""),
            run_id=str(data.get("run_id") or ""),
            verdict=data.get("verdict"),
            claims=tuple(map(ClaimResult.of, data.get("claims") or ())),
            effects=effects,
            attribution=tuple(map(Attribution.of, data.get("attribution") or ())),
            equivalence=data.get("equivalence") or {},
            findings=tuple(map(Finding.of, data.get("findings") or ())),
            cache=data.get("cache") or (),
            flush=data.get("flush") or {},
            indexes=data.get("indexes") or (),
            queries=data.get("queries") or (),
            levels=data.get("levels") or (),
            parts=data.get("parts") or {},
            capacity=data.get("capacity") or (),
            control=data.get("control") or {},
            environment=data.get("environment") or {},
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what summary.json holds, in the order of its keys."""
        return {
            "schema": self.schema,
            "scenario": self.scenario,
            "run_id": self.run_id,
            "verdict": self.verdict,
            "claims": [claim.as_dict() for claim in self.claims],
            "effects": [effect.as_dict() for effect in self.effects],
            "attribution": [row.as_dict() for row in self.attribution],
            "equivalence": dict(self.equivalence),
            "findings": [finding.as_dict() for finding in self.findings],
            "cache": list(self.cache),
            "flush": dict(self.flush),
            "indexes": list(self.indexes),
            "queries": list(self.queries),
            **({"levels": list(self.levels)} if self.levels else {}),
            **({"parts": dict(self.parts)} if self.parts else {}),
            "capacity": list(self.capacity),
            "control": dict(self.control),
            "environment": dict(self.environment),
        }


def _renamed(effect: Effect) -> Effect:
    """Return an effect of schema 1 with the names of today for its contrast and for the equally weighted endpoints."""
    if effect.endpoint == GEOMEAN_OF_SCHEMA_1:
        effect = replace(effect, endpoint=GEOMEAN)
    for old, new in CONTRASTS_OF_SCHEMA_1.items():
        if effect.contrast.endswith(old):
            return replace(effect, contrast=effect.contrast.removesuffix(old) + new)
    return effect
