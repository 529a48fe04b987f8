from __future__ import annotations

import pytest

from perflab.analysis.scope import endpoints_of, is_write

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
    assert endpoints_of(SCENARIO, scope) == endpoints


def test_a_scenario_without_traffic_has_no_audited_endpoint():
    assert endpoints_of({}, "audited") == []


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
def test_writes(endpoint, writes):
    assert is_write(endpoint) is writes
