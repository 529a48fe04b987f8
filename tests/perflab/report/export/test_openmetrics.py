"""OpenMetrics text, read back by Prometheus's own parser."""

from __future__ import annotations

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from perflab.report.export.openmetrics import openmetrics
from perflab.report.export.series import exported
from tests.perflab import saved_run
from tests.perflab.summaries import summary_of

HOSTILE = 'a"b\\c\\n"} 1\n# EOF\n<b>{{x}}'
EFFECTS = [
    {"ratio": 1 / 3, "low": 1e-7, "high": 0.4, "verdict": "better"},
    {"endpoint": HOSTILE, "ratio": 2.0, "verdict": "worse"},
]
CLAIMS = [{"id": "speed", "estimate": 0.97, "verdict": "supported", "scope": "audited"}]


def written(**more: object) -> str:
    return openmetrics(exported(saved_run.without_samples(**more), summary_of(effects=EFFECTS, claims=CLAIMS)))


def test_a_parser_reads_it() -> None:
    families = {family.name: family for family in text_string_to_metric_families(written())}
    ratio = families["perflab_effect_ratio"]
    assert (ratio.type, ratio.unit) == ("gauge", "ratio")
    assert [sample.value for sample in ratio.samples] == [1 / 3, 2.0]
    assert all(sample.timestamp is None for family in families.values() for sample in family.samples)
    verdict = families["perflab_effect_verdict"]
    assert verdict.type == "stateset"
    states = {s.labels["perflab_effect_verdict"]: s.value for s in verdict.samples if s.labels["endpoint"] == "ALL"}
    assert states == {"better": 1, "worse": 0, "equivalent": 0, "inconclusive": 0}
    assert families["perflab_run"].type == "info"
    assert families["perflab_run_start_time_seconds"].samples[0].value == 1795428900


def test_hostile_texts_stay_inside_their_label() -> None:
    text = written()
    assert text.endswith("\n# EOF\n") and text.count("\n# EOF") == 1
    families = text_string_to_metric_families(text)
    endpoints = {s.labels.get("endpoint") for family in families for s in family.samples}
    assert HOSTILE.replace("\n", " ") in endpoints


def test_a_run_without_results_is_an_info_alone() -> None:
    made = exported(saved_run.without_samples(started_at=None), summary_of())
    families = list(text_string_to_metric_families(openmetrics(made)))
    assert [family.name for family in families] == ["perflab_run"]
