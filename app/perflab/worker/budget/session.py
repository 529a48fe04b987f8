"""What a run of pytest used of the pinned entries, what it is to write, and what nothing uses any more.

Under pytest-xdist each worker sends its own to the controller, which alone writes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from perflab.errors import InputError
from perflab.units import counted, listed
from perflab.worker.budget.entries import Entry, change, read

WRITE, CHECK, UPDATE = "write", "check", "update"
MAX_NAMES = 6


@dataclass
class Session:
    """One run of pytest, in one process.

    Attributes:
        mode: `write` new entries, `check` without writing, or `update` all.
        root: The project's folder.
        used: The names that tests used, by file.
        new: The entries to write, by file.
        reworded: The names of entries with the pinned number of queries, but other SQL, by file.
        mistakes: What went wrong between the processes of a run.
    """

    mode: str
    root: Path
    used: dict[Path, set[str]] = field(default_factory=lambda: defaultdict(set))
    new: dict[Path, dict[str, Entry]] = field(default_factory=lambda: defaultdict(dict))
    reworded: dict[Path, set[str]] = field(default_factory=lambda: defaultdict(set))
    mistakes: list[str] = field(default_factory=list)
    _files: dict[Path, dict[str, Entry]] = field(default_factory=dict)

    def entries(self, file: Path) -> dict[str, Entry]:
        """Return a file's entries, which are read once.

        Raises:
            InputError: The file cannot be read.
        """
        if file not in self._files:
            self._files[file] = read(file)
        return self._files[file]

    def add(self, file: Path, new: Mapping[str, Entry]) -> None:
        """Note new entries of a file; the first one of a name is kept, and another one a mistake.

        Args:
            file: The file.
            new: The entries.
        """
        for name, entry in new.items():
            first = self.new[file].setdefault(name, entry)
            if first.queries != entry.queries:
                self.mistakes.append(
                    f"{self.shown(file)}: {name}: {first.total()} queries in one test and {entry.total()} in another; "
                    "give them different names"
                )

    def shown(self, file: Path) -> str:
        """Return a file's path relative to the project's folder."""
        return str(file.relative_to(self.root) if file.is_relative_to(self.root) else file)

    def dumped(self) -> str:
        """Return what a worker sends to the controller."""
        return json.dumps(
            {
                "used": {str(file): sorted(names) for file, names in self.used.items()},
                "reworded": {str(file): sorted(names) for file, names in self.reworded.items()},
                "new": {
                    str(file): {name: asdict(entry) for name, entry in new.items()} for file, new in self.new.items()
                },
            }
        )

    def merge(self, text: str) -> None:
        """Take what a worker sent."""
        data = json.loads(text)
        for kind, held in (("used", self.used), ("reworded", self.reworded)):
            for file, names in data[kind].items():
                held[Path(file)].update(names)
        for file, new in data["new"].items():
            self.add(Path(file), {name: Entry(**entry) for name, entry in new.items()})

    def finish(self, whole: set[Path]) -> Iterator[str]:
        """Write what is to be written, and yield what to tell.

        Args:
            whole: The files of entries whose tests were all run, and passed.
        """
        yield from self.mistakes
        for file in sorted({*whole, *self.new, *self.used}):
            try:
                unused = sorted(set(self.entries(file)) - self.used[file]) if file in whole else []
                removed = unused if self.mode == UPDATE else []
                new = {name: entry for name, entry in self.new[file].items() if self.entries(file).get(name) != entry}
                if new or removed:
                    change(file, new, removed)
            except InputError as error:
                self.mistakes.append(str(error))
                yield str(error)
                continue
            if new:
                yield f"{self.shown(file)}: {_entries(new)} written, to be committed: {_names(new)}"
            if unused:
                how = "removed" if removed else "used by no test (--perflab-budget=update removes them)"
                yield f"{self.shown(file)}: {_entries(unused)} {how}: {_names(unused)}"
            if self.reworded[file]:
                yield (
                    f"{self.shown(file)}: as many queries as pinned, but other SQL (--perflab-budget=update writes it): "
                    f"{_names(self.reworded[file])}"
                )


def _entries(names: Collection[str]) -> str:
    return counted(len(names), "entry", "entries")


def _names(names: Collection[str]) -> str:
    ordered = sorted(names)
    more = len(ordered) - MAX_NAMES
    return listed([*ordered[:MAX_NAMES], *([f"{more} more"] if more > 0 else [])])
