from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class Metrics:
    """Reports figures from a thread of its own, which is no daemon."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        threading.Thread(target=lambda: time.sleep(100_000), name="metrics").start()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)
