from __future__ import annotations

import pytest

from perflab.analysis.scope import names_in_scope

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
