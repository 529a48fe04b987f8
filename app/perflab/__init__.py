"""A performance laboratory for Django: what each optimisation buys, and whether the answers stayed the same."""

from __future__ import annotations

from perflab.store import Run, load

__version__ = "0.1.0"
__all__ = ["Run", "__version__", "load"]
