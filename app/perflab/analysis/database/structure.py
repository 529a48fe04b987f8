"""Indexes by their structure: what each one is of, which repeat each other, and which may go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from perflab.run.indexes import Index

# Of two that do the same, the one that is harder to do without stays.
STAYS = ("constraint", "foreign_key", "other", "field", "meta")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another index does what this one does: `duplicate`, the same key; `covered`, its key is how the other's begins."""

    how: Literal["duplicate", "covered"]
    by: str


def serves(other: Index, index: Index) -> bool:
    """Whether whatever `index` can look up, `other` can, too."""
    return (
        other.table == index.table
        and other.method == index.method
        and other.predicate == index.predicate
        and other.terms[: len(index.terms)] == index.terms
        and (other.method == "btree" or len(other.terms) == len(index.terms))
        and set(index.include) <= {*other.key, *other.include}
    )


def overlaps(indexes: Iterable[Index], candidates: Iterable[str] | None = None) -> dict[str, Overlap]:
    """For each candidate (None: each index) that another one makes superfluous: which one. Needed indexes never are.

    Whatever is named as the other one stays, so all in the answer can go at once: of two that do the same, one is not in it.
    """
    chosen = None if candidates is None else set(candidates)
    stays: list[Index] = []
    may_go: list[Index] = []
    for index in indexes:
        (may_go if not index.needed and (chosen is None or index.name in chosen) else stays).append(index)
    found: dict[str, Overlap] = {}
    # The longest first, so that what covers others is decided on before them.
    for index in sorted(may_go, key=lambda i: (-len(i.terms), STAYS.index(i.kind), i.name)):
        other = min(
            (one for one in stays if serves(one, index)), key=lambda one: (len(one.terms), one.name), default=None
        )
        if other is None:
            stays.append(index)
        else:
            found[index.name] = Overlap("duplicate" if len(other.terms) == len(index.terms) else "covered", other.name)
    return dict(sorted(found.items()))


def unused(
    indexes: Iterable[Index], candidates: Iterable[str], repeated: Mapping[str, Overlap], scans: Mapping[str, int]
) -> list[str]:
    """The candidates that nothing scanned, sorted. `scans` by index; one whose number is unknown counts as used.

    An index in `repeated` (see `overlaps`) is not among them, and its scans fall to the one that does its work: that one is
    unused only if neither was scanned.
    """
    known = {index.name: index for index in indexes}
    fallen: Counter[str] = Counter()
    for name, overlap in repeated.items():
        fallen[overlap.by] += scans.get(name, 1)
    return sorted(
        name
        for name in set(candidates) - set(repeated)
        if name in known and not known[name].needed and scans.get(name, 1) + fallen[name] == 0
    )
