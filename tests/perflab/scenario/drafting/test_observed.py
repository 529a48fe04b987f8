"""What logged requests say of a scenario's traffic."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from perflab.scenario.drafting import observed as module
from perflab.scenario.drafting.logs import Logged
from perflab.scenario.drafting.observed import form_of, observe, popularity, zipf_of
from perflab.scenario.traffic import Endpoint


def endpoint(name: str, path: str, method: str = "GET") -> Endpoint:
    return Endpoint.model_validate({"name": name, "method": method, "path": path, "weight": 1.0})


ENDPOINTS = [
    endpoint("books", "/books/"), endpoint("book", "/books/{isbn}/"), endpoint("new", "/books/new/?x={y}"),
    endpoint("lend", "/books/{isbn}/", "POST"), endpoint("nested", "/a/{x}/b/{y}"),
]  # fmt: skip


def get(path: str, status: int = 200, at_s: float | None = None, method: str = "GET") -> Logged:
    return Logged(method, path, status, at_s)


def test_a_request_belongs_to_the_endpoint_with_its_method_and_form() -> None:
    seen = observe(
        [get("/books/"), get("/books/1/"), get("/books/2/", 404), get("/books/1/", method="POST"), get("/a/1/b/2")],
        ENDPOINTS,
    )
    assert {name: each.requests for name, each in seen.endpoints.items()} == {
        "books": 1, "book": 2, "new": 0, "lend": 1, "nested": 1,
    }  # fmt: skip
    assert seen.endpoints["book"].failed == 1
    assert sorted(seen.endpoints["book"].values.values()) == [1, 1]


def test_a_path_without_params_comes_before_one_with() -> None:
    assert observe([get("/books/new/")], ENDPOINTS).endpoints["new"].requests == 1


def test_what_belongs_to_none_is_counted_by_its_form() -> None:
    seen = observe([get("/x/1"), get("/x/22"), get("/books/1/2/"), None, get("/books/1")], ENDPOINTS)
    assert seen.others == {"GET /x/…": 2, "GET /books/…/…/": 1, "GET /books/…": 1}
    assert (seen.resolved, seen.unreadable) == (0, 1)


def test_forms_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FORMS", 2)
    seen = observe([get(f"/{word}") for word in ("a", "b", "c", "d", "a")], ENDPOINTS)
    assert seen.others == {"GET /a": 2, "GET /b": 1, "other forms": 2}


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/users/17/posts", "/users/…/posts"), ("/x/0b1c2d3e-1111-2222-3333-444455556666/", "/x/…/"),
        ("/about-us/", "/about-us/"),
        ("/reset/MQ.abc-123-def/", "/reset/…/"), ("/" + "x" * 50, "/…"), ("/v2/items", "/v2/items"),
    ],
)  # fmt: skip
def test_a_form_has_no_values(path: str, form: str) -> None:
    assert form_of(path) == form


def test_the_rate_is_over_the_whole_time_of_the_logs() -> None:
    assert (
        observe([get("/books/", at_s=10.0), get("/books/", at_s=14.0), get("/none", at_s=20.0)], ENDPOINTS).rate_per_s
        == 0.2
    )
    assert observe([get("/books/")], ENDPOINTS).rate_per_s is None


@pytest.mark.parametrize("exponent", [0.0, 0.6, 1.0, 1.5])
def test_the_exponent_of_a_power_law_is_found(exponent: float) -> None:
    """Drawn by other code: `random.choices`. At 400 values and 40,000 requests the estimate is within 0.05."""
    weights = [rank**-exponent for rank in range(1, 401)]
    counts = Counter(random.Random(1).choices(range(400), weights, k=40_000))
    fitted = zipf_of(counts.values())
    assert fitted is not None and abs(fitted - exponent) < (0.1 if exponent == 0 else 0.05)


@pytest.mark.parametrize("counts", [[], [500], [1] * 300, [100, 50]])
def test_too_little_says_nothing(counts: list[int]) -> None:
    assert zipf_of(counts) is None


def test_popularity_is_that_of_endpoints_by_their_requests() -> None:
    steep = [get(f"/books/{n}/") for n, times in enumerate((400, 100, 50, 20, 10)) for _ in range(times)]
    even = [get(f"/a/{n}/b/1") for n in range(10) for _ in range(29)]
    alone, both = (popularity(observe(requests, ENDPOINTS)) for requests in (steep, steep + even))
    assert alone is not None and both is not None and 0 < both < alone
    assert popularity(observe([], ENDPOINTS)) is None
