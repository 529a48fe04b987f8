"""The manifest beside seeded data: written last, so that where there is one the data is complete."""

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

    Args:
        key: The digest of `inputs`.
        data_dir: The stopped data directory that holds it, or the folder of SQLite files; None on the user's own server.
        template: The database's name.
        rows: The number of rows of each seeded model, by its label.
        database_bytes: The database's size.
        duration_s: How long seeding took.
        rate_rows_per_s: How fast the rows were copied.
        inputs: Everything that the data follows from, see digest.inputs_of.
        seeded_now: Whether this call made it, not an earlier one.
        remarks: What the data are and what they lack, in sentences: models without a table.
        masked: The fields whose values are masked.
        as_of: The newest moment in the data, in ISO format; None where the scenario decides it.
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
    remarks: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    as_of: str | None = None

    @property
    def vendor(self) -> str:
        """The kind of database: POSTGRESQL or SQLITE."""
        return vendor_of(self.inputs)

    @property
    def row_count(self) -> int:
        """The number of rows of all models."""
        return sum(self.rows.values())

    def manifest(self) -> dict[str, Any]:
        """Return what is written to the manifest: everything but where the data is."""
        return {
            "key": self.key,
            "template": self.template,
            "row_count": self.row_count,
            "rows": dict(self.rows),
            "database_bytes": self.database_bytes,
            "duration_s": self.duration_s,
            "rate_rows_per_s": self.rate_rows_per_s,
            "inputs": dict(self.inputs),
            "remarks": list(self.remarks),
            "masked": list(self.masked),
            "as_of": self.as_of,
        }


def vendor_of(inputs: Mapping[str, Any]) -> str:
    """Return the kind of database, POSTGRESQL or SQLITE, of data with these inputs."""
    return SQLITE if SQLITE in inputs["versions"] else POSTGRESQL


def from_manifest(written: object, inputs: Mapping[str, Any], data_dir: Path | None) -> SeededData | None:
    """Return the seeded data that a manifest describes.

    Args:
        written: The manifest, as plain data.
        inputs: What the data must follow from.
        data_dir: Where the data is.

    Returns:
        The data; None if `written` is no manifest, or one of data with other inputs.
    """
    try:
        facts: Any = written
        if json.loads(json.dumps(inputs)) != facts["inputs"]:
            return None
        return SeededData(
            key=str(facts["key"]),
            data_dir=data_dir,
            template=str(facts["template"]),
            rows={str(label): int(count) for label, count in facts["rows"].items()},
            database_bytes=int(facts["database_bytes"]),
            duration_s=float(facts["duration_s"]),
            rate_rows_per_s=float(facts["rate_rows_per_s"]),
            inputs=facts["inputs"],
            remarks=tuple(map(str, facts.get("remarks", ()))),
            masked=tuple(map(str, facts.get("masked", ()))),
            as_of=None if facts.get("as_of") is None else str(facts["as_of"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def read(folder: Path) -> object:
    """Return the manifest in a folder as plain data; None if there is none that can be read."""
    try:
        return json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write(folder: Path, data: SeededData) -> None:
    """Write the manifest in one step. Raises ServerError if the disk refuses."""
    draft = folder / f".{NAME}.{os.getpid()}"
    try:
        draft.write_text(json.dumps(data.manifest(), indent=1) + "\n", encoding="utf-8")
        draft.replace(folder / NAME)
    except OSError as error:
        raise ServerError(
            f"cannot write the manifest: {error.strerror}", where=str(folder), hint="make room"
        ) from error
