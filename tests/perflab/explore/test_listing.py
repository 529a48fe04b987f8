"""One effect by its names, findings in their order, and the endpoint that came off worst."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.errors import InputError
from perflab.explore.listing import effect, findings, worst_endpoint
from perflab.run.summary import Summary
from tests.perflab.summaries import summary_of

ROW: dict[str, Any] = {"metric": "latency_s", "statistic": "mean", "contrast": "all_on / all_off", "before": 1.0, "after": 1.0,
                       "n": 10, "low": None, "high": None}  # fmt: skip
WANTED = {"endpoint": "ALL", "metric": "latency_s", "contrast": "all_on / all_off", "statistic": "mean"}


def summary(*rows: dict[str, Any], **more: Any) -> Summary:
    return summary_of(effects=[{**ROW, **row} for row in rows], **more)


def test_an_effect_is_found_by_its_names() -> None:
    data = summary({"endpoint": "ALL", "ratio": 0.5}, {"endpoint": "ALL", "ratio": 0.7, "statistic": "p95"})
    assert effect(data, **WANTED)["ratio"] == 0.5
    assert effect(data, **{**WANTED, "statistic": "p95"})["ratio"] == 0.7


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"endpoint": "pay"}, r"no effect has the endpoint 'pay'; use one of ALL, job;"),
        ({"endpoint": "job", "metric": "cpu"}, r"the metric 'cpu' \(of job\); use one of latency_s;"),
        ({"contrast": "x"}, r"the contrast 'x' \(of ALL, latency_s\); use one of all_on / all_off;"),
    ],
)
def test_a_name_that_there_is_not_comes_with_those_that_there_are(wrong: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        effect(summary({"endpoint": "ALL"}, {"endpoint": "job"}), **{**WANTED, **wrong})


def test_without_an_effect_nothing_was_measured() -> None:
    with pytest.raises(InputError, match="nothing was measured"):
        effect(summary(), **WANTED)


def test_the_worst_endpoint_gained_least_for_certain() -> None:
    rows = (
        {"endpoint": "ALL", "ratio": 3.0, "low": 2.9},
        {"endpoint": "a", "ratio": 0.9, "low": 0.8},
        {"endpoint": "b", "ratio": 1.4, "low": 0.5},
        {"endpoint": "c", "ratio": 9.0, "low": None},
    )
    assert worst_endpoint(summary(*rows)) == "a", "the others may be better than that"


def test_without_intervals_the_ratio_decides_and_without_any_none_is_worst() -> None:
    assert worst_endpoint(summary({"endpoint": "a", "ratio": 0.9}, {"endpoint": "b", "ratio": 1.4})) == "b"
    assert worst_endpoint(summary({"endpoint": "a", "ratio": None})) is None
    assert worst_endpoint(summary()) is None


def test_the_most_severe_finding_comes_first_and_is_escaped() -> None:
    rows = [
        {"class": "x", "severity": severity, "sentence": f"<b>{severity}"} for severity in ("note", "warning", "error")
    ]
    listed = findings(summary(findings=rows))
    assert [row["severity"] for row in listed] == ["error", "warning", "note"]
    assert "&lt;b&gt;error" in listed._repr_html_() and "<b>" not in listed._repr_html_()


def test_no_finding_is_good_news() -> None:
    listed = findings(summary())
    assert (
        len(listed) == 0
        and "No problems were found" in listed._repr_html_()
        and "No problems were found" in repr(listed)
    )
