"""A performance laboratory for Django: what each optimisation saves, and whether responses stay the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perflab.explore import Run, load

__version__ = "0.2.0"
__all__ = ["Run", "__version__", "load"]


def __getattr__(name: str) -> Any:
    """Import pandas (0.4 s) only when a run is read: a worker does not need it."""
    if name in ("Run", "load"):
        from perflab import explore

        return getattr(explore, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
