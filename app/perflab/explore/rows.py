"""Claims, effects and findings: records of a summary that display themselves, alone and together; and the ledgers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import pandas as pd

from perflab import units
from perflab.explore.tables import STYLE, Table
from perflab.report import estimates, parts
from perflab.report.html import Section, join
from perflab.report.sections import mix
from perflab.run.cells import WHOLE
from perflab.run.metrics import PAIRED_MEDIAN, title_of
from perflab.run.records import ClaimResult, Effect, Finding

Record = TypeVar("Record", ClaimResult, Effect, Finding)


@dataclass(frozen=True, repr=False, eq=False)
class ShownRecord(Mapping[str, Any], Generic[Record]):
    """One record of a summary, which is also a mapping, `row["verdict"]`, with the keys of summary.json."""

    record: Record

    @cached_property
    def _row(self) -> dict[str, Any]:
        return self.record.as_dict()

    def __getitem__(self, name: str) -> Any:
        return self._row[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)

    @property
    @abstractmethod
    def sentence(self) -> str:
        """The record in plain words."""

    @abstractmethod
    def table(self) -> Table:
        """Return the record as named facts."""

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


class ShownClaim(ShownRecord[ClaimResult]):
    """What was claimed, and what this run measured."""

    @property
    def sentence(self) -> str:
        """The claim, its verdict, what was measured, and what it is judged by."""
        claim = self.record
        estimate = estimates.estimate(claim)
        measured = f"measured {estimate}" if estimate.known else "no measurement"
        reason = f" {claim.reason}" if claim.reason else ""
        return f"{claim.statement}: {claim.verdict}, {measured}; criterion: {estimates.judged_by(claim)}.{reason}"

    def table(self) -> Table:
        """Return the claim as named facts."""
        claim = self.record
        before, after = estimates.claim_levels(claim)
        return Table(
            claim.statement,
            {
                "verdict": parts.chip(claim.verdict),
                "estimate (95% interval)": estimates.estimate(claim),
                "judged": estimates.judged_by(claim),
                "claimed": estimates.claimed(claim),
                "before": before,
                "after": after,
                "n": estimates.sample_size(claim),
                **({"why": claim.reason} if claim.reason else {}),
                "id": claim.id,
            },
        )


class ShownEffect(ShownRecord[Effect]):
    """What one cell costs against another, by one metric, in one endpoint or in all."""

    @property
    def sentence(self) -> str:
        """What is compared, both levels, the change, the verdict, and how much evidence there is."""
        effect = self.record
        note = f" {effect.note}" if effect.note else ""
        levels = "" if effect.statistic == PAIRED_MEDIAN else f"{estimates.levels(effect)}, "
        return (
            f"{self._about()}: {levels}{estimates.change(effect)}: {effect.verdict}; "
            f"{estimates.sample_size(effect)}.{note}"
        )

    def table(self) -> Table:
        """Return the effect as named facts."""
        effect = self.record
        change = estimates.change(effect)
        return Table(
            self._about(),
            {
                "before → after": estimates.levels(effect),
                "change": change.value,
                "95% interval": change.interval or units.UNKNOWN,
                "verdict": join([parts.chip(effect.verdict), parts.aside(effect)]),
                "pairs of requests": estimates.sample_size(effect),
                **({"note": effect.note} if effect.note else {}),
            },
        )

    def _about(self) -> str:
        effect = self.record
        where = mix.NAMES[effect.endpoint][0] if effect.endpoint in mix.NAMES else effect.endpoint
        what = "everything off → everything on" if effect.contrast == WHOLE else effect.contrast
        statistic = "paired median of" if effect.statistic == PAIRED_MEDIAN else effect.statistic
        return f"{where}, {statistic} {title_of(effect.metric)}, {what}"


class ShownFinding(ShownRecord[Finding]):
    """Something wrong, or something to know, and the evidence; `run.request(finding)` opens the first request of it."""

    @property
    def sentence(self) -> str:
        """The finding's own sentence."""
        return self.record.sentence

    def table(self) -> Table:
        """Return the finding and its evidence as named facts."""
        finding = self.record
        shown = {name: value for name, value in finding.example.items() if value is not None}
        return Table(
            finding.sentence,
            {
                "severity": finding.severity,
                "class": finding.kind,
                "endpoint": finding.endpoint,
                "cause": ", ".join(finding.factors) or None,
                "times": finding.count,
                "example": "; ".join(f"{name}: {value}" for name, value in shown.items()) or None,
            },
        )


@dataclass(frozen=True, repr=False, eq=False)
class Listing(Sequence[ShownRecord[Any]]):
    """Several records under a heading: `listing[0]` is the first. Displayed as on the page, or as one sentence per record."""

    rows: tuple[ShownRecord[Any], ...]
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
