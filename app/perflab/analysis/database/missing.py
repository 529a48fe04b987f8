"""The index that could serve a scan; whether it helps has to be measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from perflab.analysis.database.scans import Scan
from perflab.run.indexes import Index

# An index does not serve a scan that keeps more than this share of what it reads, nor one of a table of a few pages.
MAX_KEPT = 0.1
MIN_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An index that might serve a query.

    Attributes:
        table: The table to create it on.
        columns: Its columns in order, each with whether it is descending.
        instead_of: An index of the same columns in another order, which does not serve the query; None if there is none.
    """

    table: str
    columns: tuple[tuple[str, bool], ...]
    instead_of: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(name for name, _ in self.columns)


def suggestions(scans: Iterable[Scan], indexes: Sequence[Index]) -> list[Suggestion]:
    """Return an index for each scan that discards most rows: what it compares for equality, then the sort order, else a range.

    There is none where an index with that prefix exists already: the database had it and read the table nevertheless.

    Args:
        scans: What plans read row by row.
        indexes: The indexes that exist.
    """
    suggested: dict[tuple[str, tuple[tuple[str, bool], ...]], Suggestion] = {}
    for scan in scans:
        columns = _columns(scan)
        if (
            not columns
            or not _worth_it(scan)
            or any(index.key[0] in scan.bound for index in indexes if index.name == scan.index)
        ):
            continue  # also an index that is searched by its first column does what it can
        compared = set(scan.equal or scan.ranges[:1])
        existing = [index for index in indexes if index.table == scan.table and index.predicate is None]
        if any(set(index.key[: len(compared)]) == compared for index in existing):
            continue
        misordered = next((index.name for index in existing if _is_misordered(index, scan)), None)
        suggested.setdefault((scan.table, columns), Suggestion(scan.table, columns, misordered))
    return list(suggested.values())


def serves(longer: Suggestion, shorter: Suggestion) -> bool:
    """Return whether an index also serves another one's queries: its columns begin with the other's, or are the same.

    Args:
        longer: The index that might serve.
        shorter: The index whose queries are to be served.
    """
    return longer.table == shorter.table and longer.columns[: len(shorter.columns)] == shorter.columns


def _columns(scan: Scan) -> tuple[tuple[str, bool], ...]:
    if not scan.equal:
        return tuple((name, False) for name in scan.ranges[:1])
    order = [(name, descending) for name, descending in scan.order if name not in scan.equal]
    if all(descending for _, descending in order):  # an index is read backwards as well
        order = [(name, False) for name, _ in order]
    return (*((name, False) for name in scan.equal), *(order or [(name, False) for name in scan.ranges[:1]]))


def _worth_it(scan: Scan) -> bool:
    """Return whether the scan read much and kept little; where that is unknown, trying an index will show it."""
    if scan.rows is None or scan.removed is None:
        return True
    read = scan.rows + scan.removed
    return read >= MIN_ROWS and scan.rows <= MAX_KEPT * read


def _is_misordered(index: Index, scan: Scan) -> bool:
    """Return whether an index has what is compared, but not in front, and besides only sort keys or ranges."""
    wanted = {*scan.equal, *scan.ranges, *(name for name, _ in scan.order)}
    return bool(scan.equal) and index.key[0] not in scan.equal and set(scan.equal) <= set(index.key) <= wanted
