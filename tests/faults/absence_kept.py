"""That a job does not exist is kept for an hour, and nothing drops it when the job is posted."""

import functools

from marketplace.caching import backend, responses
from marketplace.problems import NotFound
from tests.faults import Expected

EXPECTED = Expected("cached_absence", ("job",), ("caching",))


def install() -> None:
    cached = responses.cached

    def with_absence(endpoint, ttl_s, **options):
        decorate = cached(endpoint, ttl_s, **options)
        return _with_absence(decorate) if endpoint == "job" else decorate

    responses.cached = with_absence


def _with_absence(decorate):
    def decorated(view):
        answer = decorate(view)

        @functools.wraps(view)
        def unless_absent(request, job_id):
            cache = backend.cache()
            if cache is not None and cache.get(f"absent:{job_id}"):
                raise NotFound("job", job_id)
            try:
                return answer(request, job_id=job_id)
            except NotFound:
                if cache is not None:
                    cache.set(f"absent:{job_id}", True, 3600)
                raise

        return unless_absent

    return decorated
