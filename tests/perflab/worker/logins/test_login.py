"""Logins: the same in every cell, made once, at a time that follows from the trace, and told where they raise."""

from __future__ import annotations

import base64
import json
import sys
import time
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from marketplace.factories import UserFactory
from perflab.errors import LoginFailed
from perflab.worker.clock import TraceClock
from perflab.worker.logins import login
from perflab.worker.logins.login import Logins
from tests.perflab.steps import step_of

CALLS: list[Any] = []
CLOCK = TraceClock("2025-10-20")
LIFETIME_S = 300


def counted(user: Any) -> dict[str, str]:
    CALLS.append((user, CLOCK.at_s))
    return {"X-User": str(user)}


def web_token(user: Any) -> dict[str, str]:
    CALLS.append((user, CLOCK.at_s))
    claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + LIFETIME_S, "user": user}).encode()).decode()
    return {"Authorization": f"Bearer head.{claims.rstrip('=')}.tail"}


def raising(user: Any) -> dict[str, str]:
    raise KeyError("no such user")


def wrong(user: Any) -> Any:
    return f"Bearer {user}"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    CALLS.clear()
    CLOCK.at_s = 0.0


@pytest.fixture
def sessions(settings: Any, db: None) -> Any:
    """Sessions of a project that keeps them in its cache."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "logins"}}
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    return settings


def key_of(headers: Any, name: str = "sessionid") -> str:
    (pair,) = [cookie for cookie in headers["Cookie"].split("; ") if cookie.startswith(f"{name}=")]
    return str(pair.partition("=")[2])


def stored(settings: Any, key: str) -> dict[str, Any]:
    return dict(import_module(settings.SESSION_ENGINE).SessionStore(session_key=key).items())


def test_a_function_is_called_once_for_each_user_and_endpoints_may_have_another() -> None:
    logins = Logins(f"{__name__}:counted", CLOCK)
    assert logins.headers(step_of(user=1, at_s=5, headers={"A": "b"})) == {"X-User": "1", "A": "b"}
    assert logins.headers(step_of(user=1, at_s=9000))["X-User"] == "1"
    assert logins.headers(step_of(user=2))["X-User"] == "2"
    assert logins.headers(step_of()) == {}
    assert CALLS == [(1, 0.0), (2, 0.0)], "at the beginning of the trace, whichever request comes first"
    logins.forget()
    logins.headers(step_of(user=1))
    assert len(CALLS) == 3


def test_without_a_login_a_caller_is_anonymous() -> None:
    assert Logins(None).headers(step_of(user=1)) == {}


def test_a_web_token_is_made_again_before_it_expires() -> None:
    logins = Logins(f"{__name__}:web_token", CLOCK)
    CLOCK.at_s = 7.0
    for at_s in (7, 100, 160, 170, 400):
        logins.headers(step_of(user=1, at_s=at_s))
    assert CLOCK.at_s == 7.0, "the trace's clock is as before"
    times = [at_s for _, at_s in CALLS]
    assert times[0] == 0.0 and times[1] == pytest.approx(150, abs=2) and times[2] == pytest.approx(300, abs=3)
    assert len(times) == 3


def test_a_login_that_raises_is_told_with_its_line() -> None:
    with pytest.raises(
        LoginFailed, match=r"raised KeyError: 'no such user' at tests/perflab/worker/logins/test_login\.py:\d+$"
    ):
        Logins(f"{__name__}:raising").headers(step_of(user=7))
    with pytest.raises(
        LoginFailed, match=r"^the login \(.*:wrong\) of user 7 raised TypeError: it returned str, not a mapping"
    ):
        Logins(f"{__name__}:wrong").headers(step_of(user=7))


@pytest.mark.servers
def test_a_session_is_one_that_the_project_accepts(sessions: Any) -> None:
    from django.contrib.auth import get_user

    user = UserFactory(is_active=True)
    headers = Logins("session").headers(step_of(user=user.pk, headers={"Cookie": "lang=de"}))
    assert headers["Cookie"].endswith("; lang=de")
    store = import_module(sessions.SESSION_ENGINE).SessionStore(session_key=key_of(headers))
    found: Any = get_user(SimpleNamespace(session=store))  # type: ignore[arg-type]  # what it needs of a request
    assert found == user
    again = Logins("session").headers(step_of(user=user.pk))
    assert key_of(again) == key_of(headers), "the same one in another worker, and one that is there is no error"


@pytest.mark.servers
def test_a_session_is_made_anew_in_the_middle_of_its_life(sessions: Any) -> None:
    sessions.SESSION_COOKIE_AGE = 1000
    user = UserFactory(is_active=True)
    logins = Logins("session", CLOCK)
    keys = [key_of(logins.headers(step_of(user=user.pk, at_s=at_s))) for at_s in (0, 499, 501, 999, 1001)]
    assert keys[0] == keys[1] != keys[2] == keys[3] != keys[4]
    other = Logins("session", CLOCK)
    assert key_of(other.headers(step_of(user=user.pk, at_s=700))) == keys[2]


@pytest.mark.servers
def test_a_signed_cookie_holds_the_session_itself(sessions: Any) -> None:
    sessions.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    user = UserFactory(is_active=True)
    key = key_of(Logins("session").headers(step_of(user=user.pk)))
    assert stored(sessions, key)["_auth_user_id"] == str(user.pk)


@pytest.mark.servers
def test_a_user_whom_no_backend_returns_is_told_and_one_that_was_deleted_is_anonymous(sessions: Any) -> None:
    inactive = UserFactory(is_active=False)
    with pytest.raises(
        LoginFailed,
        match=rf"^the login \(session\) of user {inactive.pk} failed: no backend .*where: {{marketplace.User.is_active: true}}",
    ):
        Logins("session").headers(step_of(user=inactive.pk))
    assert Logins("session").headers(step_of(user=0)) == {}


@pytest.mark.servers
def test_where_the_token_lies_in_the_session_it_is_put_there(sessions: Any) -> None:
    sessions.CSRF_USE_SESSIONS = True
    user = UserFactory(is_active=True)
    for caller in (user.pk, None):
        headers = Logins("session").headers(step_of(user=caller, method="POST"))
        assert stored(sessions, key_of(headers))["_csrftoken"] == headers["X-CSRFTOKEN"]
        assert "csrftoken=" not in headers["Cookie"]
    assert Logins("session").headers(step_of()) == {}, "a read needs none"


class _Rows:
    def __init__(self) -> None:
        self.rows: dict[Any, str] = {3: "own"}

    def get_or_create(self, user_id: Any, defaults: dict[str, str]) -> tuple[Any, bool]:
        return SimpleNamespace(key=self.rows.setdefault(user_id, defaults["key"])), True


class _TokenAuthentication:
    keyword = "Token"
    rows = _Rows()

    def get_model(self) -> Any:
        return SimpleNamespace(_default_manager=self.rows)


class _Bearer(_TokenAuthentication):
    keyword = "Bearer"


@pytest.mark.parametrize(("kinds", "keyword"), [([], "Token"), ([object, _Bearer], "Bearer")])
def test_a_token_is_that_of_the_user_or_a_new_one(
    monkeypatch: pytest.MonkeyPatch, kinds: list[Any], keyword: str
) -> None:
    """REST framework is not installed here: two modules stand for the parts of it that are used."""
    parts: dict[str, dict[str, Any]] = {
        "rest_framework": {},
        "rest_framework.authentication": {"TokenAuthentication": _TokenAuthentication},
        "rest_framework.settings": {"api_settings": SimpleNamespace(DEFAULT_AUTHENTICATION_CLASSES=kinds)},
    }
    for name, facts in parts.items():
        module = ModuleType(name)
        vars(module).update(facts)
        monkeypatch.setitem(sys.modules, name, module)
    assert login.token(3) == {"Authorization": f"{keyword} own"}
    made = login.token(4)["Authorization"].removeprefix(f"{keyword} ")
    assert len(made) == 40 and made == login.token(4)["Authorization"].removeprefix(f"{keyword} ") != "own"
    headers = Logins("token").headers(step_of(user=4, method="POST"))
    assert set(headers) == {"Authorization"}, "nobody who has a token needs another one"


def test_only_a_web_token_has_an_end() -> None:
    assert login.expiry_of("Bearer abc") is None
    assert login.expiry_of("sessionid=a.b.c") is None
    claims = base64.urlsafe_b64encode(b'{"exp": 5}').decode().rstrip("=")
    assert login.expiry_of(f"jwt=a.{claims}.c") == 5.0
