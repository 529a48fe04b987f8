"""The scenario as run.json keeps it: plain data.

A run keeps the traits of its factors beside them, under `factor_traits`: analysis and report look for a trait and never for a
kind, so that a new kind of factor needs no change there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TRAITS_KEY = "factor_traits"
CACHES, DROPS_INDEXES = "caches", "drops_indexes"

# Requests with these methods change nothing, unless the scenario says otherwise.
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Runs of schema 1 have no traits, and only these kinds with one.
_OF_SCHEMA_1 = {"cache": CACHES, "indexes": DROPS_INDEXES}


def cache_factors(scenario: Mapping[str, Any]) -> list[str]:
    """Return the names of the factors that switch caches, in the scenario's order."""
    return _with_trait(scenario, CACHES)


def index_factors(scenario: Mapping[str, Any]) -> list[str]:
    """Return the names of the factors that drop indexes, in the scenario's order."""
    return _with_trait(scenario, DROPS_INDEXES)


def _with_trait(scenario: Mapping[str, Any], trait: str) -> list[str]:
    factors, traits = scenario.get("factors") or [], scenario.get(TRAITS_KEY)
    if traits is None:
        return [factor["name"] for factor in factors if _OF_SCHEMA_1.get(factor.get("kind")) == trait]
    return [factor["name"] for factor in factors if trait in traits.get(factor["name"], ())]
