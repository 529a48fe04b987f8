"""Values with which a URL pattern matches, made from the pattern."""

from __future__ import annotations

import datetime as dt
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import override_settings
from django.urls import include, path, re_path, register_converter, resolve
from django.urls.converters import get_converters

from perflab.scenario.urls.example import matching_path


def view(request: Any, **arguments: Any) -> HttpResponse:
    return HttpResponse()


class Day:
    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> dt.date:
        return dt.date.fromisoformat(value)

    def to_url(self, value: dt.date) -> str:
        return value.isoformat()


class Even:
    regex = r"[0-9]"

    def to_python(self, value: str) -> int:
        if int(value) % 2:
            raise ValueError
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


if "example_day" not in get_converters():
    register_converter(Day, "example_day")
    register_converter(Even, "example_even")

PATTERNS = [
    re_path(r"^country/(?P<code>[A-Z]{2})/$", view),
    path("in/<slug:kind>/", include([re_path(r"^number/(?P<number>\d{4,})/$", view)])),
    re_path(r"^(?:old|new)/([^/]+)\.(json|xml)$", view),
    re_path(r"^status/(?P<status>open|closed)/$", view),
    re_path(r"^(?P<lang>(?!de)[a-z]{2})/hash/(?P<digest>[0-9a-f]{40})/?$", view),
    path("day/<example_day:day>/", view),
    path("even/<example_even:number>/", view),
    path("files/<path:rest>", view),
    re_path(r"^swap/(?P<second>[a-z]+)/(?P<first>\d+)/$", view),
]


@pytest.fixture(autouse=True)
def patterns() -> Any:
    module = types.ModuleType("perflab_example_urls")
    module.urlpatterns = PATTERNS  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    with override_settings(ROOT_URLCONF=module.__name__):
        yield
    del sys.modules[module.__name__]


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ("/country/{code}/", {"code": "x"}),
        ("/in/{kind}/number/{n}/", {"kind": "x", "n": 1}),
        ("/in/some-kind/number/{n}/", {"n": 1}),
        ("/old/{name}.{format}", {"name": "x", "format": "x"}),
        ("/new/{name}.json", {"name": 1}),
        ("/status/{state}/", {"state": "x"}),
        ("/{lang}/hash/{key}/", {"lang": "x", "key": "x"}),
        ("/even/{n}/", {"n": 1}),
        ("/files/{a}/{b}", {"a": "x", "b": 1}),
        ("/swap/{second}/{first}/", {"first": "x", "second": 1}),
    ],
)
def test_values_are_made_from_the_pattern(given: str, values: dict[str, Any]) -> None:
    filled = matching_path(given, values)
    assert filled is not None
    assert resolve(filled).func is view


def test_values_of_the_field_come_first() -> None:
    assert matching_path("/country/{code}/", {"code": "DE"}) == "/country/DE/"


def test_a_converter_that_refuses_every_example_is_not_the_projects_fault() -> None:
    assert matching_path("/day/{day}/", {"day": "x"}) is not None


@pytest.mark.parametrize(
    ("given", "values"),
    [("/countries/{code}/", {"code": "x"}), ("/country/{code}", {"code": "x"}), ("/in/a/number/{n}/more/", {"n": 1})],
)
def test_a_path_that_nothing_can_match(given: str, values: dict[str, Any]) -> None:
    assert matching_path(given, values) is None


def test_hundreds_of_patterns_are_no_burden(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []
    module = sys.modules["perflab_example_urls"]
    module.urlpatterns = [re_path(rf"^x{n}/(?P<a>[a-z]+)/(?P<b>\d+)/$", view) for n in range(300)] + PATTERNS  # type: ignore[attr-defined]
    from perflab.scenario.urls import example

    rest: Callable[..., Any] = example._rest

    def counted(chain: Any, path: str, **options: Any) -> Any:
        tries.append(path)
        return rest(chain, path, **options)

    monkeypatch.setattr(example, "_rest", counted)
    with override_settings(ROOT_URLCONF="perflab_example_urls"):
        assert matching_path("/nothing/{a}/{b}/", {"a": "x", "b": "x"}) is None
    assert len(tries) < 300 * 200
