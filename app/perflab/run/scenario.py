"""The scenario as run.json keeps it, resolved and as plain data: its endpoints as types, its factors' traits, its hash.

A run keeps the traits of its factors beside them, under `factor_traits`, and what each switches in words, under `factor_texts`:
analysis and report look for these and never for a kind, so that a new kind of factor needs no change there. The hash is the
preregistration: what decides a run's verdicts, hashed before its first request; a change of claims, margin or traffic once the
numbers are known changes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from perflab.errors import clean
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.units import cut

TRAITS_KEY, TEXTS_KEY = "factor_traits", "factor_texts"
CACHES, DROPS_INDEXES, COMPARES_CODE = "caches", "drops_indexes", "compares_code"

# The keys of a scenario that decide the verdicts.
PREREGISTERED = ("claims", "margin", "precision", "prices", "traffic", "factors")

# Requests with these methods change nothing, unless the scenario says otherwise.
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

LONGEST_VALUE = 60

# The name in data.rows that stands for every model that it does not name.
EVERY = "every"

# Runs of schema 1 have no traits. Of their kinds of factors only these have one.
_OF_SCHEMA_1 = {"cache": CACHES, "indexes": DROPS_INDEXES}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One kind of request. `caller` is the param that names the user who sends it; None for anonymous requests.

    `cached`: the subject says that it caches these responses. `affects` are the endpoints that read what this one writes.
    `expects`: the status that the endpoint is meant to return, where that is no success.
    """

    name: str
    method: str = "GET"
    path: str = ""
    weight: float = 0.0
    audited: bool = False
    cached: bool = False
    writes: bool = False
    caller: str | None = None
    affects: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    expects: int | None = None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Endpoint:
        """Return an endpoint from its keys in a scenario; where `writes` is missing, the method decides."""
        method, writes = str(data.get("method") or "GET").upper(), data.get("writes")
        return cls(
            name=str(data["name"]),
            method=method,
            path=str(data.get("path") or ""),
            weight=float(data.get("weight") or 0),
            audited=bool(data.get("audited")),
            cached=bool(data.get("cached")),
            writes=method not in READING_METHODS if writes is None else bool(writes),
            caller=data.get("as"),
            affects=tuple(data.get("affects") or ()),
            params=data.get("params") or {},
            body=data.get("body"),
            expects=data.get("expects"),
        )


def scenario_endpoints(scenario: Mapping[str, Any]) -> tuple[Endpoint, ...]:
    """Return the endpoints of a scenario, in its order."""
    return tuple(map(Endpoint.of, (scenario.get("traffic") or {}).get("endpoints") or []))


def endpoint_weights(scenario: Mapping[str, Any]) -> dict[str, float] | None:
    """Return the weight of each endpoint; None where the scenario has none."""
    weights = {endpoint.name: max(endpoint.weight, 0.0) for endpoint in scenario_endpoints(scenario)}
    return weights if sum(weights.values()) > 0 else None


def writing_endpoints(scenario: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the endpoints that write."""
    return frozenset(endpoint.name for endpoint in scenario_endpoints(scenario) if endpoint.writes)


def fullest_cell(scenario: Mapping[str, Any]) -> str:
    """Return the name of the cell with everything on; of a scenario without factors, that of the only cell."""
    return BASELINE if scenario.get("factors") == [] else OPTIMISED


def cache_factors(scenario: Mapping[str, Any]) -> list[str]:
    """Return the names of the factors that switch caches, in the scenario's order."""
    return _with_trait(scenario, CACHES)


def index_factors(scenario: Mapping[str, Any]) -> list[str]:
    """Return the names of the factors that drop indexes, in the scenario's order."""
    return _with_trait(scenario, DROPS_INDEXES)


def code_factors(scenario: Mapping[str, Any]) -> list[str]:
    """Return the names of the factors whose levels are versions of the project's code, in the scenario's order."""
    return _with_trait(scenario, COMPARES_CODE)


def stops_by_times(scenario: Mapping[str, Any]) -> bool:
    """Return whether `decide` of a scenario's profile is about its times: it compares revisions, and has no claims.

    Args:
        scenario: The scenario, as run.json has it.
    """
    return bool(code_factors(scenario)) and not scenario.get("claims")


def factor_texts(scenario: Mapping[str, Any]) -> Mapping[str, str]:
    """Return what each factor switches, in words; nothing for a run from before that was kept."""
    texts: Mapping[str, str] = scenario.get(TEXTS_KEY) or {}
    return texts


def _with_trait(scenario: Mapping[str, Any], trait: str) -> list[str]:
    factors, traits = scenario.get("factors") or [], scenario.get(TRAITS_KEY)
    if traits is None:
        return [factor["name"] for factor in factors if _OF_SCHEMA_1.get(factor.get("kind")) == trait]
    return [factor["name"] for factor in factors if trait in traits.get(factor["name"], ())]


def value_text(value: Any) -> str:
    """Return a value of a scenario as people read it: text as it is, anything else as YAML has it; at most 60 characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return cut(clean(text), LONGEST_VALUE) or "(empty)"


def scenario_hash(scenario: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the parts of a scenario, as run.json keeps it, that decide the verdicts; keys in order."""
    parts = {name: scenario.get(name) for name in PREREGISTERED}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
