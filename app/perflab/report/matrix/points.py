"""A matrix as it is on disk: its dimensions and its points, each with the results of its claims."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from perflab.errors import StoreError
from perflab.run.records import ClaimResult
from perflab.run.scenario import value_text
from perflab.run.summary import Summary
from perflab.run.writer import read_json

State = Literal["done", "failed", "missing"]
Values = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class MatrixPoint:
    """One point.

    Attributes:
        id: Its name; empty if it has not been run.
        values: The value of each key.
        state: Whether its run is there.
        machine: The machine that ran it; None if unknown.
        reason: Why it failed; None if it did not.
        claims: The results of the claims, by the claim's id.
        page: The path of its page, from the matrix's folder; None if there is none.
    """

    id: str
    values: Values
    state: State
    machine: str | None
    reason: str | None
    claims: Mapping[str, ClaimResult]
    page: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the point as matrix.json has it."""
        return {
            "id": self.id or None, "values": [{"key": key, "value": value} for key, value in self.values],
            "state": self.state, "machine": self.machine, "reason": self.reason, "page": self.page,
            "claims": [claim.as_dict() for claim in self.claims.values()],
        }  # fmt: skip


@dataclass(frozen=True)
class Matrix:
    """A matrix.

    Attributes:
        facts: plan.json: what all points have in common.
        dimensions: The keys and their values, in order.
        points: One or, from several machines, more points for each combination of values, in their order.
    """

    facts: Mapping[str, Any]
    dimensions: tuple[tuple[str, tuple[Any, ...]], ...]
    points: tuple[MatrixPoint, ...]

    @property
    def machines(self) -> tuple[str, ...]:
        """The machines that ran points."""
        return tuple(sorted({point.machine for point in self.points if point.state == "done" and point.machine}))

    @property
    def is_replicated(self) -> bool:
        """Whether there is a point that several machines ran."""
        ran = [key_of(point.values) for point in self.points if point.state == "done"]
        return len(set(ran)) < len(ran)

    @property
    def claims(self) -> dict[str, ClaimResult]:
        """Each claim by its id, as the first point that has it states it."""
        claims: dict[str, ClaimResult] = {}
        for point in self.points:
            for name, claim in point.claims.items():
                claims.setdefault(name, claim)
        return claims


def key_of(values: Values) -> str:
    """Return values as text by which they can be compared: in Python, 1 equals True."""
    return json.dumps(sorted(values), sort_keys=True)


def place(values: Values) -> str:
    """Return values as people read them: `traffic.zipf = 1, data.scale = 5`."""
    return ", ".join(f"{value_text(key)} = {value_text(value)}" for key, value in values)


def read(folder: Path) -> Matrix:
    """Read a matrix. Costs reading one summary.json for each point.

    Args:
        folder: The matrix's folder.

    Raises:
        StoreError: There is none in it.
    """
    facts = read_json(folder / "plan.json")
    if "dimensions" not in facts:
        raise StoreError("there is no matrix", where=str(folder), hint="run `perflab matrix`")
    dimensions = tuple((str(each["key"]), tuple(each["values"])) for each in facts["dimensions"])
    kept: dict[str, list[MatrixPoint]] = {}
    for file in sorted([*folder.glob("points/[!.]*/point.json"), *folder.glob("failed/*.json")]):
        if (point := _point(file, folder)) is not None:
            kept.setdefault(key_of(point.values), []).append(point)
    points = []
    keys = [key for key, _ in dimensions]
    for combination in itertools.product(*(values for _, values in dimensions)):
        values = tuple(zip(keys, combination, strict=True))
        missing = MatrixPoint("", values, "missing", None, None, {}, None)
        points += sorted(kept.get(key_of(values), [missing]), key=lambda point: point.machine or "")
    return Matrix(facts, dimensions, tuple(points))


def _point(file: Path, folder: Path) -> MatrixPoint | None:
    facts = read_json(file)
    try:
        values = tuple((str(each["key"]), each["value"]) for each in facts["values"])
        name, machine = str(facts["id"]), facts.get("machine")
        if "reason" in facts:
            return MatrixPoint(name, values, "failed", machine, str(facts["reason"]), {}, None)
        summary = Summary.of(read_json(file.parent / "summary.json"))
    except (KeyError, TypeError, ValueError):  # not ours, or damaged: the point is missing
        return None
    page = file.with_name("summary.html")
    link = quote(page.relative_to(folder).as_posix()) if page.is_file() else None
    return MatrixPoint(name, values, "done", machine, None, {claim.id: claim for claim in summary.claims}, link)
