"""One claim, judged by a table of samples."""

from __future__ import annotations

from perflab.analysis.claims import claims

# The keys of a claim in summary.json; `reason` and `ratio` come on top.
KEYS = [
    "id", "statement", "metric", "unit", "direction", "bound", "scope", "claimed", "before", "after", "estimate", "low",
    "high", "n", "rounds", "verdict",
]  # fmt: skip


def claim(metric="latency_s", direction="at_least", bound=0.5, **more):
    """A claim as a scenario states it."""
    return {
        "id": "it",
        "statement": "It falls",
        "metric": metric,
        "direction": direction,
        "bound": bound,
        **more,
    }


def judge(samples, stated, **more):
    """The judgement of one claim."""
    (judged,) = claims(samples, {"claims": [stated], "traffic": {"endpoints": ENDPOINTS}}, **more)
    return judged


ENDPOINTS = [
    {"name": "read", "method": "GET", "audited": True},
    {"name": "search", "method": "POST", "audited": True, "writes": False},
    {"name": "write", "method": "POST", "audited": True},
    {"name": "other", "method": "GET"},
]
