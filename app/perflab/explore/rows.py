"""Claims, effects and findings: rows of summary.json that say themselves, alone and together; and the ledgers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from perflab import units
from perflab.explore.tables import STYLE, Table
from perflab.report import parts, sentences
from perflab.report.html import Section, join
from perflab.report.sections import mix
from perflab.run.cells import WHOLE


@dataclass(frozen=True, repr=False, eq=False)
class Row(Mapping[str, Any]):
    """One row of summary.json: a mapping, `row["verdict"]`, whose keys are those of the file."""

    row: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.row[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.row)

    def __len__(self) -> int:
        return len(self.row)

    @property
    @abstractmethod
    def sentence(self) -> str:
        """What the row says, in plain words."""

    @abstractmethod
    def table(self) -> Table:
        """The same as named facts."""

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


class Claim(Row):
    """What somebody claimed, and what this run found."""

    @property
    def sentence(self) -> str:
        found = sentences.estimate(self.row)
        said = "nothing was found" if found == units.UNKNOWN else f"found {found}"
        reason = f" {self.row['reason']}" if self.row.get("reason") else ""
        return f"{self.row['statement']}: {self.row['verdict']}, {said}; judged: {self._judged()}.{reason}"

    def table(self) -> Table:
        unit = self.row.get("unit") or ""
        levels = {word: units.in_unit(self.row[word], unit) for word in ("before", "after")}
        return Table(
            str(self.row["statement"]),
            {
                "verdict": join([parts.chip(self.row["verdict"])]),
                "found (95% interval)": sentences.estimate(self.row),
                "judged": self._judged(),
                "claimed": sentences.claimed(self.row),
                **levels,
                "n": sentences.sample_size(self.row),
                **({"why": self.row["reason"]} if self.row.get("reason") else {}),
                "id": self.row["id"],
            },
        )

    def _judged(self) -> str:
        scope = self.row.get("scope")
        return f"{sentences.bound(self.row)}, {sentences.metric(self.row['metric'])}" + (f", {scope}" if scope else "")


class Effect(Row):
    """What one cell costs against another, by one metric, in one endpoint or in all."""

    @property
    def sentence(self) -> str:
        return (
            f"{self._about()}: {sentences.levels(self.row)}, {sentences.change(self.row)}: {self.row['verdict']}; "
            f"{sentences.sample_size(self.row)}.{self._note()}"
        )

    def table(self) -> Table:
        change, interval = sentences.parts_of_change(self.row)
        note = self._note().strip()
        return Table(
            self._about(),
            {
                "before → after": sentences.levels(self.row),
                "change": change,
                "95% interval": interval or units.UNKNOWN,
                "verdict": join([parts.chip(self.row["verdict"]), parts.aside(self.row)]),
                "pairs of requests": sentences.sample_size(self.row),
                **({"note": note} if note else {}),
            },
        )

    def _about(self) -> str:
        endpoint, contrast = self.row["endpoint"], self.row["contrast"]
        where = mix.WORDS[endpoint][0] if endpoint in mix.WORDS else endpoint
        what = "everything off → everything on" if contrast == WHOLE else contrast
        return f"{where}, {self.row['statistic']} {sentences.metric(self.row['metric'])}, {what}"

    def _note(self) -> str:
        return f" {self.row['note']}" if self.row.get("note") else ""


class Finding(Row):
    """Something wrong, or something to know, and the evidence; `run.request(finding)` opens the first request of it."""

    @property
    def sentence(self) -> str:
        return str(self.row["sentence"])

    def table(self) -> Table:
        example = self.row.get("example") or {}
        shown = {name: value for name, value in example.items() if value is not None}
        return Table(
            self.sentence,
            {
                "severity": self.row["severity"],
                "class": self.row["class"],
                "endpoint": self.row.get("endpoint"),
                "brought about by": ", ".join(self.row.get("factors") or ()) or None,
                "times": self.row.get("count"),
                "example": "; ".join(f"{name}: {value}" for name, value in shown.items()) or None,
            },
        )


@dataclass(frozen=True, repr=False, eq=False)
class Listing(Sequence[Row]):
    """Several rows under a heading: `listing[0]` is the first; shows itself as the page does, or a sentence a row."""

    rows: tuple[Row, ...]
    shown: Section

    def __getitem__(self, which: Any) -> Any:
        return self.rows[which]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return "\n".join(f"{number}  {row.sentence}" for number, row in enumerate(self.rows)) or self.shown.text

    def _repr_html_(self) -> str:
        return STYLE + self.shown._repr_html_()


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class Ledger(Section):
    """A section of the page, and the `rows` that it was made from, as summary.json has them."""

    rows: pd.DataFrame

    @classmethod
    def of(cls, section: Section, rows: Sequence[Mapping[str, Any]]) -> Ledger:
        return cls(section.markup, section.text, rows=pd.DataFrame.from_records([dict(row) for row in rows]))

    def _repr_html_(self) -> str:
        return STYLE + super()._repr_html_()
