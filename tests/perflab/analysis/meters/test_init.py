"""The registry of meters: every metric of a claim has one, or says why it has none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from perflab.analysis import meters
from perflab.analysis.meters import METERS, Evidence, measure
from perflab.analysis.stats.pairs import Pairs
from perflab.run.metrics import CLAIM_METRICS, METRICS
from tests.perflab.analysis.tables import flat, samples_of

EVIDENCE = Evidence(Pairs.of(samples_of({"all_off": flat(1), "all_on": flat(1)})))


def test_every_metric_of_a_claim_is_measured_or_says_why_not():
    for name in CLAIM_METRICS:
        metric = METRICS[name]
        ways = [metric.kind == "reduction", name in METERS, metric.not_measured is not None]
        assert ways.count(True) == 1, name


def test_every_module_is_the_meter_of_a_declared_metric():
    modules = {path.stem for path in Path(meters.__file__).parent.glob("*.py")}
    assert modules - {"__init__", "base", "reduction"} == set(METERS)


def test_a_metric_of_requests_needs_some_in_its_scope():
    assert measure("changed_responses", EVIDENCE, [], "nowhere").reason == (
        "Not measured: no endpoint is in the scope 'nowhere'."
    )
    nothing = Evidence(Pairs.of(samples_of({})), index_count=3)
    assert measure("cache_hit_rate", nothing, None, "all").reason == "Not measured: the run has no samples."
    assert measure("index_count", nothing, [], "nowhere").estimate == 3, "indexes are counted, whatever was requested"


def test_capacity_is_not_measured_without_a_load_test():
    assert measure("capacity_users", EVIDENCE, None, "all").reason == (
        "Not measured: the run has no load test of all_off and all_on."
    )
    why = replace(EVIDENCE, no_capacity="this requires a load test: the scenario has no `capacity`.")
    capacity = measure("capacity_users", why, None, "all")
    assert (capacity.measured, capacity.reason) == (False, f"Not measured: {why.no_capacity}")


def test_what_this_version_does_not_know_is_not_measured():
    assert (
        measure("of_tomorrow", EVIDENCE, None, "all").reason
        == "Not measured: nothing in this run measures of_tomorrow."
    )
