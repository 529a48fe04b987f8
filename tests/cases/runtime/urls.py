"""The shop's URLs and views."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.urls import path

from tests.cases.runtime.models import Item, Line

POOL = ThreadPoolExecutor(4)
CPU_S = 0.005
LINES = 500
PRODUCTION = {
    "atomic": True, "transaction_isolation": "repeatable read", "statement_timeout": "7s", "lock_timeout": "1234ms",
}  # fmt: skip


def burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def buy(request: HttpRequest, item_id: int) -> JsonResponse:
    """Relies on ATOMIC_REQUESTS for its transaction."""
    item = Item.objects.select_for_update().get(pk=item_id)
    item.stock -= 1
    item.save(update_fields=["stock"])
    return JsonResponse({"stock": item.stock})


def about(request: HttpRequest) -> JsonResponse:
    """What the project's own DATABASES entry has set; 418 if that is anything else."""
    with connection.cursor() as cursor:
        answer = {"atomic": connection.in_atomic_block}
        for name in ("transaction_isolation", "statement_timeout", "lock_timeout"):
            cursor.execute(f"SHOW {name}")
            answer[name] = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM runtime_item WHERE name LIKE 'Item 1%' AND id % 2 = 0")
        percent = cursor.fetchone()[0]
    return JsonResponse({**answer, "percent": percent}, status=200 if answer == PRODUCTION else 418)


def sync_cpu(request: HttpRequest) -> JsonResponse:
    burn(CPU_S)
    return JsonResponse({"n": 1})


@transaction.non_atomic_requests  # Django refuses an async view in a transaction
async def async_cpu(request: HttpRequest) -> JsonResponse:
    """The same work in an async view, and one query."""
    burn(CPU_S)
    return JsonResponse({"n": await Item.objects.filter(stock__gt=0).acount()})


@transaction.non_atomic_requests  # Django refuses an async view in a transaction
async def async_parallel(request: HttpRequest) -> JsonResponse:
    """Two queries, each in a thread of its own."""
    count = sync_to_async(Item.objects.count, thread_sensitive=False)
    return JsonResponse({"n": [await count(), await count()]})


def pooled(request: HttpRequest) -> JsonResponse:
    """Three queries at once in a pool of threads, as a dashboard does it."""
    return JsonResponse({"n": list(POOL.map(lambda n: Item.objects.filter(stock__gt=n).count(), range(3)))})


def streamed(request: HttpRequest) -> StreamingHttpResponse:
    """A CSV of all rows by a server-side cursor."""
    rows = Item.objects.order_by("pk").iterator(chunk_size=50)
    return StreamingHttpResponse((f"{item.pk},{item.name}\n" for item in rows), content_type="text/csv")


def order(request: HttpRequest, item_id: int) -> JsonResponse:
    """Many rows whose keys are checked in COMMIT."""
    Line.objects.bulk_create([Line(item_id=item_id) for _ in range(LINES)])
    return JsonResponse({"lines": LINES})


def raw(request: HttpRequest) -> JsonResponse:
    """One query of Django's, and three by a cursor of the driver's own."""
    with connection.connection.cursor() as cursor:
        for _ in range(3):
            cursor.execute("SELECT max(stock) FROM runtime_item")
    return JsonResponse({"n": Item.objects.count()})


def reconnected(request: HttpRequest) -> JsonResponse:
    """A view that leaves the connection closed: the next one has to open another."""
    count = Item.objects.count()
    connection.close()
    return JsonResponse({"n": count})


urlpatterns = [
    path("buy/<int:item_id>/", buy), path("about/", about), path("sync_cpu/", sync_cpu), path("async_cpu/", async_cpu),
    path("async_parallel/", async_parallel), path("pooled/", pooled), path("streamed/", streamed),
    path("order/<int:item_id>/", order), path("raw/", raw), path("reconnected/", reconnected),
]  # fmt: skip
