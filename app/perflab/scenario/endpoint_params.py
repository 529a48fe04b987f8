"""Params of an endpoint: which are drawn from rows, and which of a write are which of a read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perflab.scenario.models import Endpoint


def split(source: str) -> tuple[str, str]:
    """`app.Model.field` -> (`app.Model`, `field`)."""
    model, _, field = source.rpartition(".")
    return model, field


def sources(endpoint: Endpoint) -> dict[str, str]:
    """The params that are drawn from rows."""
    return {name: source for name, source in endpoint.params.items() if isinstance(source, str)}


def matches(write: Endpoint, read: Endpoint, targets: Mapping[str, str | None]) -> dict[str, Sequence[str]]:
    """Which params of the write can stand for each param of the read.

    The one of the same name, if it is a key of the same model; else all that are.
    """
    written = sources(write)
    found: dict[str, Sequence[str]] = {}
    for param, source in sources(read).items():
        target = targets[source]
        if target is None:
            continue
        if param in written and targets[written[param]] == target:
            found[param] = (param,)
        elif same := [p for p, s in written.items() if targets[s] == target]:
            found[param] = same
    return found
