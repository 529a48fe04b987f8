"""A run's summary: summary.json and back, and what schema 1 calls its parts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from perflab.run.summary import Summary, warm_s
from perflab.run.tables import SCHEMA_VERSION
from tests.perflab.summaries import ATTRIBUTION, CLAIM, EFFECT, FINDING, summary_of

KEYS = [
    "schema", "scenario", "run_id", "verdict", "claims", "effects", "attribution", "equivalence", "findings", "cache", "flush",
    "indexes", "queries", "capacity", "control", "environment",
]  # fmt: skip


def test_a_summary_is_a_file_and_back() -> None:
    summary = summary_of(
        claims=[{"verdict": "supported"}], effects=[{"ratio": 0.5}], findings=[{"factors": ["caching"]}],
        attribution=[{"shapley_share": 1.0}], verdict="Yes.", cache=[{"endpoint": "ALL"}], control={"withheld": []},
        environment={"python": "3.11.9"},
    )  # fmt: skip
    written = summary.as_dict()
    assert list(written) == KEYS and written["schema"] == SCHEMA_VERSION
    assert Summary.of(json.loads(json.dumps(written))).as_dict() == written


def test_what_a_file_does_not_say_is_empty() -> None:
    summary = Summary.of({})
    assert (summary.verdict, summary.claims, summary.effects, summary.control) == (None, (), (), {})


@pytest.mark.parametrize(
    ("endpoint", "contrast", "expected"),
    [
        ("ALL", "caching alone", ("ALL", "caching from baseline")),
        ("job", "caching last", ("job", "caching leave-one-out")),
        ("EQUAL", "all_on / all_off", ("GEOMEAN", "all_on / all_off")),
    ],
)
def test_schema_1_is_read_by_its_own_names(endpoint: str, contrast: str, expected: tuple[str, str]) -> None:
    effect = {**EFFECT, "endpoint": endpoint, "contrast": contrast, "blind_to": 0.03, "seen": True, "material": False}
    attribution = {**ATTRIBUTION, "share": 0.7, "alone": {"estimate": 0.5, "low": None, "high": None}}
    leak = {**FINDING, "class": "leaked"}
    summary = Summary.of(
        {"schema": 1, "claims": [CLAIM], "effects": [effect], "attribution": [attribution], "findings": [leak]}
    )
    (effect_,), (row,), (finding,) = summary.effects, summary.attribution, summary.findings
    assert (effect_.endpoint, effect_.contrast) == expected
    assert (effect_.mde, effect_.statistically_significant, effect_.practically_significant) == (0.03, True, False)
    assert row.shapley_share == 0.7 and row.from_baseline is not None and row.from_baseline.estimate == 0.5
    assert finding.kind == "cross_user_leak"
    assert summary.as_dict()["schema"] == SCHEMA_VERSION


def test_todays_names_stay_as_they_are() -> None:
    """An endpoint may have a name that stood for something else in schema 1."""
    summary = Summary.of({"schema": SCHEMA_VERSION, "effects": [{**EFFECT, "endpoint": "EQUAL"}]})
    assert [effect.endpoint for effect in summary.effects] == ["EQUAL"]


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [({}, 0.0), ({"warm": {"seconds": 300.2}}, 300.2), ({"warm": None}, 0.0), ({"warm": {"seconds": None}}, 0.0)],
)
def test_rounds_whose_beginning_is_unknown_began_with_empty_caches(environment: dict[str, Any], seconds: float) -> None:
    assert warm_s(environment) == seconds
