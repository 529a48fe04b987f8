"""The ETag of the last response is kept, so that a conditional request costs no query: a write does not drop it."""

import functools
import hashlib

from django.http import HttpResponse, HttpResponseNotModified

from marketplace.caching import backend, responses
from marketplace.rendering import respond, to_json
from tests.faults import Expected

EXPECTED = Expected("stale_304", ("payments",), ("caching",))


def install() -> None:
    cached = responses.cached

    def with_etag(endpoint, ttl_s, **options):
        decorate = cached(endpoint, ttl_s, **options)
        return _with_etag(decorate) if endpoint == "payments" else decorate

    responses.cached = with_etag


def _with_etag(decorate):
    def decorated(view):
        answer = decorate(view)

        @functools.wraps(view)
        def with_etag(request, user_id, page=1):
            cache, key, sent = backend.cache(), f"etag:{user_id}:{page}", request.headers.get("If-None-Match")
            if cache is not None and sent and cache.get(key) == sent:
                return HttpResponseNotModified()
            made = answer(request, user_id=user_id, page=page)
            response = made if isinstance(made, HttpResponse) else respond(to_json(made))
            response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:16]}"'
            if cache is not None:
                cache.set(key, response["ETag"], 300)
            return HttpResponseNotModified() if response["ETag"] == sent else response

        return with_etag

    return decorated
