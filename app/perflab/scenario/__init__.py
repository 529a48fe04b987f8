"""One question as a YAML file, checked: everything that a person can write wrong is found here, with file and line."""

from __future__ import annotations

from perflab.scenario.loading import load, parse, validated
from perflab.scenario.models import (
    DERIVED,
    METRICS,
    CacheFactor,
    Claim,
    Endpoint,
    Factor,
    IndexFactor,
    Profile,
    Scenario,
    SettingFactor,
)
from perflab.scenario.output.explain import explain
from perflab.scenario.profiles import Resolved, resolve

__all__ = [
    "DERIVED",
    "METRICS",
    "CacheFactor",
    "Claim",
    "Endpoint",
    "Factor",
    "IndexFactor",
    "Profile",
    "Resolved",
    "Scenario",
    "SettingFactor",
    "explain",
    "load",
    "parse",
    "resolve",
    "validated",
]
