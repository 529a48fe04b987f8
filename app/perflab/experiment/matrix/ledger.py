"""Which points of a matrix are done: those whose folder is there. It gets its name in one step, when the run in it is whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from perflab.errors import StoreError
from perflab.experiment.matrix import archive
from perflab.experiment.matrix.attempt import Outcome
from perflab.experiment.matrix.plan import Point
from perflab.run.writer import read_json, write_json

POINT = "point.json"
Read = Callable[[int], bytes]


@dataclass(frozen=True)
class Ledger:
    """The points of a matrix on the disk of whoever started it.

    Attributes:
        folder: The matrix's folder: `points/` has the runs, `failed/` why a point has none.
    """

    folder: Path

    @property
    def points(self) -> Path:
        """The folder of the points that are done."""
        return self.folder / "points"

    def is_done(self, point: Point) -> bool:
        """Return whether the run of a point is here."""
        return bool(read_json(self.points / point.id / POINT))

    def store(self, point: Point, outcome: Outcome, read: Read) -> None:
        """Keep the run of a point that is done; nothing is left of it where that fails.

        Args:
            point: The point.
            outcome: How its attempt ended.
            read: Returns the next bytes of the archive from a position on; none at its end.

        Raises:
            StoreError: The archive is not the one that the worker wrote, has no whole run, or cannot be written.
        """
        beside, target = self.points / f".{point.id}", self.points / point.id
        received = beside.with_suffix(".tar")
        try:
            self.points.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(beside, ignore_errors=True)
            _receive(received, read)
            if archive.digest_of(received) != outcome.sha256:
                raise StoreError(f"the run of {point.id} was damaged on its way from {outcome.machine}")
            archive.unpack(received, beside)
            run = read_json(beside / "run.json")
            if run.get("status") != "complete":
                raise StoreError(f"the run of {point.id} is not complete")
            values = [{"key": key, "value": value} for key, value in point.values]
            facts = {"schema": 1, "id": point.id, "values": values, "machine": outcome.machine}
            write_json(beside / POINT, {**facts, "seconds": round(outcome.seconds, 3), "sha256": outcome.sha256})
            shutil.rmtree(target, ignore_errors=True)  # without point.json it is nothing of ours
            beside.rename(target)
        except OSError as error:
            raise StoreError(
                f"cannot keep the run of {point.id}: {error.strerror or error}", where=str(target), hint="make room"
            ) from error
        finally:
            received.unlink(missing_ok=True)
            shutil.rmtree(beside, ignore_errors=True)
        (self.folder / "failed" / f"{point.id}.json").unlink(missing_ok=True)

    def fail(self, point: Point, reason: str, machine: str | None) -> None:
        """Keep why a point has no run; the next command tries it again.

        Args:
            point: The point.
            reason: What is wrong, in one line.
            machine: The machine on which it failed; None if that is unknown.
        """
        values = [{"key": key, "value": value} for key, value in point.values]
        facts = {"schema": 1, "id": point.id, "values": values, "machine": machine, "reason": reason}
        write_json(self.folder / "failed" / f"{point.id}.json", facts)


def _receive(target: Path, read: Read) -> None:
    offset = 0
    with target.open("wb") as file:
        while chunk := read(offset):
            file.write(chunk)
            offset += len(chunk)
