"""The badges beside the reviews are fetched from the cache one after another: thirty round trips where one would do."""

import functools

from marketplace.caching import backend, responses
from tests.faults import Expected

EXPECTED = Expected("repeated_lookup", ("reviews",), ("caching",))


def install() -> None:
    cached = responses.cached

    def with_badges(endpoint, ttl_s, **options):
        decorate = cached(endpoint, ttl_s, **options)
        return _with_badges(decorate) if endpoint == "reviews" else decorate

    responses.cached = with_badges


def _with_badges(decorate):
    def decorated(view):
        answer = decorate(view)

        @functools.wraps(view)
        def with_badges(request, **params):
            cache = backend.cache()
            for number in range(30):
                if cache is not None and cache.get(f"badge:{number}") is None:
                    cache.set(f"badge:{number}", "a badge", 3600)
            return answer(request, **params)

        return with_badges

    return decorated
