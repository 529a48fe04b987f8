"""Protection against cross-site requests (CSRF): what a browser sends so that the project lets its own forms through.

A browser sends the cookie that the site has set, the token that its page holds, and where the page came from. The pair of cookie
and token is made here, the same one for a caller in every cell; Django takes any valid pair.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from perflab.scenario.project import HOST
from perflab.workload.steps import Step

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
MIDDLEWARE = "django.middleware.csrf.CsrfViewMiddleware"
# As long as Django's own.
SECRET_CHARACTERS = 32
# Where CSRF_USE_SESSIONS is on, the secret lies under this key of the session.
SESSION_KEY = "_csrftoken"


def secret(user: Any) -> str:
    """Return the secret of a caller, None being everybody without a login."""
    return hashlib.sha256(f"perflab csrf {user}".encode()).hexdigest()[:SECRET_CHARACTERS]


def is_checked() -> bool:
    """Tell whether the project checks requests for CSRF: Django's middleware is installed, or a class derived from it."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    base = import_string(MIDDLEWARE)
    kinds = (import_string(name) for name in settings.MIDDLEWARE)
    return any(isinstance(kind, type) and issubclass(kind, base) for kind in kinds)


def with_cookie(headers: Mapping[str, str], name: str, value: str) -> dict[str, str]:
    """Return headers with one more cookie; one that they have under this name stays.

    Args:
        headers: The headers.
        name: The cookie's name.
        value: Its value.
    """
    result = dict(headers)
    key = _key(result, "Cookie") or "Cookie"
    cookies = result.get(key, "")
    if cookie_of(cookies, name) is None:
        result[key] = "; ".join(filter(None, (cookies, f"{name}={value}")))
    return result


def cookie_of(cookies: str, name: str) -> str | None:
    """Return the value of one of the cookies of a header; None where it has none of this name."""
    pairs = (cookie.strip().partition("=") for cookie in cookies.split(";"))
    return next((value for key, _, value in pairs if key == name), None)


def protected(step: Step, headers: Mapping[str, str], host: str = HOST) -> dict[str, str]:
    """Return the headers of a request as a browser sends them; what they have already stays.

    A request that may change nothing, one that is not to be protected, and one that names its caller in Authorization, which no
    browser does by itself, stay as they are. So does one whose token would lie in a session that is not ours.

    Args:
        step: The request.
        headers: Its headers so far, those of the caller included.
        host: The host of requests, unless the headers name another one.
    """
    from django.conf import settings

    if not step.csrf or step.method in SAFE_METHODS or _key(headers, "Authorization") is not None:
        return dict(headers)
    token = secret(step.user)
    result = dict(headers)
    if not settings.CSRF_USE_SESSIONS:
        result = with_cookie(result, settings.CSRF_COOKIE_NAME, token)
        token = cookie_of(result[_key(result, "Cookie") or "Cookie"], settings.CSRF_COOKIE_NAME) or token
    header = settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-")
    host = headers.get(_key(headers, "Host") or "", host)
    for name, value in ((header, token), ("Origin", f"https://{host}"), ("Referer", f"https://{host}{step.path}")):
        if _key(result, name) is None:
            result[name] = value
    return result


def _key(headers: Mapping[str, str], name: str) -> str | None:
    """Return a header's name as it is written there; None where it is missing."""
    return next((key for key in headers if key.lower() == name.lower()), None)
