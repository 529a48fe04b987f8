"""Later pages: which requests are for one, and whether it has a row."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.experiment.observe.pages import LaterPages, is_empty
from perflab.scenario.traffic import Endpoint
from tests.perflab.steps import step_of


def endpoint(name: str, path: str, method: str = "GET", **params: Any) -> Endpoint:
    return Endpoint.model_validate({"name": name, "method": method, "path": path, "weight": 1, "params": params})


def looked(*paths: str, body: Any) -> dict[str, dict[str, int]]:
    pages = LaterPages(
        [
            endpoint("list", "/users/{user_id}/?page={page}&q={q}", user_id="auth.User.pk", page=[1, 2, 3], q=["a b"]),
            endpoint("whole", "/all/", q=["a", "b"]),
            endpoint("write", "/write/{n}/", "POST", n=[1, 2]),
            endpoint("missing", "/missing/{n}/", n=[1, 2]).model_copy(update={"expects": 404}),
        ]
    )
    steps = [
        step_of(path, number=n, endpoint=path.split("/")[1].replace("users", "list")) for n, path in enumerate(paths)
    ]
    pages.look(steps, lambda numbers: [{"status": 200, "headers": {}, "body": body} for _ in numbers])
    return pages.as_dict()


def test_a_request_for_another_value_than_the_first_is_for_a_later_page() -> None:
    paths = (
        "/users/7/?page=1&q=a%20b",
        "/users/2/?page=3&q=a%20b",
        "/users/2/?page=2&q=a%20b",
        "/all/",
        "/write/2/",
        "/missing/2/",
    )
    assert looked(*paths, body=[]) == {"list": {"requested": 2, "empty": 2}}
    assert looked(*paths, body=[1]) == {"list": {"requested": 2, "empty": 0}}
    assert looked(paths[0], body=[]) == {}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, [], True), (200, [1], False), (200, {"results": [], "count": 3}, True), (200, {"data": {"items": []}}, True),
        (200, {"results": [], "others": [1]}, False), (200, {"name": "x"}, False), (200, "<ul></ul>", False), (404, "", True),
    ],
)  # fmt: skip
def test_a_response_without_a_row_is_empty(status: int, body: Any, expected: bool) -> None:
    assert is_empty({"status": status, "headers": {}, "body": body}) is expected


def test_an_endpoint_is_unseen_until_one_of_its_later_pages_has_a_row() -> None:
    pages = LaterPages([endpoint("list", "/?page={page}", page=[1, 2])])
    bodies: Any = iter([[], [1]])
    seen = []
    for _ in range(2):
        pages.look(
            [step_of("/?page=2", endpoint="list")],
            lambda numbers: [{"status": 200, "headers": {}, "body": next(bodies)} for _ in numbers],
        )
        seen.append(pages.unseen())
    assert seen == [["list"], []]
