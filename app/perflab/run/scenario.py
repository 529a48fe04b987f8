"""The scenario that run.json keeps, resolved and as plain data: the parts of it that reports ask for, as types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

# Requests with these methods write nothing, unless their endpoint says that it does.
READING_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One kind of request. `caller` is the param that names the user who sends it; None where nobody has to be signed in.

    `cached`: the subject says that it caches these responses. `affects` are the endpoints that read what this one writes.
    """

    name: str
    method: str = "GET"
    path: str = ""
    weight: float = 0.0
    audited: bool = False
    cached: bool = False
    writes: bool = False
    caller: str | None = None
    affects: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return an endpoint from its keys in a scenario; where `writes` is missing, the method decides."""
        method, writes = str(data.get("method") or "GET").upper(), data.get("writes")
        return cls(
            name=str(data["name"]),
            method=method,
            path=str(data.get("path") or ""),
            weight=float(data.get("weight") or 0),
            audited=bool(data.get("audited")),
            cached=bool(data.get("cached")),
            writes=method not in READING_METHODS if writes is None else bool(writes),
            caller=data.get("as"),
            affects=tuple(data.get("affects") or ()),
            params=data.get("params") or {},
            body=data.get("body"),
        )


def scenario_endpoints(scenario: Mapping[str, Any]) -> tuple[Endpoint, ...]:
    """Return the endpoints of a scenario, in its order."""
    return tuple(map(Endpoint.of, (scenario.get("traffic") or {}).get("endpoints") or []))


def writing_endpoints(scenario: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the endpoints that write."""
    return frozenset(endpoint.name for endpoint in scenario_endpoints(scenario) if endpoint.writes)
