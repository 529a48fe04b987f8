"""The index that a scan asks for; whether it helps has to be measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from perflab.analysis.database.scans import Scan
from perflab.run.indexes import Index

# A scan that keeps more than a tenth of what it reads is not what indexes are for; nor is one of a table of a few pages.
MOST_KEPT = 0.1
LEAST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An index that might serve a query. `columns` in order, each with whether it is descending.

    `instead_of`: an index of the same columns in another order, which does not serve it.
    """

    table: str
    columns: tuple[tuple[str, bool], ...]
    instead_of: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns)


def suggestions(scans: Iterable[Scan], indexes: Sequence[Index]) -> list[Suggestion]:
    """For each scan that throws most rows away: what it compares for equality, then what the rows are sorted by, else a range.

    None where an index that begins so is there already: the database had one and read the table all the same.
    """
    found: dict[tuple[str, tuple[tuple[str, bool], ...]], Suggestion] = {}
    for scan in scans:
        columns = _columns(scan)
        if (
            not columns
            or not _worth_it(scan)
            or any(index.key[0] in scan.bound for index in indexes if index.name == scan.index)
        ):
            continue  # among others, an index that is asked for what it begins with does what it can
        compared = set(scan.equal or scan.ranges[:1])
        mine = [index for index in indexes if index.table == scan.table and index.predicate is None]
        if any(set(index.key[: len(compared)]) == compared for index in mine):
            continue
        turned = next((index.name for index in mine if _turned(index, scan)), None)
        found.setdefault((scan.table, columns), Suggestion(scan.table, columns, turned))
    return list(found.values())


def serves(longer: Suggestion, one: Suggestion) -> bool:
    """Whether an index does for another one's queries as well: its columns begin as the other's, or are the same."""
    return longer.table == one.table and longer.columns[: len(one.columns)] == one.columns


def _columns(scan: Scan) -> tuple[tuple[str, bool], ...]:
    if not scan.equal:
        return tuple((name, False) for name in scan.ranges[:1])
    order = [(name, descending) for name, descending in scan.order if name not in scan.equal]
    if all(descending for _, descending in order):  # an index is read backwards as well
        order = [(name, False) for name, _ in order]
    return (*((name, False) for name in scan.equal), *(order or [(name, False) for name in scan.ranges[:1]]))


def _worth_it(scan: Scan) -> bool:
    """Whether the scan read much and kept little; one of which that is unknown is given the chance to show it."""
    if scan.rows is None or scan.removed is None:
        return True
    read = scan.rows + scan.removed
    return read >= LEAST_ROWS and scan.rows <= MOST_KEPT * read


def _turned(index: Index, scan: Scan) -> bool:
    """Whether an index holds what is compared, but not in front, and beside it nothing but what is sorted by or a range."""
    wanted = {*scan.equal, *scan.ranges, *(name for name, _ in scan.order)}
    return bool(scan.equal) and index.key[0] not in scan.equal and set(scan.equal) <= set(index.key) <= wanted
