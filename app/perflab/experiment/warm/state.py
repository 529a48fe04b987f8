"""The warm state of a run, and how a round's cells are brought into it."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from perflab.run.cells import OPTIMISED
from perflab.servers.valkey import Cache
from perflab.worker.guards.files import STORAGES
from perflab.worker.handle import WorkerHandle
from perflab.worker.probes.cache.memory import MemoryEntries
from perflab.workload.build import Builder

# The folder of a cell's caches, in the folder of its files.
CACHES = "caches"
# Where files stay from round to round, in the folder of the cells' files.
WARM_FOLDER = "warm"


@dataclass(frozen=True)
class Kept:
    """Hold what a cell's warm-up has left beside its database and what the cache server holds.

    Attributes:
        folder: The folder of its files; None if there are none.
        memory: The entries of each cache in memory, by its name.
    """

    folder: Path | None = None
    memory: Mapping[str, MemoryEntries] = field(default_factory=dict)


@dataclass(frozen=True)
class WarmState:
    """Hold what the cells of every round begin with, beside their databases.

    Attributes:
        history: The traffic so far; every round continues it in its own way.
        sources: For each cell whose caching is on, the cell that has stored its entries.
        kept: What each of these cells has kept.
        number: Number of the round in which it was made, which names key spaces.
        databases: The databases that rounds clone.
    """

    history: Builder
    sources: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, Kept] = field(default_factory=dict)
    number: int = 0
    databases: Sequence[str] = ()

    def restore_files(self, folders: Mapping[str, Path], caching: Collection[str]) -> None:
        """Copy the files of the warm state to a round's cells, before their workers start: some caches keep a file open.

        Args:
            folders: The folder of each cell that has a database.
            caching: The cells whose caching is on; the others have no entries.
        """
        for name, folder in folders.items():
            kept = self._kept_for(name)
            if kept is not None and kept.folder is not None:
                for part in (STORAGES, CACHES) if name in caching else (STORAGES,):
                    if (kept.folder / part).is_dir():
                        shutil.copytree(kept.folder / part, folder / part, dirs_exist_ok=True)

    def restore_entries(self, cache: Cache, number: int, cells: Mapping[str, WorkerHandle]) -> None:
        """Bring the caches of a round's cells on the server and in memory into the warm state: some ms for a thousand entries.

        Args:
            cache: The cache server.
            number: Number of the round, which names its key spaces.
            cells: The worker of each cell whose caching is on.
        """
        for name, worker in cells.items():
            kept = self._kept_for(name)
            if kept is not None:
                cache.copy(f"{self.number} {self._source_of(name)} ", f"{number} {name} ")
                worker.restore(kept.memory)

    def memory_of(self, cell: str) -> Mapping[str, MemoryEntries]:
        """Return the entries of caches in memory with which a cell begins.

        Args:
            cell: The cell; its caching is on.
        """
        kept = self._kept_for(cell)
        return {} if kept is None else kept.memory

    def _kept_for(self, cell: str) -> Kept | None:
        return self.kept.get(self._source_of(cell))

    def _source_of(self, cell: str) -> str:
        """Return the cell whose entries and files a cell takes; one whose caching is off takes the files of all_on."""
        return self.sources.get(cell, OPTIMISED)
