"""Snapshots of pg_stat_statements as calls and time by day: the differences between successive snapshots.

The view counts since each statement entered it, so that one snapshot tells nothing of a day. A counter that fell, or whose
statement entered anew (`stats_since`, PostgreSQL 17), was reset or evicted in between: it then counts from there. A statement
that is in a snapshot and not in the next was evicted; what it did in between is unknown, and how many there are is told.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from perflab.errors import InputError, clean

# What a snapshot must have, and what makes a statement one of its own beside `queryid`.
REQUIRED = ("at", "queryid", "calls", "total_exec_time")
KEYS = ("userid", "dbid", "queryid", "toplevel")
SQL_HINT = "docs/confirm.md has the query that makes a snapshot"
LONGEST_FIELD = 2**27
MOST = 2**63  # a bigint's


@dataclass(frozen=True, slots=True)
class Counted:
    """What a statement's counters say: its calls, their time in seconds, and since when it counts, where that is told."""

    calls: int
    seconds: float
    since: str = ""


@dataclass
class DatabaseDay:
    """What the database did in a day: how many calls, and how long they took, in seconds."""

    calls: int = 0
    seconds: float = 0.0


@dataclass
class Snapshots:
    """What the snapshots of one period say.

    Attributes:
        days: By day (UTC): the day of the middle between two snapshots.
        number: How many snapshots there are.
        resets: How often a counter was reset or a statement entered anew.
        dropped: How often a statement was in a snapshot and not in the next one.
    """

    days: dict[date, DatabaseDay] = field(default_factory=dict)
    number: int = 0
    resets: int = 0
    dropped: int = 0


def is_snapshot(file: Path) -> bool:
    """Tell whether a file holds snapshots: CSV by its name, or a JSON array; anything else is an access log.

    Args:
        file: The file.

    Raises:
        InputError: It cannot be read.
    """
    suffixes = [suffix.lower() for suffix in file.suffixes[-2:] if suffix.lower() != ".gz"]
    if suffixes[-1:] == [".csv"]:
        return True
    return suffixes[-1:] == [".json"] and _text(file, 1024).lstrip("\ufeff \t\r\n").startswith("[")


def read_snapshots(files: Iterable[Path]) -> Snapshots:
    """Return what the database did by day.

    Args:
        files: CSV with a header, or JSON arrays of objects; each has one snapshot or several, told apart by the column `at`.

    Raises:
        InputError: A file cannot be read, or lacks a column; there is a single snapshot.
    """
    by_moment: dict[datetime, dict[tuple[str, ...], Counted]] = {}
    last: Path | None = None
    for file in files:
        last = file
        for number, row in _rows(file):
            moment, key, counted = _statement(row, f"{file}:{number}")
            by_moment.setdefault(moment, {})[key] = counted
    if last is not None and len(by_moment) < 2:
        raise InputError(
            f"{last.parent} has {'one snapshot' if by_moment else 'no snapshot'} of pg_stat_statements",
            hint="its counters only grow: a period needs two snapshots, better one a day",
        )
    return _differences([by_moment[moment] for moment in sorted(by_moment)], sorted(by_moment))


def _differences(snapshots: Sequence[Mapping[tuple[str, ...], Counted]], moments: Sequence[datetime]) -> Snapshots:
    made = Snapshots(number=len(snapshots))
    for i in range(1, len(snapshots)):
        earlier, later = snapshots[i - 1], snapshots[i]
        middle = moments[i - 1] + (moments[i] - moments[i - 1]) / 2
        day = made.days.setdefault(middle.date(), DatabaseDay())
        made.dropped += len(earlier.keys() - later.keys())
        for key, now in later.items():
            then = earlier.get(key, Counted(0, 0.0, now.since))
            if now.calls < then.calls or now.seconds < then.seconds or now.since != then.since:
                made.resets += 1
                then = Counted(0, 0.0)
            day.calls += now.calls - then.calls
            day.seconds += now.seconds - then.seconds
    return made


def _statement(row: Mapping[str, Any], where: str) -> tuple[datetime, tuple[str, ...], Counted]:
    missing = [name for name in REQUIRED if row.get(name) in (None, "")]
    if missing == ["queryid"]:
        raise InputError(
            "a snapshot was made by a role that may not read everybody's statements", where=where,
            hint="grant it pg_read_all_stats",
        )  # fmt: skip
    if missing:
        raise InputError(f"a snapshot lacks {', '.join(missing)}", where=where, hint=SQL_HINT)
    try:
        moment = datetime.fromisoformat(str(row["at"]))
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        calls, seconds = int(row["calls"]), float(row["total_exec_time"]) / 1000  # the view has milliseconds
    except (TypeError, ValueError, OverflowError):
        raise InputError("a snapshot has something else than numbers", where=where, hint=SQL_HINT) from None
    if not 0 <= calls < MOST or not 0 <= seconds < MOST:
        raise InputError("a snapshot has a number that no counter has", where=where, hint=SQL_HINT)
    # `stats_reset` is of all statements: it is told by pg_stat_statements_info
    since = f"{row.get('stats_since') or ''} {row.get('stats_reset') or ''}"
    return moment, tuple(str(row.get(name) or "") for name in KEYS), Counted(calls, seconds, since)


def _rows(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the rows of a file, each with its line or place."""
    text = _text(file).removeprefix("\ufeff")
    if text.lstrip().startswith("["):
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{file} is no JSON: {clean(str(error))}", hint=SQL_HINT) from None
        if not all(isinstance(row, dict) for row in content):
            raise InputError(f"{file} is no array of objects", hint=SQL_HINT)
        yield from enumerate(content, 1)
        return
    csv.field_size_limit(LONGEST_FIELD)  # a statement's text may be long
    reader = csv.DictReader(io.StringIO(text, newline=""))
    lacking = [name for name in REQUIRED if name not in (reader.fieldnames or ())]
    if lacking:
        raise InputError(f"{file} has no column {', '.join(lacking)}", hint=SQL_HINT)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"{file}: {error}", hint=SQL_HINT) from None


def _text(file: Path, limit: int = -1) -> str:
    try:
        with gzip.open(file, "rb") if file.suffix.lower() == ".gz" else file.open("rb") as stream:
            return stream.read(limit).decode("utf-8", errors="replace")
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot read {file}: {error}", hint="give CSV or JSON, also packed as .gz") from error
