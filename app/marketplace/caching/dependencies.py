"""Recording what a response shows while it is computed, so that it need not be listed a second time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_recorded: ContextVar[set[str] | None] = ContextVar("recorded", default=None)


def tag(kind: str, number: int) -> str:
    """Return the name of one thing that may change: `user:7` is a person, `payments:7` the list of that person's payments."""
    return f"{kind}:{number}"


def depends_on(kind: str, number: int) -> None:
    """Record that the response being computed shows this. Outside of `recording` it does nothing (50 ns)."""
    recorded = _recorded.get()
    if recorded is not None:
        recorded.add(f"{kind}:{number}")


@contextmanager
def recording() -> Iterator[set[str]]:
    """Collect the tags of everything that is shown inside the block."""
    recorded: set[str] = set()
    token = _recorded.set(recorded)
    try:
        yield recorded
    finally:
        _recorded.reset(token)
