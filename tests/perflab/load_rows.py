"""Rows of a load test, as summary.json has them, each of which states only what a test is about."""

from __future__ import annotations

from typing import Any

OFF = {
    "cell": "all_off",
    "server": {"server": "gunicorn", "workers": 2, "threads": 1, "cores": 1},
    "objective": {"percentile": 95.0, "within_s": 0.5, "errors": 0.01},
    "rate_per_s": {"estimate": 20.0, "low": 18.0, "high": 22.0},
    "users": {"estimate": 104.0, "low": 93.6, "high": 114.4},
    "think_s": 5.0,
    "response_s": 0.2,
    "demand_s": 0.04,
    "ceiling_per_s": 25.0,
    "factor": 1.1,
    "queue_per_s": 21.0,
    "windows_per_s": {"estimate": 19.0, "low": 17.0, "high": 21.5},
    "windows": 12,
    "requests": 3000,
    "rounds": 4,
    "lagged": 0,
    "failed_share": 0.0,
    "resources": [
        {"name": "the application's CPU", "use": 0.8},
        {"name": "the load generator", "use": 0.1},
    ],
    "levels": [],
    "overload": None,
    "reason": None,
}
ON = {
    **OFF,
    "cell": "all_on",
    "rate_per_s": {"estimate": 90.0, "low": 85.0, "high": 96.0},
    "users": {"estimate": 459.0, "low": 433.5, "high": 489.6},
    "response_s": 0.1,
    "demand_s": 0.009,
    "ceiling_per_s": 111.0,
    "queue_per_s": 92.0,
    "windows_per_s": {"estimate": 91.0, "low": 80.0, "high": 99.0},
    "requests": 9000,
    "rounds": 5,
}
PAIR = {
    "contrast": "all_on / all_off",
    "ratio": {"estimate": 4.5, "low": 4.1, "high": 4.95},
    "users_ratio": {"estimate": 4.41, "low": 4.02, "high": 4.85},
}


def off(**changes: Any) -> dict[str, Any]:
    """Return the row of all_off."""
    return {**OFF, **changes}


def on(**changes: Any) -> dict[str, Any]:
    """Return the row of all_on."""
    return {**ON, **changes}


def lagging(**changes: Any) -> dict[str, Any]:
    """Return the row of all_on where the load generator lagged in every window."""
    nothing = {"estimate": None, "low": None, "high": None}
    unknown = dict.fromkeys(("response_s", "demand_s", "ceiling_per_s", "factor", "queue_per_s", "windows_per_s"))
    own = {"rate_per_s": nothing, "users": nothing, "windows": 0, "requests": 0, "rounds": 0, "lagged": 12}
    first = [{"name": "the load generator", "use": 0.97}]
    return on(**unknown, **own, resources=first, reason="The load generator gave out first.", **changes)


def pair(contrast: str = "all_on / all_off", **changes: Any) -> dict[str, Any]:
    """Return the row of a pair of cells."""
    return {**PAIR, "contrast": contrast, **changes}


def level(rate_per_s: float, **changes: Any) -> dict[str, Any]:
    """Return what a window at a rate showed."""
    return {
        "round": 1, "window": 1, "kind": "near", "rate_per_s": rate_per_s, "requests": 250, "late": 0.04, "failed": 0.0,
        "served_s": 0.02, "response_s": 0.1, "p50_s": 0.08, "p95_s": rate_per_s / 100, "p99_s": None, **changes,
    }  # fmt: skip
