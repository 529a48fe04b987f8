"""Preregistration: a hash of what decides a run's verdicts, taken before its first request.

run.json holds claims, margin and traffic; to change them after the numbers are known changes the hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# The keys of a scenario that decide the verdicts.
PREREGISTERED = ("claims", "margin", "precision", "prices", "traffic", "factors")


def scenario_hash(scenario: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the parts of a scenario, as run.json keeps it, that decide the verdicts; keys in order."""
    parts = {name: scenario.get(name) for name in PREREGISTERED}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
