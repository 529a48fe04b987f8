"""Params of an endpoint: which are drawn from rows, and how those of a write fill those of a read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perflab.scenario.models import Endpoint


def split(source: str) -> tuple[str, str]:
    """Split `app.Model.field` into (`app.Model`, `field`)."""
    model, _, field = source.rpartition(".")
    return model, field


def sources(endpoint: Endpoint) -> dict[str, str]:
    """Return the params that are drawn from rows, with their sources."""
    return {name: source for name, source in endpoint.params.items() if isinstance(source, str)}


def matches(write: Endpoint, read: Endpoint, targets: Mapping[str, str | None]) -> dict[str, Sequence[str]]:
    """Find the params of a write that can fill each param of a read.

    That is the param of the same name, if it is a key of the same model, and otherwise every param that is.

    Args:
        write: The endpoint that writes.
        read: The endpoint that reads what was written.
        targets: For each source, the label of the model whose keys it has, or None for plain values.
    """
    written = sources(write)
    candidates: dict[str, Sequence[str]] = {}
    for param, source in sources(read).items():
        target = targets[source]
        if target is None:
            continue
        if param in written and targets[written[param]] == target:
            candidates[param] = (param,)
        elif same := [p for p, s in written.items() if targets[s] == target]:
            candidates[param] = same
    return candidates
