"""The index that could serve a scan; whether it helps has to be measured."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from perflab.analysis.database.scans import Scan
from perflab.run.indexes import Index

# An index does not serve a scan that keeps more than this share of what it reads, nor one of a table of a few pages.
MAX_KEPT = 0.1
MIN_ROWS = 1000
# Nor one that is sorted, if it has fewer rows.
MIN_SORTED = 1000


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An index that might serve a query.

    Attributes:
        table: The table to create it on.
        columns: Its columns in order, each with whether it is descending.
        instead_of: An index of the same columns in another order, which does not serve the query; None if there is none.
        sorted_rows: The rows that the query sorts to show few of them, if that is what the index would spare it; else None.
    """

    table: str
    columns: tuple[tuple[str, bool], ...]
    instead_of: str | None = None
    sorted_rows: float | None = field(default=None, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(name for name, _ in self.columns)


def suggestions(scans: Sequence[Scan], indexes: Sequence[Index]) -> list[Suggestion]:
    """Return an index for each scan that discards most rows: what it compares for equality, then the sort order, else a range.

    There is none where an index with that prefix exists already: the database had it and read the table nevertheless. Then an
    index for each scan whose rows are sorted though few of them are shown.

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
    for suggestion in _sorting(scans, indexes):
        suggested.setdefault((suggestion.table, suggestion.columns), suggestion)
    return list(suggested.values())


def _sorting(scans: Sequence[Scan], indexes: Sequence[Index]) -> Iterator[Suggestion]:
    """Yield an index for each scan whose many rows are sorted to show few: it would return them in their order.

    Whether an index of these columns is there is left to the trial: it may have them in the wrong direction.
    """
    for scan in scans:
        if scan.sorted_rows is None or scan.sorted_rows < MIN_SORTED or scan.ranges or not scan.order:
            continue
        columns = (*((name, False) for name in scan.equal), *_directed(scan))
        names = {name for name, _ in columns}
        turned = (index.name for index in indexes if index.table == scan.table and _has(index, names))
        yield Suggestion(scan.table, columns, next(turned, None), scan.sorted_rows)


def _has(index: Index, names: Collection[str]) -> bool:
    """Return whether an index of all rows has only these columns, and more than the first of them."""
    return index.predicate is None and len(index.key) > 1 and set(index.key) <= set(names)


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
    order = _directed(scan)
    return (*((name, False) for name in scan.equal), *(order or [(name, False) for name in scan.ranges[:1]]))


def _directed(scan: Scan) -> list[tuple[str, bool]]:
    """Return the sort order of a scan as an index has it, which is read backwards as well."""
    order = [(name, descending) for name, descending in scan.order if name not in scan.equal]
    return [(name, False) for name, _ in order] if all(descending for _, descending in order) else order


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
