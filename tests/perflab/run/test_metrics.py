"""Metrics: each declared once, and known to both halves."""

from __future__ import annotations

import pytest

from perflab.run.metrics import (
    CLAIM_METRICS,
    COST,
    CPU,
    CPU_METRICS,
    EFFECT_METRICS,
    FORMER_NAMES,
    METRICS,
    SUMS,
    metric_of,
    title_of,
    unit_of,
)
from perflab.run.tables import MEASURED


def test_a_claim_can_be_about_every_number_of_a_sample_and_about_what_is_derived_from_them() -> None:
    derived = (
        "cache_hit_rate",
        "served_from_cache",
        "capacity_users",
        "repeated_queries",
        "changed_responses",
        "stale_responses",
        "index_count",
    )
    assert (*MEASURED, *derived) == CLAIM_METRICS


def test_the_metrics_of_effects_in_their_order_a_sum_before_its_parts() -> None:
    counts = ("query_count", "duplicate_query_count")
    assert ("latency_s", CPU, *CPU_METRICS, *counts, "query_time_s", "commit_time_s") == EFFECT_METRICS
    assert SUMS == {CPU: CPU_METRICS}


def test_what_depends_on_the_machine_is_timed() -> None:
    assert {name for name, metric in METRICS.items() if metric.timed} == {
        "latency_s", CPU, *CPU_METRICS, "query_time_s", "query_app_cpu_s", "commit_time_s", COST,
        "capacity_users",
    }  # fmt: skip


def test_more_hits_and_more_users_are_better_and_more_of_all_else_is_worse() -> None:
    assert {name for name, metric in METRICS.items() if metric.more_is_better} == {
        "cache_hits", "cache_hit_rate", "served_from_cache", "capacity_users",
    }  # fmt: skip


def test_every_metric_of_a_claim_has_a_unit_and_a_title() -> None:
    for name in CLAIM_METRICS:
        assert unit_of(name) and title_of(name), name
    assert [title_of(name) for name in ("latency_s", "cache_hits", CPU)] == ["service time", "cache hits", "total CPU"]


def test_a_former_name_is_still_known() -> None:
    assert {old: metric_of(old).name for old in FORMER_NAMES} == FORMER_NAMES
    assert FORMER_NAMES["stale_answers"] == "stale_responses" and not FORMER_NAMES.keys() & METRICS.keys()


def test_only_counts_are_exact() -> None:
    assert {metric.kind for metric in METRICS.values() if metric.exact} == {"count"}


@pytest.mark.parametrize("name", ["of_tomorrow", ""])
def test_a_metric_of_another_version_has_no_unit_and_cannot_be_claimed(name: str) -> None:
    metric = metric_of(name)
    assert (unit_of(name), metric.claimable, metric.timed, metric.title) == ("", False, False, name.replace("_", " "))
