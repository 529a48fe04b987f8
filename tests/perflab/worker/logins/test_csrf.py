"""What a browser sends against cross-site requests, asked of Django's own middleware."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from perflab.worker.logins import csrf
from perflab.worker.request import environ_of
from perflab.workload.steps import Step
from tests.perflab.steps import step_of


class Stricter(CsrfViewMiddleware):
    """A project's own kind."""


def refused(step: Step, headers: dict[str, str] | None = None, protected: bool = True) -> Any:
    """What the middleware says of the request: None lets it through."""
    own = {**step.headers, **(headers or {})}
    request = WSGIRequest(environ_of(step, csrf.protected(step, own) if protected else own))
    middleware = CsrfViewMiddleware(lambda request: HttpResponse())
    middleware.process_request(request)
    return middleware.process_view(request, lambda request: HttpResponse(), (), {})


def post(**changes: Any) -> Step:
    return step_of("/buy/", method="POST", **changes)


def test_a_post_passes_with_the_pair_and_not_without() -> None:
    assert refused(post(), protected=False).status_code == 403
    assert refused(post()) is None
    assert refused(post(user=5, headers={"Cookie": "sessionid=x"})) is None


def test_the_projects_own_names_hold(settings: Any) -> None:
    settings.CSRF_COOKIE_NAME, settings.CSRF_HEADER_NAME = "crumb", "HTTP_X_CRUMB"
    headers = csrf.protected(post(), {"Cookie": "a=1"})
    assert set(headers) == {"Cookie", "X-CRUMB", "Origin", "Referer"}
    assert headers["Cookie"] == f"a=1; crumb={csrf.secret(None)}"
    assert refused(post()) is None


def test_the_page_comes_from_the_host_that_is_requested() -> None:
    headers = csrf.protected(post(), {"host": "testserver"})
    assert (headers["Origin"], headers["Referer"]) == ("https://testserver", "https://testserver/buy/")
    assert refused(post(headers={"Host": "testserver"})) is None
    assert refused(post(headers={"Origin": "https://elsewhere.example"})).status_code == 403, (
        "what the scenario says stays"
    )


def test_without_a_host_of_its_own_a_request_comes_from_the_site() -> None:
    headers = csrf.protected(post(), {}, "shop.example")
    assert (headers["Origin"], headers["Referer"]) == ("https://shop.example", "https://shop.example/buy/")
    assert csrf.protected(post(), {"Host": "testserver"}, "shop.example")["Origin"] == "https://testserver"


def test_a_pair_that_the_login_brought_is_kept() -> None:
    token = "b" * 32
    headers = csrf.protected(post(), {"Cookie": f"csrftoken={token}; sessionid=x"})
    assert headers["Cookie"] == f"csrftoken={token}; sessionid=x"
    assert headers["X-CSRFTOKEN"] == token


@pytest.mark.parametrize("method", csrf.SAFE_METHODS)
def test_a_read_is_left_alone(method: str) -> None:
    assert csrf.protected(step_of("/", method=method), {"A": "b"}) == {"A": "b"}


def test_so_is_one_without_csrf_and_one_that_names_its_caller() -> None:
    step = Step(1, 0, 0, 0.0, "measured", "e", "POST", "/", None, None, None, True, csrf=False)
    assert csrf.protected(step, {}) == {}
    assert csrf.protected(post(), {"authorization": "Bearer x"}) == {"authorization": "Bearer x"}


def test_a_caller_has_the_same_secret_everywhere_and_nobody_elses() -> None:
    assert csrf.secret(1) == csrf.secret(1) != csrf.secret(2)
    assert len(csrf.secret(None)) == csrf.SECRET_CHARACTERS


def test_a_class_of_the_projects_own_checks_too(settings: Any) -> None:
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    assert not csrf.is_checked()
    settings.MIDDLEWARE = [f"{__name__}.Stricter"]
    assert csrf.is_checked()
    settings.MIDDLEWARE = [csrf.MIDDLEWARE]
    assert csrf.is_checked()


def test_cookies_are_told_apart() -> None:
    assert csrf.cookie_of("a=1; b=2; ab=3", "b") == "2"
    assert csrf.cookie_of("ab=3", "b") is None
    assert csrf.with_cookie({"cookie": "b=2"}, "b", "9") == {"cookie": "b=2"}
    assert csrf.with_cookie({}, "b", "9") == {"Cookie": "b=9"}
