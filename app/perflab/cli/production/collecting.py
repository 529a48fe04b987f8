"""What `perflab confirm` is given of production: the files of a period, read, and how what they say becomes logarithms by day."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from perflab.analysis.confirm.days import MIN_DAYS
from perflab.errors import InputError
from perflab.run.cells import ALL
from perflab.run.scenario import Endpoint
from perflab.scenario.production.access_logs import DayFigures, Period, read_period
from perflab.scenario.production.statements import Snapshots, is_snapshot, read_snapshots

# Fewer requests of an endpoint in a day are no mean of it: the first and last day of a log are often torn.
MIN_REQUESTS = 30
CHUNK = 1 << 20


@dataclass(frozen=True)
class Side:
    """One period: its logs, its snapshots of pg_stat_statements (None without any), and the hash of its files."""

    period: Period
    snapshots: Snapshots | None
    digest: str


def side(folder: Path, endpoints: Sequence[Endpoint]) -> Side:
    """Return what a folder says of production.

    Args:
        folder: The folder; files whose names begin with a dot are left alone.
        endpoints: The endpoints of the run's scenario.

    Raises:
        InputError: There is no such folder, a file cannot be read, or no request has a time.
    """
    if not folder.is_dir():
        raise InputError(
            f"there is no directory {folder}", hint="give one with access logs: docs/confirm.md says which"
        )
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    snapshots = [file for file in files if is_snapshot(file)]
    logs = [file for file in files if file not in snapshots]
    if not logs:
        raise InputError(f"{folder} has no access log", hint="docs/confirm.md says what to collect")
    period = read_period(logs, endpoints)
    if not period.timed:
        raise InputError(f"{folder}: {_why_none(period)}", hint="docs/confirm.md has the log format")
    return Side(period, read_snapshots(snapshots) if snapshots else None, _digest(files))


def _why_none(period: Period) -> str:
    if period.untimed:
        return f"none of {period.untimed:,} requests has both a moment and the time that it took"
    if period.failed:
        return f"all {period.failed:,} requests of the run's endpoints failed"
    if period.others:
        return f"none of {period.others:,} requests belongs to an endpoint of the run"
    return "no line is a request"


def _digest(files: Sequence[Path]) -> str:
    """Return one SHA-256 of the contents of files, whatever they are called."""
    parts = []
    for file in files:
        content = hashlib.sha256()
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                content.update(chunk)
        parts.append(content.hexdigest())
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def in_both(before: Period, after: Period) -> list[date]:
    """Return the days that both periods have requests of: the deployment was in them."""
    return sorted(before.requests.keys() & after.requests.keys())


def logarithms(
    period: Period, of: Callable[[DayFigures], float], without: Collection[date]
) -> dict[str, dict[int, float]]:
    """Return the logarithm of a figure of each endpoint, by day; days with too few requests are left out.

    Args:
        period: The period.
        of: The figure: the mean or the median.
        without: Days to leave out.
    """
    made: dict[str, dict[int, float]] = {}
    for name, days in period.endpoints.items():
        values = {
            day.toordinal(): math.log(of(figures))
            for day, figures in days.items()
            if day not in without and figures.requests >= MIN_REQUESTS and 0 < of(figures) < math.inf
        }
        if values:
            made[name] = values
    return made


def whole(logs: Mapping[str, Mapping[int, float]], weights: Mapping[str, float]) -> dict[str, dict[int, float]]:
    """Return the mean over endpoints by fixed weights, as ALL, on the days that have each of them.

    So it does not change because people request something else.

    Args:
        logs: The logarithm of each endpoint's mean, by day.
        weights: The weight of each endpoint.
    """
    if not weights or not all(name in logs for name in weights):
        return {}
    total = math.fsum(weights.values())
    shared = set.intersection(*(set(logs[name]) for name in weights))
    days = {
        day: math.log(math.fsum(weight * math.exp(logs[name][day]) for name, weight in weights.items()) / total)
        for day in sorted(shared)
    }
    return {ALL: days} if days else {}


def usable(names: Collection[str], sides: Sequence[Mapping[str, Mapping[int, float]]]) -> list[str]:
    """Return the endpoints that have enough days: at least three on either side, and four fifths of the most that any has.

    Where a day counts only with all of them, as for controls, a rare one would cost all others their days.

    Args:
        names: The endpoints.
        sides: The logarithm of each endpoint's mean by day, before and after.
    """
    needed = [
        max(MIN_DAYS, 0.8 * max((len(side[name]) for name in names if name in side), default=0)) for side in sides
    ]
    return [
        name
        for name in names
        if all(len(side.get(name, {})) >= least for side, least in zip(sides, needed, strict=True))
    ]
