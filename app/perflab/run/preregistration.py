"""The pledge: a hash of what a run is going to be judged by, taken before its first request.

Claims, margin and traffic stand in run.json; whoever changes them after the numbers are known changes the hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

PLEDGED = ("claims", "margin", "precision", "prices", "traffic", "factors")


def pledge(scenario: Mapping[str, Any]) -> str:
    """SHA-256 of the parts of a scenario (as run.json keeps it) that decide the verdicts, keys in order."""
    parts = {name: scenario.get(name) for name in PLEDGED}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
