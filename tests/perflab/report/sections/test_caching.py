"""The section that says what the cache does."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.report.html import Section
from perflab.report.sections.caching import build
from tests.perflab import saved_run
from tests.perflab.summaries import summary_of
from tests.perflab.synthetic import scenario

RATE = {"estimate": 0.241, "low": 0.2, "high": 0.2825, "rounds": 8}
ROW: dict[str, Any] = {
    "endpoint": "job", "declared_cached": True, "requests": 520, "gets": 500, "hits": 120, "misses": 380, "sets": 370,
    "deletes": 0,
    "hit_rate": RATE, "after_write_rate": 0.0, "cold_rate": 0.241, "warm_rate": None, "best_rate": 0.44,
    "saved_s": {"estimate": 0.006, "low": 0.005, "high": 0.007, "n": 118},
    "miss_cost": {"estimate": 1.12, "low": 1.05, "high": 1.2, "n": 380},
    "deletes_per_request": 0.0, "entry_bytes": 1200.0, "raw_bytes": 5000.0, "ttl_s": [1800.0], "personal": False,
    "could_expire": False, "stale": 0, "cross_user_leak": 0, "not_counted": [],
    "served": {"estimate": 0.181, "low": 0.162, "high": 0.2, "rounds": 8},
}  # fmt: skip
WHOLE = {**ROW, "endpoint": "ALL", "declared_cached": False, "ttl_s": [1800.0, 300.0]}
WRITE = {**ROW, "endpoint": "pay", "declared_cached": False, "gets": 0, "hits": 0, "misses": 0, "requests": 40, "deletes": 60,
         "deletes_per_request": 1.5}  # fmt: skip
NOTHING = {"estimate": 0.0, "low": 0.0, "high": 0.012, "rounds": 8}
NEVER = {**ROW, "endpoint": "profile", "gets": 0, "hits": 0, "misses": 0, "hit_rate": NOTHING,
         "served": NOTHING, "sets": 0, "entry_bytes": None, "raw_bytes": None,
         "ttl_s": [], "could_expire": None, "saved_s": None, "miss_cost": None}  # fmt: skip
FINDING = {
    "class": "counter_race",
    "sentence": "job reads n and writes it back.",
    "severity": "warning",
    "endpoint": "job",
}


def shown(*rows: dict[str, Any], findings: list[dict[str, Any]] | None = None, **control: Any) -> Section:
    data = scenario()
    data["traffic"]["rate_per_s"] = 50.0
    run = saved_run.without_samples(scenario=data)
    section = build(summary_of(cache=list(rows), findings=findings or [], control=control), run)
    assert section is not None
    return section


def test_a_project_without_a_cache_has_no_such_section() -> None:
    data = scenario(factors=[{"name": "queries", "kind": "setting"}])
    run = saved_run.without_samples(scenario=data)
    assert build(summary_of(cache=[]), run) is None
    assert build(summary_of(cache=[WHOLE, ROW]), run) is not None, "it uses one, though no factor switches it"
    assert build(summary_of(cache=[], findings=[FINDING]), run) is not None


def test_the_lead_says_what_was_found() -> None:
    text = shown(WHOLE, ROW, WRITE).text
    assert text.startswith(
        "Caching\n\n24% (20 to 28%) of 500 lookups hit; at best 44.0% could have hit without a wrong response. The cache served "
        "18.1% (16.2 to 20.0%) of 520 requests to these endpoints. Compared with no cache, a hit saves 6.00 ms and a miss "
        "takes 12% more time."
    )
    (job,) = (line for line in text.splitlines() if line.startswith("  job "))
    for part in (
        "500",
        "24% · 20 to 28% · at best 44.0% · serves 18.1% of requests",
        "6.00 ms · 5.00 ms to 7.00 ms",
        "12% more",
    ):
        assert part in job
    assert any(line.split() == ["pay", "40", "60", "1.50"] for line in text.splitlines())


def test_keys_whose_hits_do_not_count_are_named() -> None:
    text = shown({**WHOLE, "not_counted": ["throttle_anon_#", "views:#"]}, ROW).text
    assert "replaces are left out: throttle_anon_#, views:# (# is a number; as recorded in the check requests)." in text
    assert "left out" not in shown(WHOLE, ROW).text


def test_a_run_of_an_earlier_version_has_no_share_of_requests() -> None:
    older = [{key: value for key, value in row.items() if key not in ("served", "not_counted")} for row in (WHOLE, ROW)]
    section = shown(*older)
    assert "The cache served" not in section.text and "serves" not in section.markup


def test_a_cache_that_hits_as_often_as_it_may_is_reported() -> None:
    section = shown({**WHOLE, "best_rate": 120 / 520}, ROW)
    assert (
        "hit, the highest rate possible in rounds this short without wrong responses. The cache served" in section.text
    )
    assert "hit. The cache served" in shown({**WHOLE, "best_rate": None}, ROW).text
    often = {**WHOLE, "requests": 250, "best_rate": 120 / 250}  # two lookups a request
    assert "at best 48.0% could have hit" in shown(often, ROW).text


def test_the_tables_have_reads_and_writes() -> None:
    markup = str(shown(WHOLE, ROW, WRITE).markup)
    parts = (
        "All endpoints", "120 hits", "380 misses", "at best 44.0%", "cold 24.1%", "after a write 0.0%",
        "5.00 ms to 7.00 ms", "12% more", "5 to 20%", "1.17 KiB each", "4.88 KiB uncompressed", "TTL 30 min",
        "Cache entries deleted by writes",
    )  # fmt: skip
    for part in parts:
        assert part in markup, part
    assert "warm" not in markup.split("</table>")[0], "what was not measured is left out"
    assert "1.50" in markup.split("Cache entries deleted by writes")[-1]


def test_one_is_one() -> None:
    markup = str(shown(WHOLE, {**ROW, "hits": 1, "misses": 1}).markup)
    assert ">1 hit<" in markup and ">1 miss<" in markup


def test_what_is_unknown_is_a_dash() -> None:
    markup = str(
        shown(WHOLE, {**ROW, "saved_s": None, "miss_cost": None, "cold_rate": None, "after_write_rate": None}).markup
    )
    assert "None" not in markup and markup.count('class="number unknown"') == 3
    assert "Cache entries deleted by writes" not in markup


def test_wrong_responses_come_first() -> None:
    section = shown({**WHOLE, "stale": 3, "cross_user_leak": 1}, {**ROW, "stale": 3, "cross_user_leak": 1})
    assert "\n\nThe cache returned 4 wrong responses. 24%" in section.text
    assert "3 stale" in section.markup and "1 leaked to another user" in section.markup


def test_what_is_marked_as_cached_and_never_looked_up() -> None:
    text = shown(WHOLE, ROW, NEVER).text
    assert "Marked as cached, but never looked up: profile." in text
    (row,) = (line for line in text.splitlines() if line.startswith("  profile "))
    assert row.split()[:9] == ["profile", "0", "·", "0", "hits", "·", "0", "misses", "0.0%"]
    nothing = {**WHOLE, "gets": 0, "hits": 0, "misses": 0}
    assert (
        "None of 520 requests to endpoints marked as cached looked anything up in the cache."
        in shown(nothing, NEVER).text
    )


@pytest.mark.parametrize(
    ("expire", "expected"),
    [((False, False), "Rounds (50 requests per second) are shorter than any TTL, so no entry expired;"),
     ((False, True), "shorter than the TTL of job, so none of their entries expired;"),
     ((True, True), None), ((None, None), None)],
)  # fmt: skip
def test_entries_that_could_not_expire_are_told(expire: tuple[bool | None, bool | None], expected: str | None) -> None:
    first, second = expire
    text = shown(WHOLE, {**ROW, "could_expire": first}, {**ROW, "endpoint": "list", "could_expire": second}).text
    assert ("expiry would lower the hit rate" in text) is (expected is not None)
    assert (expected or "") in text


def test_findings_of_the_cache_are_listed_and_the_servers_own_counters_reported() -> None:
    other = {**FINDING, "class": "repeated_query", "sentence": "job repeats a query."}
    section = shown(
        WHOLE, ROW, findings=[FINDING, other], cache_counts={"agree": True, "sentence": "The counters agree."}
    )
    assert "- job reads n and writes it back." in section.text and "job repeats a query" not in section.text
    assert "<li>job reads n and writes it back.</li>" in section.markup
    assert "The counters agree." in section.text and "The counters agree." in section.markup


def test_a_hit_that_costs_is_stated() -> None:
    slow = {"estimate": -0.001, "low": -0.002, "high": 0.0, "n": 9}
    section = shown({**WHOLE, "saved_s": slow}, {**ROW, "saved_s": slow})
    assert "a hit costs 1.00 ms and" in section.text
    assert "−1.00 ms" in section.markup


def test_a_run_without_a_cache_says_so_and_its_findings_all_the_same() -> None:
    section = shown(findings=[FINDING])
    assert "no request looked anything up in a cache" in section.text and "- job reads n" in section.text
    assert "<table" not in section.markup


def test_hostile_names_are_escaped() -> None:
    assert (
        "<script>"
        not in shown(WHOLE, {**ROW, "endpoint": "<script>"}, findings=[{**FINDING, "sentence": "<b>"}]).markup
    )


def test_a_flush_has_its_cost() -> None:
    cost = {
        "until_s": 198.1, "requests": 10_020, "misses": 858.6, "miss_s": 0.00491, "low": 0.00472, "high": 0.00512,
        "extra_s": 4.21, "slowdown": 0.1133,
    }  # fmt: skip
    run = saved_run.without_samples(scenario=scenario())
    texts = []
    for flush in (cost, {**cost, "low": None, "high": None}, {}):
        section = build(summary_of(cache=[WHOLE, ROW], flush=flush), run)
        assert section is not None
        texts.append(section.text)
    assert (
        "A flush costs 4.21 s of service time: caches are cold for 3 min 18 s of traffic at the scenario's rate. In that time, "
        "859 lookups more miss than later, and each takes 4.91 ms (4.72 ms to 5.12 ms) longer than a hit of the same endpoint, "
        "so that the mean service time is 11.3% higher."
    ) in texts[0]
    assert "each takes 4.91 ms longer than a hit" in texts[1] and "A flush costs" not in texts[2]
