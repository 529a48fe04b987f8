"""Findings by cause: one line for each, and one of each class before a second of any."""

from __future__ import annotations

from typing import Any

from perflab.report.first_page.causes import causes, left_out
from perflab.run.records import Finding
from tests.perflab import summaries


def repeated(endpoint: str, source: str = "shop/cards.py:9 card", **changes: Any) -> Finding:
    sentence = f"{endpoint} makes the same query (at {source})."
    return summaries.finding(
        **{
            "class": "repeated_query",
            "endpoint": endpoint,
            "sentence": sentence,
            "example": {"source": source},
            **changes,
        }
    )


def sentences(*findings: Finding) -> list[str]:
    return [cause.sentence for cause in causes(findings)]


def test_what_one_line_does_in_several_endpoints_is_told_once() -> None:
    found = [repeated("job", count=9), repeated("pay"), repeated("list"), repeated("other", "shop/pages.py:3 page")]
    assert sentences(*found) == [
        "job makes the same query (at shop/cards.py:9 card). The same is found in pay and list.",
        "other makes the same query (at shop/pages.py:3 page).",
    ]
    many = [repeated(f"e{number}") for number in range(6)]
    assert sentences(*many) == [
        "e0 makes the same query (at shop/cards.py:9 card). The same is found in e1, e2, e3 and 2 more endpoints."
    ]


def test_the_endpoint_in_which_it_is_most_often_speaks_for_the_others() -> None:
    assert sentences(repeated("pay", count=3), repeated("job", count=40))[0].startswith("job makes ")


def test_one_of_each_class_comes_before_a_second_of_any() -> None:
    never = {"class": "cache_never_read", "count": 1}
    found = [
        repeated("a", "one.py:1 f"), repeated("b", "two.py:1 f"), summaries.finding(**never, endpoint="c", sentence="c never."),
        summaries.finding(**{"class": "request_failed"}, severity="error", endpoint="d", sentence="d fails."),
    ]  # fmt: skip
    assert [text.split()[0] for text in sentences(*found)] == ["d", "a", "c", "b"]


def test_classes_that_are_about_no_endpoint_are_not_taken_together() -> None:
    rows = [summaries.finding(**{"class": "index_missing"}, sentence=f"{n}.") for n in range(2)]
    assert sentences(*rows) == ["0.", "1."]


def test_what_is_left_out_is_counted_by_the_section_that_has_it() -> None:
    other = summaries.finding(**{"class": "ttl_short"}, endpoint="job", sentence="too short.")
    unknown = summaries.finding(**{"class": "of_a_later_version"}, endpoint="job", sentence="x.")
    rest = causes([repeated("a"), repeated("b"), other, unknown])
    assert left_out(rest) == (
        "4 more findings are left out here: 2 under “Database queries”, 1 under “Caching” and 1 in summary.json."
    )
    sorts = [
        summaries.finding(**{"class": "sort_unserved"}, endpoint="job", sentence="job sorts.", example=example)
        for example in ({"index": "models.Index(fields=['a'])"}, {"sql": "SELECT DISTINCT"})
    ]
    assert left_out(causes(sorts)) == (
        "2 more findings are left out here: 1 under “Which indexes are needed?” and 1 under “Database queries”."
    )
    assert left_out(causes([other])) == "1 more finding is left out here: under “Caching”."
