"""The moment at which the data of a scenario ends (`data.as_of`), and at which the trace begins."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

DATE_LENGTH = len("2025-10-20")


def parsed(text: str) -> date:
    """Return the date, or the moment with its zone, that a text in ISO format names.

    Args:
        text: Such as 2025-10-20, or 2025-10-20T18:30+02:00.

    Raises:
        ValueError: It is neither, or the zone is missing.
    """
    if len(text) <= DATE_LENGTH:
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("the zone is missing")
    return moment


def moment_of(as_of: date) -> datetime:
    """Return the moment in UTC; a date is its beginning."""
    if isinstance(as_of, datetime):
        return as_of.astimezone(UTC)
    return datetime.combine(as_of, time(), UTC)


def trace_start(as_of: date, time_zone: str | None) -> datetime:
    """Return the moment at which the trace begins, in UTC.

    For a date it is the first moment at which it is that day both in UTC and in the project's time zone, so that all clocks of
    the project show that day: for America/Chicago 5 or 6 hours later than `moment_of`, for a zone east of Greenwich the same.

    Args:
        as_of: The date, or the moment.
        time_zone: The project's TIME_ZONE; None for UTC.
    """
    moment = moment_of(as_of)
    if isinstance(as_of, datetime) or not time_zone:
        return moment
    try:
        local = datetime.combine(as_of, time(), ZoneInfo(time_zone))
    except (KeyError, OSError, ValueError):  # Django itself reports a zone that does not exist
        return moment
    return max(moment, local.astimezone(UTC))
