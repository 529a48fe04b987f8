"""The manifest beside seeded data: written last, so whoever finds it finds complete data."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perflab.errors import ServerError
from perflab.servers.database import POSTGRESQL, SQLITE

NAME = "manifest.json"


@dataclass(frozen=True)
class SeededData:
    """A database that is ready to be cloned.

    `data_dir` is the stopped data directory that holds it, or the folder of SQLite files, or None: it is on the user's own
    server. `rows` counts each model of the project's archetypes, by label. `seeded_now`: this call made it; else an earlier
    one did.
    """

    key: str
    data_dir: Path | None
    template: str
    rows: Mapping[str, int]
    database_bytes: int
    duration_s: float
    rate_rows_per_s: float
    inputs: Mapping[str, Any]
    seeded_now: bool = False

    @property
    def vendor(self) -> str:
        """What it is kept in: POSTGRESQL or SQLITE."""
        return vendor_of(self.inputs)

    @property
    def row_count(self) -> int:
        return sum(self.rows.values())

    def manifest(self) -> dict[str, Any]:
        """What is written down: all but where it is."""
        return {
            "key": self.key,
            "template": self.template,
            "row_count": self.row_count,
            "rows": dict(self.rows),
            "database_bytes": self.database_bytes,
            "duration_s": self.duration_s,
            "rate_rows_per_s": self.rate_rows_per_s,
            "inputs": dict(self.inputs),
        }


def vendor_of(inputs: Mapping[str, Any]) -> str:
    """What data with these inputs is kept in, see digest.inputs_of."""
    return SQLITE if SQLITE in inputs["versions"] else POSTGRESQL


def from_manifest(written: object, inputs: Mapping[str, Any], data_dir: Path | None) -> SeededData | None:
    """Seeded data as a manifest tells; None if it is no manifest, or one of data with other inputs."""
    try:
        known: Any = written
        if json.loads(json.dumps(inputs)) != known["inputs"]:
            return None
        return SeededData(
            key=str(known["key"]),
            data_dir=data_dir,
            template=str(known["template"]),
            rows={str(label): int(count) for label, count in known["rows"].items()},
            database_bytes=int(known["database_bytes"]),
            duration_s=float(known["duration_s"]),
            rate_rows_per_s=float(known["rate_rows_per_s"]),
            inputs=known["inputs"],
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def read(folder: Path) -> object:
    """The manifest in a folder as plain data; None where there is none that can be read."""
    try:
        return json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write(folder: Path, data: SeededData) -> None:
    """Write it in one step: it is there whole, or not at all."""
    draft = folder / f".{NAME}.{os.getpid()}"
    try:
        draft.write_text(json.dumps(data.manifest(), indent=1) + "\n", encoding="utf-8")
        draft.replace(folder / NAME)
    except OSError as error:
        raise ServerError(
            f"cannot write the manifest: {error.strerror}", where=str(folder), hint="make room"
        ) from error
