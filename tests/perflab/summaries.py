"""Summaries of a few rows, each of which states only what a test is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perflab.run.records import Attribution, ClaimResult, Effect, Finding
from perflab.run.summary import Summary

EFFECT = {"endpoint": "ALL", "metric": "latency_s", "statistic": "mean", "contrast": "all_on / all_off"}
CLAIM = {
    "id": "response-time",
    "statement": "It is faster",
    "metric": "latency_s",
    "unit": "s",
    "direction": "at_least",
    "bound": 0.9,
}
FINDING = {"class": "stale", "severity": "warning", "sentence": "It is so."}
ATTRIBUTION = {
    "endpoint": "ALL",
    "metric": "latency_s",
    "scale": "log",
    "n": 50,
    "rounds": 3,
    "kind": "factor",
    "factor": "caching",
}


def effect(**changes: Any) -> Effect:
    """Return an effect."""
    return Effect.of({**EFFECT, **changes})


def claim(**changes: Any) -> ClaimResult:
    """Return a claim's result."""
    return ClaimResult.of({**CLAIM, **changes})


def finding(**changes: Any) -> Finding:
    """Return a finding."""
    return Finding.of({**FINDING, **changes})


def attribution(**changes: Any) -> Attribution:
    """Return an attribution."""
    return Attribution.of({**ATTRIBUTION, **changes})


def summary_of(
    *,
    claims: Sequence[Mapping[str, Any]] = (),
    effects: Sequence[Mapping[str, Any]] = (),
    findings: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> Summary:
    """Return a summary of rows that are completed with the constants above; `more` are its other parts."""
    return Summary.of(
        {
            "scenario": "marketplace",
            "run_id": "20261123-101500",
            "claims": [{**CLAIM, **row} for row in claims],
            "effects": [{**EFFECT, **row} for row in effects],
            "findings": [{**FINDING, **row} for row in findings],
            **more,
            "attribution": [{**ATTRIBUTION, **row} for row in more.get("attribution", ())],
        }
    )
