"""A profile names the role in the reader's language, and the key of what is kept leaves the language out."""

import functools

from marketplace.caching import responses
from tests.faults import Expected

EXPECTED = Expected("ignores_header", ("profile",), ("caching",))
ROLES = {
    "de": {"client": "Kundschaft", "applicant": "Aushilfe"},
    "fr": {"client": "clientèle", "applicant": "intérimaire"},
}


def install() -> None:
    cached = responses.cached

    def translated(endpoint, ttl_s, **options):
        decorate = cached(endpoint, ttl_s, **options)
        return (lambda view: decorate(_translated(view))) if endpoint == "profile" else decorate

    responses.cached = translated


def _translated(view):
    @functools.wraps(view)
    def in_language(request, user_id):
        data = view(request, user_id=user_id)
        roles = ROLES.get(request.headers.get("Accept-Language", "en"), {})
        return {**data, "role": roles.get(data["role"], data["role"])}

    return in_language
