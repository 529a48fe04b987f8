"""scenarios/marketplace.yaml holds what the summary claims, and foreign_keys.yaml asks something else."""

from __future__ import annotations

from pathlib import Path

from perflab.scenario.factors.indexes import IndexFactor
from perflab.scenario.loading import load

SCENARIOS = Path(__file__).parents[3] / "scenarios"
MARKETPLACE = load(SCENARIOS / "marketplace.yaml")


def test_every_claim_of_the_summary_is_there_with_its_bound() -> None:
    assert {(c.metric, c.direction, c.bound, c.scope) for c in MARKETPLACE.claims} == {
        ("latency_s", "at_least", 0.95, "audited"),
        ("latency_s", "at_least", 0.75, "audited"),  # an earlier target
        ("query_count", "at_least", 0.95, "audited"),
        ("query_count", "at_least", 0.80, "audited"),  # an earlier target
        ("db_cpu_s", "at_least", 0.50, "audited"),
        ("cache_hit_rate", "at_least", 0.80, "audited"),
        ("capacity_users", "at_least", 4, "audited"),
        ("capacity_users", "at_least", 2, "audited"),  # an earlier target
        ("repeated_queries", "at_most", 0, "audited"),
        ("changed_responses", "at_most", 0, "audited"),
        ("stale_responses", "at_most", 0, "audited"),
        ("index_count", "equals", 22, "all"),
    }


def test_the_ten_endpoints_of_the_summary_are_audited_and_nothing_else_is() -> None:
    audited = [MARKETPLACE.endpoint(name) for name in MARKETPLACE.audited]
    assert [(e.method, e.path.partition("?")[0]) for e in audited] == [
        ("GET", "/users/{user_id}/payments"),
        ("GET", "/reviews/{reviewed_id}"),
        ("GET", "/ratings/reviewer_{reviewer_id}/"),
        ("GET", "/get-profile/{user_id}"),
        ("GET", "/get-account-details"),
        ("GET", "/jobs/{job_id}"),
        ("POST", "/apply-jobs/"),
        ("GET", "/clientjobs/{client_id}"),
        ("GET", "/client/jobs/{job_id}"),
        ("GET", "/jobs/{job_id}/best-applicants/"),
    ]
    assert not any(e.writes for e in audited)


def test_most_of_the_traffic_reads_and_every_write_is_read_back() -> None:
    endpoints = MARKETPLACE.traffic.endpoints
    writing = [e for e in endpoints if e.writes]
    assert len(writing) == 9
    assert 0.05 < sum(e.weight for e in writing) / sum(e.weight for e in endpoints) < 0.15
    assert all(e.affects for e in writing)


def test_the_switches_are_those_of_the_subject() -> None:
    assert MARKETPLACE.factor_names == ("indexes", "queries", "caching")


def test_foreign_keys_takes_their_own_indexes_away_too() -> None:
    scenario = load(SCENARIOS / "foreign_keys.yaml")
    switched = [word for f in scenario.factors if isinstance(f, IndexFactor) for word in f.which]
    assert switched == ["declared", "foreign_keys"]
