"""The corpus of faults: each switches one mistake on in the marketplace, and states what perflab has to call it.

A fault is a module with a docstring (what somebody did), EXPECTED, and `install`, which makes the mistake. The worker of
every cell installs it, through `settings`; that it shows in some cells only is the lab's to find out. `python -m
tests.faults` runs them, and prints what was found.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

VARIABLE = "PERFLAB_FAULT"
SUPPORT = {"apps", "corpus", "settings"}  # and the folder schema/


@dataclass(frozen=True)
class Expected:
    """The class of the finding, the endpoints of which at least one has to be named, and the factors, exactly.

    None among the endpoints: the finding is of none. `index`: which index it has to name.
    """

    kind: str
    endpoints: tuple[str | None, ...]
    factors: tuple[str, ...]
    index: str | None = None


def names() -> list[str]:
    """All faults, in alphabetical order."""
    files = Path(__file__).parent.glob("[a-z]*.py")
    return sorted(file.stem for file in files if file.stem not in SUPPORT)


def fault(name: str) -> ModuleType:
    """The module of one. It is not installed."""
    return importlib.import_module(f"tests.faults.{name}")
