"""Parts of a summary by what they are about."""

from __future__ import annotations

from perflab.report import lookup
from perflab.run.cells import ALL, GEOMEAN, READS, WHOLE
from perflab.run.records import Attribution, Effect, Finding
from perflab.run.summary import Summary
from tests.perflab.saved_run import without_samples


def effect(endpoint: str = ALL, metric: str = "latency_s", statistic: str = "mean", n: int = 5) -> Effect:
    after = 1.0 if n else None
    return Effect(endpoint, metric, statistic, WHOLE, before=after and 2.0, after=after, n=n)


def share(factor: str, shapley: float, metric: str = "latency_s") -> Attribution:
    return Attribution(ALL, metric, "log", 5, 3, "factor", factor, shapley_share=shapley)


def together(scale: str) -> Attribution:
    return Attribution(ALL, "latency_s", scale, 5, 3, "interaction", "small x large")


SUMMARY = Summary(
    "shop",
    "20261123-101500",
    effects=(
        effect(),
        effect(statistic="p95", n=6),
        effect("read", n=3),
        effect("write", n=0),
        effect(READS, n=4),
        effect(GEOMEAN, statistic="geomean of means", n=2),
        effect("read", metric="query_count"),
    ),
    attribution=(share("small", 0.2), share("large", 0.8), share("other", 0.9, "db_cpu_s"), together("log"), together("linear")),
    findings=(Finding("n+1", "warning", "Queries repeat"), Finding("stale", "error", "A response is stale")),
    cache=[{"endpoint": "read", "hits": 1}, {"endpoint": ALL, "hits": 9}],
    indexes=[{"name": "a", "candidate": True}, {"name": "b", "candidate": False}],
    control={"twin": {"ratio": 1.0}, "withheld": ["too noisy"], "noise_floor": 0.02},
)  # fmt: skip
EMPTY = Summary("shop", "20261123-101500")


def test_an_effect_is_found_by_all_that_it_is_about() -> None:
    assert lookup.effect(SUMMARY) == SUMMARY.effects[0]
    assert lookup.effect(SUMMARY, statistic="p95") == SUMMARY.effects[1]
    assert lookup.effect(SUMMARY, "read", "query_count") == SUMMARY.effects[-1]
    assert lookup.effect(SUMMARY, "write") is None, "it was not estimated"
    assert lookup.effect(SUMMARY, "nowhere") is None
    assert lookup.effect(EMPTY) is None


def test_effects_of_endpoints_leave_out_parts_of_the_mix_and_those_without_requests() -> None:
    assert [row.endpoint for row in lookup.by_endpoint(SUMMARY)] == ["read"]
    assert [row.endpoint for row in lookup.by_endpoint(SUMMARY, with_all=True)] == [ALL, "read"]


def test_parts_of_the_traffic_are_found_by_name() -> None:
    assert set(lookup.by_part(SUMMARY)) == {ALL, READS, GEOMEAN}


def test_the_number_of_requests_is_0_where_it_is_unknown() -> None:
    assert [lookup.requests(SUMMARY, name) for name in ("read", "write", "nowhere")] == [3, 0, 0]


def test_factors_are_in_the_order_of_their_shares() -> None:
    assert [row.factor for row in lookup.shares(SUMMARY)] == ["large", "small"]
    assert [row.scale for row in lookup.interactions(SUMMARY)] == ["log"]


def test_findings_controls_cache_and_indexes() -> None:
    assert [row.kind for row in lookup.findings(SUMMARY)] == ["n+1", "stale"]
    assert [row.kind for row in lookup.findings(SUMMARY, ["stale"])] == ["stale"]
    assert lookup.control(SUMMARY, "twin") == {"ratio": 1.0}
    assert lookup.withheld(SUMMARY) == ["too noisy"]
    assert (lookup.cache_of_all(SUMMARY) or {})["hits"] == 9
    assert [row["name"] for row in lookup.candidates(SUMMARY)] == ["a"]


def test_a_summary_that_has_none_of_it_is_no_error() -> None:
    assert not lookup.shares(EMPTY) and not lookup.interactions(EMPTY)
    assert not lookup.findings(EMPTY) and not lookup.candidates(EMPTY)
    assert lookup.control(EMPTY, "twin") == {}
    assert (lookup.noise_floor(SUMMARY), lookup.noise_floor(EMPTY)) == (0.02, None)
    assert lookup.withheld(EMPTY) == []
    assert lookup.cache_of_all(EMPTY) is None


def test_a_project_has_a_cache_if_a_factor_is_one_or_one_was_probed() -> None:
    scenario = {"factors": [{"name": "caching", "kind": "cache"}]}
    assert lookup.has_cache(without_samples(scenario=scenario))
    assert not lookup.has_cache(without_samples(scenario={"factors": [{"name": "fast", "kind": "setting"}]}))
