"""The logins of a worker: the headers that say who a request comes from, made outside of everything that is measured.

A login is the same in every cell: its key follows from the user, and it is made at a time of the trace that follows from the
time of the request, whichever request of the user comes first. It is made again before it expires.

session    a session with the project's SESSION_ENGINE, as django.contrib.auth.login leaves it, for the first authentication
           backend that returns the user; without the signal that would change `last_login` and so the data of some cells only
token      a row of Django REST framework's authtoken, or the one that the user has
module:name   the project's own function: user_id -> headers
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from perflab.errors import LoginFailed, one_line, raised_at
from perflab.scenario import project
from perflab.worker.clock import TraceClock
from perflab.worker.logins import csrf
from perflab.workload.steps import Step

Headers = Mapping[str, str]
SESSION, TOKEN = "session", "token"
KEY_CHARACTERS = 32


class Logins:
    """Return the headers of each request: the caller's, the endpoint's, and what a browser adds.

    Args:
        default: How callers log in, see `auth` in a scenario; None for a project without logins.
        clock: The trace's clock, which shows the time of the login while it is made.
        host: The host of requests.

    Raises:
        InputError: There is no such function.
    """

    def __init__(self, default: str | None, clock: TraceClock | None = None, host: str = project.HOST) -> None:
        if default not in (None, SESSION, TOKEN):
            project.imported(default, "subject.auth")
        self._default = default
        self._clock = clock
        self._host = host
        self._made: dict[tuple[str, Any], tuple[int, Headers]] = {}
        self._periods_s: dict[str, float | None] = {}
        self._csrf: bool | None = None

    def forget(self) -> None:
        """Make every login again: what a cache kept of them is gone."""
        self._made.clear()

    def headers(self, step: Step) -> dict[str, str]:
        """Return the headers of a request. A login costs a few queries, once for each user.

        Args:
            step: The request.

        Raises:
            LoginFailed: The login raised; the message names the line of the project.
        """
        way = None if step.user is None else step.auth or self._default
        browser = way == SESSION or self._checks_csrf()
        own: Headers = {}
        if way is not None:
            own = self._login(way, step.user, step.at_s)
        elif browser and self._needs_session(step):
            own = self._login(SESSION, None, step.at_s)
        headers = dict(own)
        for name, value in step.headers.items():
            cookies = headers.get("Cookie") if name.lower() == "cookie" else None
            headers["Cookie" if cookies else name] = f"{cookies}; {value}" if cookies else value
        return csrf.protected(step, headers, self._host) if browser else headers

    def _checks_csrf(self) -> bool:
        if self._csrf is None:
            self._csrf = csrf.is_checked()
        return self._csrf

    @staticmethod
    def _needs_session(step: Step) -> bool:
        """Tell whether an anonymous request needs a session, because its token lies there."""
        from django.conf import settings

        return bool(settings.CSRF_USE_SESSIONS and step.csrf and step.method not in csrf.SAFE_METHODS)

    def _login(self, way: str, user: Any, at_s: float) -> Headers:
        """Return the caller's headers, made at the beginning of the period in which the request lies."""
        period_s = self._periods_s.get(way)
        period = int(at_s // period_s) if period_s else 0
        made = self._made.get((way, user))
        if made is not None and made[0] == period:
            return made[1]
        with self._at(period * (period_s or 0.0)):
            headers = self._logged_in(way, user, period)
            if way not in self._periods_s:
                self._periods_s[way] = _lifetime_s(way, headers)
                self._made[way, user] = period, headers
                return self._login(way, user, at_s)
        self._made[way, user] = period, headers
        return headers

    def _logged_in(self, way: str, user: Any, period: int) -> Headers:
        try:
            match way:
                case "session":
                    return session(user, period)
                case "token":
                    return token(user)
                case _:
                    headers: Headers = project.imported(way, "auth")(user)
                    if not isinstance(headers, Mapping):
                        raise TypeError(f"it returned {type(headers).__name__}, not a mapping of headers")
                    return {str(name): str(value) for name, value in headers.items()}
        except LoginFailed:
            raise
        except Exception as error:
            raise LoginFailed(
                f"the login ({way}) of user {user!r} raised {one_line(error)}{raised_at(error)}"
            ) from error

    @contextmanager
    def _at(self, at_s: float) -> Iterator[None]:
        """Show another time of the trace."""
        if self._clock is None:
            yield
            return
        before, self._clock.at_s = self._clock.at_s, at_s
        try:
            yield
        finally:
            self._clock.at_s = before


def session(user: Any, period: int = 0) -> Headers:
    """Make a session of this user and return its cookie; none of a user whom the traffic has deleted.

    Args:
        user: Key of the user; None is a session without a login.
        period: Number of the period; each has a session of its own.

    Raises:
        LoginFailed: The user exists, but no authentication backend returns it, because it is inactive or for another reason.
    """
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model

    values: dict[str, Any] = {}
    if user is not None:
        backend, person = _found(user)
        if person is None:
            users = get_user_model()
            if not users._default_manager.filter(pk=user).exists():
                return {}
            raise LoginFailed(
                f"the login (session) of user {user!r} failed: no backend of AUTHENTICATION_BACKENDS returns this user",
                hint=f"seed active users, or draw only those: `where: {{{users._meta.label}.is_active: true}}`",
            )
        values[SESSION_KEY] = person._meta.pk.value_to_string(person)
        values[BACKEND_SESSION_KEY] = backend
        hashed: Callable[[], str] | None = getattr(person, "get_session_auth_hash", None)
        values[HASH_SESSION_KEY] = hashed() if hashed is not None else ""
    if settings.CSRF_USE_SESSIONS:
        values[csrf.SESSION_KEY] = csrf.secret(user)
    engine: Any = import_module(settings.SESSION_ENGINE)
    name = hashlib.sha256(f"perflab session {user} {period}".encode()).hexdigest()[:KEY_CHARACTERS]
    try:
        store = _filled(engine.SessionStore(session_key=name), values)
        store.save(must_create=True)
    except _create_error():  # it was there: made before, and forgotten
        store = _filled(engine.SessionStore(session_key=name), values)
        store.save()
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={store.session_key}"}


def _filled(store: Any, values: Mapping[str, Any]) -> Any:
    store.clear()  # or the first access would look for a session of this key
    for key, value in values.items():
        store[key] = value
    return store


def _create_error() -> type[Exception]:
    from django.contrib.sessions.backends.base import CreateError

    return CreateError


def _found(user: Any) -> tuple[str, Any]:
    """Return the first authentication backend that knows a user, and the user; None where none does."""
    from django.conf import settings
    from django.contrib.auth import load_backend

    for path in settings.AUTHENTICATION_BACKENDS:
        get_user = getattr(load_backend(path), "get_user", None)
        person = None if get_user is None else get_user(user)
        if person is not None:
            return path, person
    return "", None


def token(user: Any) -> Headers:
    """Return the header with a user's token, which is made where there is none.

    Args:
        user: Key of the user.
    """
    authentication = token_authentication()
    model = authentication.get_model()
    key = hashlib.sha256(f"perflab token {user}".encode()).hexdigest()[:40]
    row, _ = model._default_manager.get_or_create(user_id=user, defaults={"key": key})
    return {"Authorization": f"{authentication.keyword} {row.key}"}


def token_authentication() -> Any:
    """Return an instance of the project's own kind of TokenAuthentication, or of REST framework's."""
    base: Any = import_module("rest_framework.authentication").TokenAuthentication
    kinds = import_module("rest_framework.settings").api_settings.DEFAULT_AUTHENTICATION_CLASSES
    return next((kind for kind in kinds if issubclass(kind, base)), base)()


def _lifetime_s(way: str, headers: Headers) -> float | None:
    """Return after how long a login is made again: half the time for which it is good; None where it never ends."""
    if way == SESSION:
        from django.conf import settings

        return max(1.0, settings.SESSION_COOKIE_AGE / 2)
    left_s = [expires - time.time() for value in headers.values() if (expires := expiry_of(value)) is not None]
    return max(1.0, min(left_s) / 2) if left_s else None


def expiry_of(value: str) -> float | None:
    """Return when the JSON web token in a header expires, in seconds since the epoch; None without one, or if it never does."""
    for word in value.replace("=", " ").split():
        parts = word.split(".")
        if len(parts) != 3:
            continue
        try:
            claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
            return float(claims["exp"])
        except (ValueError, KeyError, TypeError):
            continue
    return None
