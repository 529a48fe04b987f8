"""A finding as summary.json has it: the one place that makes its dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perflab.analysis.stats.values import plain
from perflab.run.records import Finding, Severity

# How many Steps a finding names.
MAX_STEPS = 20


def finding(
    kind: str,
    severity: Severity,
    sentence: str,
    *,
    endpoint: str | None = None,
    method: str | None = None,
    table: str | None = None,
    index: str | None = None,
    factors: Sequence[str] = (),
    count: int = 1,
    steps: Sequence[Any] = (),
    example: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a finding as a row of summary.json, with plain values; see `perflab.run.records.Finding`.

    Args:
        kind: Its class.
        severity: How bad it is.
        sentence: What was found, in words.
        endpoint: The endpoint that it is about.
        method: That endpoint's HTTP method.
        table: The database table that it is about.
        index: The index that it is about.
        factors: The smallest set of factors that brings it about.
        count: How often it was seen.
        steps: The Steps in which it was seen; the first MAX_STEPS are kept.
        example: The first case in full.
    """
    record = Finding(
        kind, severity, sentence, endpoint, method, table, index, list(factors), count, list(steps)[:MAX_STEPS],
        dict(example or {}),
    )  # fmt: skip
    row: dict[str, Any] = plain(record.as_dict())
    return row
