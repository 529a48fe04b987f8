"""What a saved run says of its scenario, as types."""

from __future__ import annotations

import pytest

from perflab.run.scenario import Endpoint, scenario_endpoints, writing_endpoints
from perflab.scenario.models import Endpoint as Written

JOB = {"name": "job", "method": "GET", "path": "/jobs/{pk}", "weight": 3, "audited": True, "as": "user", "cached": True,
       "params": {"pk": "shop.Job.pk", "user": "auth.User.pk"}}  # fmt: skip
PAY = {"name": "pay", "method": "POST", "path": "/pay", "weight": 1, "affects": ["job"], "body": {"sum": 3}}


def test_an_endpoint_has_what_the_scenario_says() -> None:
    job, pay = scenario_endpoints({"traffic": {"endpoints": [JOB, PAY]}})
    assert (job.name, job.method, job.path, job.weight, job.caller) == ("job", "GET", "/jobs/{pk}", 3.0, "user")
    assert job.audited and job.cached and not job.writes and job.params == JOB["params"]
    assert pay.writes and pay.affects == ("job",) and pay.body == {"sum": 3} and not pay.audited


def test_a_resolved_endpoint_is_read_back_as_it_was_written() -> None:
    for data in (JOB, {**PAY, "writes": False}):
        written = Written.model_validate(data)
        read = Endpoint.of(written.model_dump(mode="json", by_alias=True))
        for name in ("name", "method", "path", "weight", "audited", "cached", "writes", "params", "body"):
            assert getattr(read, name) == getattr(written, name), name
        assert (read.caller, list(read.affects)) == (written.as_, written.affects)


@pytest.mark.parametrize("scenario", [{}, {"traffic": None}, {"traffic": {}}, {"traffic": {"endpoints": None}}])
def test_a_scenario_without_traffic_has_no_endpoints(scenario: dict[str, object]) -> None:
    assert scenario_endpoints(scenario) == () and writing_endpoints(scenario) == frozenset()


def test_which_endpoints_write() -> None:
    assert writing_endpoints({"traffic": {"endpoints": [JOB, PAY]}}) == {"pay"}


@pytest.mark.parametrize(
    ("endpoint", "writes"),
    [
        ({"method": "GET"}, False),
        ({"method": "delete"}, True),
        ({"method": "POST", "writes": False}, False),
        ({"method": "GET", "writes": True}, True),
        ({"method": "POST", "writes": None}, True),
    ],
)
def test_the_method_decides_what_the_endpoint_does_not_say(endpoint: dict[str, object], writes: bool) -> None:
    assert Endpoint.of({"name": "it", **endpoint}).writes is writes
