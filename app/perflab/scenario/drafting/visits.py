"""What the same client requests next in a log: whether writes are read back at once, and how long people think.

A client is an address. Behind a proxy that hides addresses all are one, so nothing is told of fewer than MIN_CLIENTS. No address
is kept, only its hash, which another process could not make again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MIN_CLIENTS, MIN_TIMES = 20, 30
# So many clients are followed; what further ones do is not counted.
MAX_CLIENTS = 300_000
# A read within so many seconds of the write is its read-back; logs often have whole seconds.
READ_BACK_S = 10.0
# After so long a pause somebody has been away, and begins anew. Web analytics usually take half an hour.
AWAY_S = 1800.0


@dataclass
class Visits:
    """Follows clients through a log, in its order.

    Attributes:
        affects: By an endpoint that writes, the endpoints that read what it writes.
        writes: How many successful writes of each were followed.
        read_back: How many of them the same client read back at once.
        pauses: How many pauses between two requests of a client there were.
        paused_s: Their sum.
    """

    affects: Mapping[str, frozenset[str]]
    writes: dict[str, int] = field(default_factory=dict)
    read_back: dict[str, int] = field(default_factory=dict)
    pauses: int = 0
    paused_s: float = 0.0
    _last_s: dict[int, float] = field(default_factory=dict)
    _written: dict[int, tuple[str, float]] = field(default_factory=dict)

    def add(self, client: int, endpoint: str, at_s: float, took_s: float, succeeded: bool) -> None:
        """Count a request.

        Args:
            client: Whose it is.
            endpoint: What it requests.
            at_s: When, in seconds.
            took_s: How long the response took; 0 if unknown.
            succeeded: Whether it was answered by 2xx or 3xx.
        """
        last_s = self._last_s.get(client)
        if last_s is None and len(self._last_s) >= MAX_CLIENTS:
            return
        if last_s is not None and 0 <= at_s - last_s <= AWAY_S:
            self.pauses += 1
            self.paused_s += at_s - last_s
        self._last_s[client] = max(at_s + took_s, last_s or 0.0)
        written = self._written.get(client)
        if written is not None and endpoint in self.affects[written[0]]:
            del self._written[client]
            self.read_back[written[0]] += at_s - written[1] <= READ_BACK_S
        if endpoint in self.affects and succeeded:
            self.writes[endpoint] = self.writes.get(endpoint, 0) + 1
            self.read_back.setdefault(endpoint, 0)
            self._written[client] = (endpoint, at_s)

    @property
    def think_s(self) -> float | None:
        """The mean time between a response and the same client's next request; None where too little is known."""
        if len(self._last_s) < MIN_CLIENTS or self.pauses < MIN_TIMES:
            return None
        return self.paused_s / self.pauses

    def share_of(self, endpoint: str) -> float | None:
        """Return the share of an endpoint's writes that were read back at once; None where too little is known.

        Args:
            endpoint: The endpoint that writes.
        """
        writes = self.writes.get(endpoint, 0)
        if len(self._last_s) < MIN_CLIENTS or writes < MIN_TIMES:
            return None
        return self.read_back[endpoint] / writes
