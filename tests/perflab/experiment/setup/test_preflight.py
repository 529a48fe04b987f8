"""The first requests: what is told at once, what ends a run, what is left out. A whole run of them is in tests/cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from perflab.errors import SubjectError
from perflab.experiment.setup.preflight import FirstRequests, Outcome, cells_to_request, outcome_of, without_failing
from perflab.run.cells import cells_of
from perflab.run.tables import Sample
from perflab.scenario.loading import parse
from perflab.scenario.profiles import Resolved, resolve
from perflab.worker.guards.contacts import CONNECTION, PROCESS, Contact
from perflab.worker.handle import WorkerHandle
from perflab.worker.protocol import Done
from perflab.workload.steps import Step
from tests.perflab.steps import step_of

TEXT = """\
title: Small
subject: {settings: a.b, seed: "a:b"}
data: {as_of: "2025-10-20", rows: {}}
traffic:
  rate_per_s: 1
  active_users: 2
  zipf: 0
  endpoints:
    - {name: home, method: GET, path: /, weight: 4, expects: 404}
    - {name: list, method: GET, path: /list/, weight: 3}
    - {name: buy, method: POST, path: /buy/, weight: 2, affects: [list, home]}
factors: [{name: f, kind: cache, aliases: [default]}]
profiles: {default: {scale: 1, rounds: 1, block: 20, replay_s: 1}}
"""
CELLS = ("all_off", "all_on")


def question() -> Resolved:
    return resolve(parse(TEXT, "s.yaml"))


def outcomes(endpoint: str, *statuses: int, error: str | None = None, location: str | None = None) -> list[Outcome]:
    """The outcome of one endpoint in each cell."""
    return [
        Outcome(endpoint, cell, f"GET /{endpoint}/", status, error if status >= 500 else None, location)
        for cell, status in zip(CELLS, statuses, strict=True)
    ]


def first(*lists: list[Outcome]) -> FirstRequests:
    return FirstRequests([outcome for own in lists for outcome in own], "/enter/")


class Responding:
    """A worker that responds with these samples in turn."""

    def __init__(self, *errors: str | None, cut: str | None = None) -> None:
        self.errors = list(errors)
        self.not_compared = {} if cut is None else {cut: "its stream had not ended after 5 s"}

    def block(self, steps: Sequence[Step], timeout_s: float) -> Done:
        error = self.errors.pop(0)
        values: dict[str, Any] = {**dict.fromkeys(Sample.__slots__), "status": 500 if error else 302, "error": error}
        return Done([Sample(**values)], not_compared=self.not_compared)

    def responses(self, steps: Sequence[int]) -> list[Any]:
        return [{"status": 302, "headers": {"location": "/enter/?next=/"}, "body": ""}]


def test_a_stream_that_was_cut_is_named_for_all_later_processes() -> None:
    worker = cast(WorkerHandle, Responding(None, None, cut="events"))
    outcomes = [
        outcome_of(worker, "all_on", [step_of("/events/12/?since=3", endpoint=name)], 1.0)
        for name in ("events", "list")
    ]
    assert [outcome.endless for outcome in outcomes] == ["/events//", None]
    assert first(outcomes).endless == {"/events//"}


def test_an_endpoint_fails_only_if_all_of_its_requests_do() -> None:
    steps = [step_of(f"/{n}/", n, endpoint="list") for n in range(3)]
    made = outcome_of(cast(WorkerHandle, Responding("returned 500", None)), "all_on", steps, 1.0)
    assert made == Outcome("list", "all_on", "GET /1/", 302, None, "/enter/?next=/")
    made = outcome_of(cast(WorkerHandle, Responding("returned 500 (a)", "b", "c")), "all_on", steps, 1.0)
    assert (made.request, made.error) == ("GET /0/", "returned 500 (a)"), "the first one is told"


def test_all_is_told_at_once_and_what_is_expected_is_not() -> None:
    made = first(
        outcomes("home", 404, 404), outcomes("list", 302, 302, location="/enter/?next=/list/"), outcomes("buy", 200, 403)
    )  # fmt: skip
    assert list(made.remarks(question().scenario)) == [
        "list: GET /list/ redirects to the login page, /enter/?next=/list/",
        "buy: GET /buy/ returned 403 in cell all_on",
    ]
    assert without_failing(question(), made) == question(), "a refusal ends nothing and is measured"
    assert made.as_dict()["to_login"] == ["list"] and made.as_dict()["left_out"] == []


def test_other_redirects_lead_to_no_login() -> None:
    assert first(outcomes("list", 302, 302, location="https://localhost/list/1/")).to_login == []
    assert first(outcomes("list", 302, 302, location="/accounts/login/?next=/")).to_login == ["list"]


def test_an_endpoint_that_fails_in_every_cell_is_left_out_with_what_names_it() -> None:
    made = first(
        outcomes("home", 200, 200), outcomes("list", 500, 500, error="returned 500"), outcomes("buy", 200, 200)
    )
    kept = without_failing(question(), made).scenario.traffic.endpoints
    assert [(endpoint.name, endpoint.affects) for endpoint in kept] == [("home", []), ("buy", ["home"])]
    made = first(outcomes("list", 200, 500, error="returned 500"))
    assert without_failing(question(), made) == question(), "one cell is that cell's factor"


def test_a_run_ends_where_most_of_the_traffic_fails_or_a_login_raises() -> None:
    failing = "returned 500 (ValueError: Missing staticfiles manifest entry for 'a.css' at shop/views.py:3)"
    made = first(
        outcomes("home", 500, 500, error=failing),
        outcomes("list", 200, 200),
        outcomes("buy", 500, 500, error="returned 502"),
    )
    with pytest.raises(
        SubjectError, match=r"^s\.yaml:8: 2 of 3 endpoints fail in every cell: home: GET /home/ .*; buy: "
    ) as raised:
        without_failing(question(), made)
    assert "DEBUG is off here" in str(raised.value) and "manage.py collectstatic" in str(raised.value)
    made = first(
        outcomes("home", 200, 200), outcomes("buy", 500, 500, error="the login (a:b) of user 1 raised KeyError: 1")
    )
    with pytest.raises(SubjectError, match=r"buy: the login \(a:b\) of user 1 raised KeyError: 1; see `auth`"):
        without_failing(question(), made)


def test_endpoints_that_fail_in_the_same_way_are_told_together() -> None:
    made = first(
        outcomes("home", 500, 500, error="raised A"),
        outcomes("list", 500, 500, error="raised A"),
        outcomes("buy", 500, 500, error="raised A"),
    )
    with pytest.raises(SubjectError, match=r"home: GET /home/ raised A \(so do list, buy\);") as raised:
        without_failing(question(), made)
    assert str(raised.value).count("raised A") == 1


def test_many_cells_are_represented_by_both_ends_and_each_factor_alone() -> None:
    assert [cell.name for cell in cells_to_request(cells_of(["a", "b"]))] == [
        cell.name for cell in cells_of(["a", "b"]) if cell.role == "treatment"
    ]
    names = [cell.name for cell in cells_to_request(cells_of(["a", "b", "c", "d"]))]
    assert sorted(names) == ["a", "all_off", "all_on", "b", "c", "d"]


PAYS = Contact(CONNECTION, "pay.example.com:443", "shop/pay.py:7", "buy")


def test_a_connection_that_was_refused_is_named_with_the_endpoint_that_failed() -> None:
    broken = outcomes("buy", 500, 500, error="raised RuntimeError: no payment")
    counts = {PAYS: 2, Contact(CONNECTION, "stats.example.com:80", "shop/list.py:3", "list"): 2,
              Contact(CONNECTION, "x:1", "shop/settings.py:1"): 2, Contact(PROCESS, "git", "a.py:2", "buy"): 1}  # fmt: skip
    made = FirstRequests([*outcomes("home", 200, 200), *outcomes("list", 200, 200), *broken], None, counts)
    (remark,) = made.remarks(question().scenario)
    assert remark == (
        "buy: GET /buy/ raised RuntimeError: no payment (shop/pay.py:7 connects to pay.example.com:443, which perflab refuses)"
    )
    assert list(made.refused()) == [
        f"{name}: shop/{name if name == 'list' else 'pay'}.py:{line} connects to {target}: refused; to allow it, add {target!r} "
        "to `allow` under `subject`"
        for name, line, target in (("buy", 7, "pay.example.com:443"), ("list", 3, "stats.example.com:80"))
    ]
    assert set(made.unrepeated) == {PAYS, Contact(PROCESS, "git", "a.py:2", "buy")}, "the rounds repeat the others"


def test_an_error_that_names_the_connection_itself_is_told_once() -> None:
    broken = outcomes("buy", 500, 500, error="raised OSError: connects to pay.example.com:443, which perflab refuses")
    (remark,) = FirstRequests(broken, None, {PAYS: 2}).remarks(question().scenario)
    assert remark.count("pay.example.com") == 1
