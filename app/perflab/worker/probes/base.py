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

    @abstractmethod
    def start(self) -> None:
        """Begin a request."""

    @abstractmethod
    def read(self) -> Mapping[str, int | float | None]:
        """Return what the request cost, by field of Sample; None is unknown."""
