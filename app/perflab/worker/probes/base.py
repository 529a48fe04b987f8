"""What all probes have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any


class Probe(ABC):
    """Observe single requests, one after another.

    `start` and `read` run outside the clocks of the request; what an installed probe does inside them has to be cheap.
    """

    __slots__ = ()

    @abstractmethod
    def install(self, connection: Any) -> None:
        """Prepare the probe: called once in a worker, after the project is set up.

        Args:
            connection: Django's default connection, which is open.
        """

    def attach(self, connection: Any) -> None:  # noqa: B027 (most probes have nothing to do there)
        """Prepare one of Django's connections: called whenever one was opened, of any alias, in the thread that opened it.

        Args:
            connection: Django's connection; it may have been open before, and closed meanwhile.
        """

    def detach(self, connection: Any) -> None:  # noqa: B027
        """Leave one of Django's connections, which closes right after."""

    @abstractmethod
    def start(self) -> None:
        """Begin a request."""

    @abstractmethod
    def read(self) -> Mapping[str, int | float | None]:
        """Return what the request cost, by field of Sample; None is unknown."""
