"""Claims, effects and findings: rows of summary.json that display themselves, alone and together; and the ledgers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from perflab import units
from perflab.explore.tables import STYLE, Table
from perflab.report import estimates, parts
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
        """The row in plain words."""

    @abstractmethod
    def table(self) -> Table:
        """Return the row as named facts."""

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


class Claim(Row):
    """What was claimed, and what this run measured."""

    @property
    def sentence(self) -> str:
        """The claim, its verdict, what was measured, and what it is judged by."""
        estimate = estimates.estimate(self.row)
        measured = f"measured {estimate}" if estimate.known else "no measurement"
        reason = f" {self.row['reason']}" if self.row.get("reason") else ""
        judged = estimates.judged_by(self.row)
        return f"{self.row['statement']}: {self.row['verdict']}, {measured}; judged: {judged}.{reason}"

    def table(self) -> Table:
        """Return the claim as named facts."""
        before, after = estimates.claim_levels(self.row)
        return Table(
            str(self.row["statement"]),
            {
                "verdict": parts.chip(self.row["verdict"]),
                "estimate (95% interval)": estimates.estimate(self.row),
                "judged": estimates.judged_by(self.row),
                "claimed": estimates.claimed(self.row),
                "before": before,
                "after": after,
                "n": estimates.sample_size(self.row),
                **({"why": self.row["reason"]} if self.row.get("reason") else {}),
                "id": self.row["id"],
            },
        )


class Effect(Row):
    """What one cell costs against another, by one metric, in one endpoint or in all."""

    @property
    def sentence(self) -> str:
        """What is compared, both levels, the change, the verdict, and how much evidence there is."""
        return (
            f"{self._about()}: {estimates.levels(self.row)}, {estimates.change(self.row)}: {self.row['verdict']}; "
            f"{estimates.sample_size(self.row)}.{self._note()}"
        )

    def table(self) -> Table:
        """Return the effect as named facts."""
        change = estimates.change(self.row)
        note = self._note().strip()
        return Table(
            self._about(),
            {
                "before → after": estimates.levels(self.row),
                "change": change.value,
                "95% interval": change.interval or units.UNKNOWN,
                "verdict": join([parts.chip(self.row["verdict"]), parts.aside(self.row)]),
                "pairs of requests": estimates.sample_size(self.row),
                **({"note": note} if note else {}),
            },
        )

    def _about(self) -> str:
        endpoint, contrast = self.row["endpoint"], self.row["contrast"]
        where = mix.NAMES[endpoint][0] if endpoint in mix.NAMES else endpoint
        what = "everything off → everything on" if contrast == WHOLE else contrast
        return f"{where}, {self.row['statistic']} {estimates.metric(self.row['metric'])}, {what}"

    def _note(self) -> str:
        return f" {self.row['note']}" if self.row.get("note") else ""


class Finding(Row):
    """Something wrong, or something to know, and the evidence; `run.request(finding)` opens the first request of it."""

    @property
    def sentence(self) -> str:
        """The finding's own sentence."""
        return str(self.row["sentence"])

    def table(self) -> Table:
        """Return the finding and its evidence as named facts."""
        example = self.row.get("example") or {}
        shown = {name: value for name, value in example.items() if value is not None}
        return Table(
            self.sentence,
            {
                "severity": self.row["severity"],
                "class": self.row["class"],
                "endpoint": self.row.get("endpoint"),
                "cause": ", ".join(self.row.get("factors") or ()) or None,
                "times": self.row.get("count"),
                "example": "; ".join(f"{name}: {value}" for name, value in shown.items()) or None,
            },
        )


@dataclass(frozen=True, repr=False, eq=False)
class Listing(Sequence[Row]):
    """Several rows under a heading: `listing[0]` is the first. Displayed as on the page, or as one sentence per row."""

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
    """A section of the page, and the `rows` of summary.json that it was made from."""

    rows: pd.DataFrame

    @classmethod
    def of(cls, section: Section, rows: Sequence[Mapping[str, Any]]) -> Ledger:
        """Return a section with its rows.

        Args:
            section: The section.
            rows: The rows of summary.json that it was made from.
        """
        return cls(section.markup, rows=pd.DataFrame.from_records([dict(row) for row in rows]))

    def _repr_html_(self) -> str:
        return STYLE + super()._repr_html_()
