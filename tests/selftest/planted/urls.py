"""The endpoints: each spends its time on one thing."""

from __future__ import annotations

import time
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path


def computes(request: HttpRequest) -> HttpResponse:
    """10 ms of the application's processor, in pure Python."""
    until = time.thread_time() + 0.01
    while time.thread_time() < until:
        pass
    return HttpResponse("done")


def locks(request: HttpRequest) -> HttpResponse:
    """One row, locked for 20 ms: everybody waits for everybody."""
    with transaction.atomic():
        User.objects.select_for_update().order_by("pk").first()
        time.sleep(0.02)
    return HttpResponse("done")


def holds_a_connection(request: HttpRequest) -> HttpResponse:
    """A connection in use for 20 ms, in which nobody computes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        time.sleep(0.02)
        cursor.execute("SELECT 1")
    return HttpResponse("done")


def asks_a_slow_cache(request: HttpRequest) -> HttpResponse:
    """A cache server that lets each request wait for 20 ms."""
    client: Any = cache
    client.client.get_client(write=True).blpop("nothing comes here", timeout=0.02)
    return HttpResponse("done")


def burns_in_the_database(request: HttpRequest) -> HttpResponse:
    """10 ms of the database's processor."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM generate_series(1, 60000) n WHERE n % 7 = 3")
        count = cursor.fetchone()[0]
    return HttpResponse(str(count))


def trivial(request: HttpRequest) -> HttpResponse:
    """Nothing: the load generator gives out first."""
    return HttpResponse("done")


VIEWS = (computes, locks, holds_a_connection, asks_a_slow_cache, burns_in_the_database, trivial)
urlpatterns = [path(f"{view.__name__}/", view) for view in VIEWS]
