"""The warm state of a run, and how a round's cells are brought into it."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from perflab.servers.valkey import Cache
from perflab.worker.guards.files import STORAGES
from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import MemoryEntries
from perflab.workload.build import Builder

# The folder of a cell's caches, in the folder of its files.
CACHES = "caches"


@dataclass(frozen=True)
class WarmState:
    """Hold what the cells of every round begin with, beside their databases.

    Attributes:
        history: The traffic so far; every round continues it in its own way.
        space: What the names of the key spaces begin with that hold the entries; None if no cell has a cache.
        folder: The folder of the files; None if there are none.
        memory: The entries of each cache in memory, by its name.
    """

    history: Builder
    space: str | None = None
    folder: Path | None = None
    memory: Mapping[str, MemoryEntries] = field(default_factory=dict)

    def restore(self, cache: Cache, number: int, cells: Mapping[str, WorkerHandle], caching: Collection[str]) -> None:
        """Bring the caches and files of a round's cells into the warm state: some ms for a thousand entries.

        Args:
            cache: The cache server.
            number: Number of the round, which names its key spaces.
            cells: The worker of each cell that has a database.
            caching: The cells whose caching is on; the others have no entries.
        """
        for name, worker in cells.items():
            place = worker.config.folder
            if self.folder is not None and place is not None:
                for part in (STORAGES, CACHES) if name in caching else (STORAGES,):
                    if (self.folder / part).is_dir():
                        shutil.copytree(self.folder / part, Path(place) / part, dirs_exist_ok=True)
            if name in caching and self.space is not None:
                cache.copy(self.space, f"{number} {name} ")
                worker.restore(self.memory)
