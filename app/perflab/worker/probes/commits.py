"""The time that COMMIT takes: deferred constraints are checked there, and no wrapper of queries sees it.

Two readings of the clock for each commit. A statement outside of a transaction commits by itself, within the time of the query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic_ns
from typing import Any

from perflab.worker.probes.base import Probe


class CommitProbe(Probe):
    """Time the commits of all connections during a request."""

    __slots__ = ("_spans_ns",)

    def __init__(self) -> None:
        self._spans_ns: list[int] = []

    def install(self, connection: Any) -> None:
        """Do nothing: `attach` is told of each connection."""

    def attach(self, connection: Any) -> None:
        """Time the commits of a connection; it is wrapped once, however often it is opened."""
        if not isinstance(vars(connection).get("_commit"), _Timed):
            connection._commit = _Timed(connection._commit, self._spans_ns.append)

    def start(self) -> None:
        """Begin a request."""
        self._spans_ns.clear()

    def read(self) -> Mapping[str, int | float | None]:
        """Return the time that all commits took; 0 of a request without one."""
        return {"commit_time_s": sum(self._spans_ns) / 1e9}


class _Timed:
    """A connection's own `_commit`, timed."""

    __slots__ = ("_commit", "_keep")

    def __init__(self, commit: Callable[[], Any], keep: Callable[[int], None]) -> None:
        self._commit = commit
        self._keep = keep

    def __call__(self) -> Any:
        began = monotonic_ns()
        try:
            return self._commit()
        finally:
            self._keep(monotonic_ns() - began)


PROBE = CommitProbe
