"""The key of an answer holds the moment of the request: no answer is found again, and each request adds one."""

import time

from marketplace.caching import responses
from tests.faults import Expected

EXPECTED = Expected("cache_unbounded", ("payments", "reviews", "ratings", "profile", "account", "job"), ("caching",))


def install() -> None:
    key = responses._key
    responses._key = lambda *what: f"{key(*what)}:{time.monotonic_ns()}"
