"""What a benchmark prints: tables of text, and results beside their targets. Absent is "not measured", never 0."""

from __future__ import annotations

import json
import signal
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click


@dataclass(frozen=True)
class Spread:
    """A median and its range."""

    median: float
    low: float
    high: float

    @classmethod
    def quartiles(cls, values: Sequence[float]) -> Spread:
        if len(values) < 2:
            return cls(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high)

    @classmethod
    def extremes(cls, values: Sequence[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values))

    def text(self, places: int = 3) -> str:
        return f"{self.median:.{places}f} ({self.low:.{places}f}-{self.high:.{places}f})"


@dataclass(frozen=True)
class Result:
    """A number that has a target: `at_most` or at least the bound.

    `between` is the range that it varied in; where that holds the bound, the verdict says so. `spread` says it in words.
    """

    name: str
    value: float | None
    bound: float
    at_most: bool = True
    unit: str = ""
    spread: str = ""
    between: tuple[float, float] | None = None

    @property
    def verdict(self) -> str:
        if self.value is None:
            return "not measured"
        met = self.value <= self.bound if self.at_most else self.value >= self.bound
        open_ = self.between is not None and self.between[0] <= self.bound <= self.between[1]
        return ("met" if met else "not met") + (", but open" if open_ else "")

    def cells(self) -> list[str]:
        sign = "<=" if self.at_most else ">="
        value = "-" if self.value is None else f"{self.value:.4g}{self.unit}"
        return [self.name, value, self.spread, f"{sign} {self.bound:g}{self.unit}", self.verdict]


@dataclass
class Table:
    """Rows under headings; columns after the first stand to the right. Notes say how it was measured.

    `compared` are those of its figures that stand in another table, beside the ones of before.
    """

    title: str
    headings: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    compared: list[list[str]] = field(default_factory=list)

    def text(self) -> str:
        parts = [self.title, "=" * len(self.title), *_aligned([list(self.headings), *self.rows])]
        if self.results:
            parts += [
                "",
                *_aligned([["target", "result", "spread", "wanted", ""], *(r.cells() for r in self.results)]),
            ]
        return "\n".join([*parts, *(["", *self.notes] if self.notes else [])])

    def as_dict(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "headings": list(self.headings),
            "rows": self.rows,
            "notes": self.notes,
            "results": [{**asdict(result), "verdict": result.verdict} for result in self.results],
        }


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = [
        "  ".join(
            text.ljust(width) if n == 0 else text.rjust(width)
            for n, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3f}"


def say(what: str) -> None:
    """Report progress on standard error, apart from the tables."""
    click.echo(what, err=True)


def shower(file: Path | None) -> Callable[[Table], None]:
    """Return a function that prints a table and writes all printed so far to a file, so that an interrupted run keeps them.

    Ended from outside the process tidies up all the same: databases, workers, the folders of a run.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    tables: list[Table] = []

    def show(table: Table) -> None:
        tables.append(table)
        click.echo(table.text() + "\n")
        if file is not None:
            text = json.dumps([shown.as_dict() for shown in tables], indent=1)
            file.write_text(text + "\n", encoding="utf-8")

    return show
