"""A context manager for anything that is started and stopped."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Lifecycle:
    """Something with a start and a stop: `with` starts it, and stops it at the end, whatever happens."""

    def start(self) -> None:
        """Start it."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop it."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
