"""How a round's cells are brought into the warm state."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from perflab.experiment.warm.state import Kept, WarmState

MEMORY = {"default": ({"a": b"1"}, {"a": None})}


@dataclass
class Restoring:
    """A worker that remembers what it was given."""

    config: Any
    restored: list[Any] = field(default_factory=list)

    def restore(self, memory: Any) -> int:
        self.restored.append(memory)
        return 0


@dataclass
class Copying:
    """A cache server that remembers what was copied."""

    copied: list[tuple[str, str]] = field(default_factory=list)

    def copy(self, source: str, target: str) -> int:
        self.copied.append((source, target))
        return 1


def folder(tmp_path: Path) -> Path:
    for name in ("files/media/picture", "caches/0/entry"):
        (tmp_path / "warm" / name).parent.mkdir(parents=True)
        (tmp_path / "warm" / name).write_text(name)
    return tmp_path / "warm"


def test_every_cell_has_the_files_before_its_worker_starts_and_those_with_a_cache_that_of_their_caches(
    tmp_path: Path,
) -> None:
    history: Any = None
    folders = {name: tmp_path / name for name in ("all_off", "all_on")}
    (tmp_path / "all_off" / "files" / "media").mkdir(parents=True)
    state = WarmState(history, {"all_on": "all_on"}, {"all_on": Kept(folder(tmp_path), MEMORY)})
    state.restore_files(folders, {"all_on"})
    for place in folders.values():
        assert (place / "files" / "media" / "picture").read_text() == "files/media/picture"
    assert not (tmp_path / "all_off" / "caches").exists()
    assert (tmp_path / "all_on" / "caches" / "0" / "entry").read_text() == "caches/0/entry"


def test_a_cell_that_stores_something_else_has_its_own_entries() -> None:
    cells: Any = {name: Restoring(SimpleNamespace(folder=None)) for name in ("caching", "all_on", "twin")}
    cache: Any = Copying()
    history: Any = None
    other = {"default": ({"b": b"2"}, {"b": None})}
    sources = {"caching": "caching", "all_on": "all_on", "twin": "all_on"}
    state = WarmState(history, sources, {"all_on": Kept(None, MEMORY), "caching": Kept(None, other)})
    state.restore_entries(cache, 2, cells)
    assert cache.copied == [("0 caching ", "2 caching "), ("0 all_on ", "2 all_on "), ("0 all_on ", "2 twin ")]
    assert {name: cell.restored for name, cell in cells.items()} == {
        "caching": [other],
        "all_on": [MEMORY],
        "twin": [MEMORY],
    }


def test_without_a_cache_nothing_is_copied_or_restored(tmp_path: Path) -> None:
    cells: Any = {"all_on": Restoring(SimpleNamespace(folder=str(tmp_path / "all_on")))}
    cache: Any = Copying()
    history: Any = None
    WarmState(history).restore_files({"all_on": tmp_path / "all_on"}, {"all_on"})
    WarmState(history).restore_entries(cache, 1, cells)
    assert cache.copied == [] and cells["all_on"].restored == []
    assert not (tmp_path / "all_on").exists()
