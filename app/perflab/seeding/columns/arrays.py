"""numpy and pyarrow, loaded when a column is drawn: a description needs neither, and a project's own interpreter has neither.

from perflab.seeding.columns.arrays import np, pa, pc
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

__all__ = ["np", "pa", "pc"]


class Later:
    """A module that is imported when something of it is used.

    Args:
        name: Its name.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        """Import the module, and return what it has under this name; the next time it is there."""
        value = getattr(import_module(self._name), name)
        setattr(self, name, value)
        return value


if not TYPE_CHECKING:
    np, pa, pc = Later("numpy"), Later("pyarrow"), Later("pyarrow.compute")
