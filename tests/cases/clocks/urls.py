"""URLs and views: each answers 409 where a clock does not show what it should."""

from __future__ import annotations

import datetime
import time
from datetime import date
from datetime import datetime as imported
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone

from tests.cases.clocks.models import Event

RAW = {
    "sqlite": "SELECT date('now'), CURRENT_DATE, substr(CURRENT_TIMESTAMP, 1, 10), strftime('%Y-%m-%d', 'now')",
    "postgresql": "SELECT now()::date, CURRENT_DATE, CURRENT_TIMESTAMP::date, clock_timestamp()::date",
}


class Throttle:
    """At most four a minute for each caller, counted in the cache, as DRF's throttles do it: the clock is a class attribute."""

    timer: Any = time.time
    limit = 4

    def allows(self, caller: str) -> bool:
        now = self.timer()
        history = [moment for moment in cache.get(f"throttle:{caller}", []) if moment > now - 60]
        if len(history) >= self.limit:
            return False
        cache.set(f"throttle:{caller}", [now, *history], 60)
        return True


def today(request: HttpRequest, day: str) -> JsonResponse:
    """Which day it is, in the application and in the database."""
    with connection.cursor() as cursor:
        cursor.execute(RAW[connection.vendor])
        raw = [str(value) for value in cursor.fetchone()]
    event: Any = Event.objects.annotate(now=Now()).order_by("pk")[:1].get()
    shown: dict[str, Any] = {
        "timezone.now": timezone.now(), "date.today": date.today(), "datetime.now": imported.now(),  # noqa: DTZ005, DTZ011
        "utcnow": datetime.datetime.utcnow(), "Now": event.now,  # noqa: DTZ003
    }  # fmt: skip
    days = {name: moment.strftime("%Y-%m-%d") for name, moment in shown.items()}
    days |= {"time": time.strftime("%Y-%m-%d"), "gmtime": time.strftime("%Y-%m-%d", time.gmtime())}
    right = all(each == day for each in (*days.values(), *raw)) and all(
        type(moment) is imported for name, moment in shown.items() if name != "date.today"
    )
    return JsonResponse({"days": days, "raw": raw}, status=200 if right else 409)


def throttled(request: HttpRequest) -> JsonResponse:
    if not Throttle().allows(request.GET["user"]):
        return JsonResponse({"detail": "throttled"}, status=429)
    return JsonResponse({"detail": "fine"})


def recent(request: HttpRequest) -> JsonResponse:
    """The events of the last 30 days, by the application's clock and by the database's."""
    since = timezone.now() - datetime.timedelta(days=30)
    counts = [
        Event.objects.filter(name__startswith="Event", happened_at__gte=limit).count()
        for limit in (since, Now() - datetime.timedelta(days=30))
    ]
    return JsonResponse({"counts": counts}, status=200 if counts[0] == counts[1] == 30 else 409)


def store(request: HttpRequest, day: str) -> JsonResponse:
    """A new event, whose times come from the database's default and from `auto_now`."""
    made = Event.objects.create(name="New", happened_at=timezone.now())
    made.refresh_from_db()
    days = [f"{moment:%Y-%m-%d}" for moment in (made.happened_at, made.stored_at, made.seen_at)]
    monotonic = time.monotonic() < time.monotonic() + 1 and time.perf_counter() < 1e9
    return JsonResponse({"days": days}, status=201 if days == [day] * 3 and monotonic else 409)


urlpatterns = [
    path("today/<day>/", today),
    path("throttled/", throttled),
    path("recent/", recent),
    path("store/<day>/", store),
]
