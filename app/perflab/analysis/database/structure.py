"""Indexes by their structure: which are redundant, and which are unused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from perflab.run.indexes import Index

# Of two equivalent indexes, the one whose kind stands first here stays.
PRECEDENCE = ("constraint", "foreign_key", "other", "field", "meta")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another index does the work of this one: `duplicate`, by the same key; `covered`, its key is a prefix of the other's."""

    how: Literal["duplicate", "covered"]
    by: str


def serves(other: Index, index: Index) -> bool:
    """Return whether one index can look up whatever another can.

    Args:
        other: The index that might serve.
        index: The index whose work is to be done.
    """
    return (
        other.table == index.table
        and other.method == index.method
        and other.predicate == index.predicate
        and other.terms[: len(index.terms)] == index.terms
        and (other.method == "btree" or len(other.terms) == len(index.terms))
        and set(index.include) <= {*other.key, *other.include}
    )


def overlaps(indexes: Iterable[Index], candidates: Iterable[str] | None = None) -> dict[str, Overlap]:
    """Return, for each redundant index, the one that does its work. Needed indexes are never redundant.

    The one that does the work stays, so that all redundant ones can be dropped at once: of two equivalent ones only one is.

    Args:
        indexes: All indexes of the database.
        candidates: The names of those that may be dropped; None for all.
    """
    chosen = None if candidates is None else set(candidates)
    stays: list[Index] = []
    droppable: list[Index] = []
    for index in indexes:
        (droppable if not index.needed and (chosen is None or index.name in chosen) else stays).append(index)
    redundant: dict[str, Overlap] = {}
    # The longest first, so that an index that covers others is decided on before them.
    for index in sorted(droppable, key=lambda i: (-len(i.terms), PRECEDENCE.index(i.kind), i.name)):
        other = min(
            (kept for kept in stays if serves(kept, index)), key=lambda kept: (len(kept.terms), kept.name), default=None
        )
        if other is None:
            stays.append(index)
        else:
            redundant[index.name] = Overlap(
                "duplicate" if len(other.terms) == len(index.terms) else "covered", other.name
            )
    return dict(sorted(redundant.items()))


def unused(
    indexes: Iterable[Index], candidates: Iterable[str], redundant: Mapping[str, Overlap], scans: Mapping[str, int]
) -> list[str]:
    """Return the names of the candidates that nothing scanned, sorted.

    Of a table that is too small for any index to be chosen none counts as unused.

    The scans of a redundant index count for the one that does its work: that one is unused only if neither was scanned.

    Args:
        indexes: All indexes of the database.
        candidates: The names of those that may be dropped.
        redundant: The result of `overlaps`, none of which is returned.
        scans: How often each was scanned, by name; one whose number is unknown counts as used.
    """
    by_name = {index.name: index for index in indexes}
    inherited: Counter[str] = Counter()
    for name, overlap in redundant.items():
        inherited[overlap.by] += scans.get(name, 1)
    return sorted(
        name
        for name in set(candidates) - set(redundant)
        if name in by_name
        and not by_name[name].needed
        and not by_name[name].is_too_small
        and scans.get(name, 1) + inherited[name] == 0
    )
