from __future__ import annotations

import pytest

from perflab.analysis.scope import claim_about, names_in_scope

SCENARIO = {
    "traffic": {
        "endpoints": [
            {"name": "read", "method": "GET", "audited": True},
            {"name": "search", "method": "POST", "audited": True, "writes": False},
            {"name": "write", "method": "POST", "audited": True},
            {"name": "other", "method": "GET"},
        ]
    }
}


@pytest.mark.parametrize(
    ("scope", "endpoints"),
    [
        ("audited", ["read", "search"]),
        ("other", ["other"]),
        ("nothing", []),
        ("all", None),
        ("ALL", None),
        (None, None),
    ],
)
def test_scopes(scope, endpoints):
    assert names_in_scope(SCENARIO, scope) == endpoints


def test_a_scenario_without_traffic_has_no_audited_endpoint():
    assert names_in_scope({}, "audited") == []


def test_of_several_claims_about_a_metric_the_first_one_counts() -> None:
    claims = [
        {"id": "a", "metric": "latency_s"},
        {"id": "b", "metric": "query_count"},
        {"id": "c", "metric": "latency_s"},
    ]
    assert claim_about({"claims": claims}, "latency_s") == claims[0]
    assert claim_about({"claims": claims}, "db_cpu_s", "query_count") == claims[1]
    assert claim_about({"claims": claims}, "capacity_users") is None
    assert claim_about({}, "latency_s") is None
