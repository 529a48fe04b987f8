"""The clock that the subject reads: trace time instead of the wall's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class TraceClock:
    """Replace `django.utils.timezone.now` by the day of the data plus the Step's time in the trace.

    Responses that carry dates therefore agree between cells. It must be in place before the project's modules are imported,
    because a model may hold the function itself as a field's default.
    """

    def __init__(self, as_of: str) -> None:
        start = datetime.fromisoformat(as_of)
        self.start = start if start.tzinfo else start.replace(tzinfo=UTC)
        self.at_s = 0.0

    def now(self) -> datetime:
        """Return the current time of the trace, aware if the project uses time zones."""
        from django.conf import settings

        now = self.start + timedelta(seconds=self.at_s)
        return now if settings.USE_TZ else now.replace(tzinfo=None)

    def install(self) -> None:
        """Put the clock in Django's place."""
        from django.utils import timezone

        timezone.now = self.now
