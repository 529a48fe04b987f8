"""Findings by their cause: what one line, one relation or one mistake brings about in several endpoints is told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from perflab import units
from perflab.analysis import contacts
from perflab.analysis.caching.findings import CLASSES as CACHING
from perflab.analysis.database.bypass import CLASSES as BYPASSING
from perflab.analysis.database.findings import CLASSES as INDEXES
from perflab.analysis.database.findings import LACKING
from perflab.analysis.database.mistakes.findings import CLASSES as QUERIES
from perflab.analysis.responses import statuses
from perflab.run.records import Finding

SEVERITIES = ("error", "warning", "info")
# What of a finding's example two findings with the same cause have in common, besides class and factors.
IN_COMMON = ("source", "relation", "ttl_s", "index", "target", "sentence")
# Of the endpoints where the same is found so many are named.
MAX_NAMED = 3
OF_INDEXES = "Which indexes are needed?"
# The section of the page that has the findings of each class; that of any other class is not known here.
SECTIONS = {
    **dict.fromkeys(INDEXES, OF_INDEXES),
    **dict.fromkeys((*QUERIES, *BYPASSING), "Database queries"),
    **dict.fromkeys(CACHING, "Caching"),
    **dict.fromkeys(statuses.KINDS, "By endpoint"),
    **dict.fromkeys(contacts.CLASSES, "Can this run be trusted?"),
}


@dataclass(frozen=True)
class Cause:
    """Findings of one class that have one cause, those of the worst endpoint first."""

    findings: Sequence[Finding]

    @property
    def first(self) -> Finding:
        """The finding that stands for all of them."""
        return self.findings[0]

    @property
    def sentence(self) -> str:
        """The first finding's sentence, and where else the same is found."""
        others = list(dict.fromkeys(str(f.endpoint) for f in self.findings if f.endpoint != self.first.endpoint))
        if not others:
            return self.first.sentence
        more = len(others) - MAX_NAMED
        named = others if more <= 0 else [*others[:MAX_NAMED], units.counted(more, "more endpoint")]
        return f"{self.first.sentence} The same is found in {units.listed(named)}."


def causes(findings: Sequence[Finding]) -> list[Cause]:
    """Return findings by cause, the most severe first, and one of each class before a second of any."""
    together: dict[tuple[str, ...], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: (SEVERITIES.index(finding.severity), -finding.count)):
        together.setdefault(_key(finding), []).append(finding)
    order: Counter[tuple[str, str]] = Counter()
    placed = []
    for group in together.values():
        kind = (group[0].severity, group[0].kind)
        placed.append((order[kind], SEVERITIES.index(kind[0]), Cause(group)))
        order[kind] += 1
    return [cause for *_, cause in sorted(placed, key=lambda entry: entry[:2])]


def _key(finding: Finding) -> tuple[str, ...]:
    """What findings with the same cause have in common; one that is about no endpoint stands by itself."""
    alone = "" if finding.endpoint else finding.sentence
    example = (str(finding.example.get(name)) for name in IN_COMMON)
    return (finding.kind, finding.severity, *finding.factors, *example, alone)


def left_out(rest: Sequence[Cause]) -> str:
    """Return how many findings the first page leaves out, and the sections that have them."""
    where = Counter(_place(finding) for cause in rest for finding in cause.findings)
    number = sum(where.values())
    places = units.listed([f"{count} {name}" if len(where) > 1 else name for name, count in where.items()])
    return f"{units.counted(number, 'more finding')} {'is' if number == 1 else 'are'} left out here: {places}."


def _place(finding: Finding) -> str:
    # A sort that an index would spare has its place there, any other one among the queries.
    suggests_index = finding.kind in LACKING and "index" in finding.example
    section = OF_INDEXES if suggests_index else SECTIONS.get(finding.kind)
    return f"under “{section}”" if section else "in summary.json"
