"""An error is cached as if it were an answer: whoever asks next gets it with status 200."""

from marketplace.caching import responses
from marketplace.problems import NotFound
from tests.faults import Expected

EXPECTED = Expected("status", ("missing-job",), ("caching",))


def install() -> None:
    put_together = responses._put_together

    def keeping_errors(cache, endpoint, key, ttl_s, compute):
        try:
            return put_together(cache, endpoint, key, ttl_s, compute)
        except NotFound as problem:
            cache.set(key, f'{{"detail":"{problem}"}}', ttl_s)
            raise

    responses._put_together = keeping_errors
