"""The headline figures: three to six, each with what was claimed of it."""

from __future__ import annotations

from typing import Any

from perflab.report.first_page.headlines import cards, headlines
from perflab.run.records import ClaimResult
from perflab.run.summary import Summary
from tests.perflab.load_rows import PAIR, off, on
from tests.perflab.summaries import CLAIM, summary_of


def effect(metric: str, statistic: str = "mean", **changes: Any) -> dict[str, Any]:
    return {
        "endpoint": "ALL", "metric": metric, "statistic": statistic, "contrast": "all_on / all_off", "before": 0.02,
        "after": 0.01, "ratio": 0.5, "low": 0.4, "high": 0.6, "n": 50, "verdict": "better", **changes,
    }  # fmt: skip


def claim(metric: str, verdict: str = "refuted", **changes: Any) -> dict[str, Any]:
    return {
        "statement": f"{metric} <falls>", "metric": metric, "unit": "", "bound": 0.9, "before": 0.02, "after": 0.01,
        "estimate": 0.5, "low": 0.4, "high": 0.6, "scope": "audited", "verdict": verdict, **changes,
    }  # fmt: skip


def summarised(*effects: dict[str, Any], claims: tuple[dict[str, Any], ...] = (), **more: Any) -> Summary:
    return summary_of(effects=effects, claims=claims, **more)


def test_a_run_has_three_to_five_of_them(summary: Summary) -> None:
    cards = headlines(summary)
    assert 3 <= len(cards) <= 5
    assert [headline.name for headline in cards][:2] == ["Service time, median", "Service time, 95th percentile"]
    assert cards[0].claim is not None and cards[0].claim.id == "response-time"


def test_each_goes_from_before_to_after_with_its_interval() -> None:
    (card,) = headlines(summarised(effect("latency_s", "p50")))
    assert (card.before, card.after, str(card.change)) == ("20.0 ms", "10.0 ms", "50% less (40 to 60%)")
    assert card.claim is None


def test_the_first_claim_about_it_stands_with_what_was_found_of_it() -> None:
    first, second = claim("latency_s"), claim("latency_s", "supported")
    (card,) = headlines(summarised(effect("latency_s", "p50"), claims=(first, second)))
    assert card.claim == ClaimResult.of({**CLAIM, **first})
    assert card.measured == "mean service time, audited requests: 50% less (40 to 60%)"


def test_a_claim_that_was_not_measured_says_nothing_of_what_was_found() -> None:
    (card,) = headlines(
        summarised(effect("latency_s", "p50"), claims=(claim("latency_s", "not measured", estimate=None),))
    )
    assert card.measured == ""


def test_where_cpu_in_all_is_unknown_that_of_the_application_stands_for_it() -> None:
    both = headlines(summarised(effect("cpu_s"), effect("app_cpu_s")))
    assert [card.name for card in both] == ["CPU per request"]
    assert [card.name for card in headlines(summarised(effect("app_cpu_s")))] == ["Application CPU per request"]


def test_what_a_million_requests_cost_stands_with_their_cpu() -> None:
    cost = effect("cost_per_million", before=0.2, after=0.1, currency="EUR")
    (card,) = headlines(summarised(effect("cpu_s"), cost))
    assert card.more == "cost of a million requests: 0.200 EUR → 0.100 EUR"
    (card,) = headlines(summarised(effect("cpu_s"), effect("db_cpu_s", before=0.004, after=0.001)))
    assert card.more == "of which database: 4.00 ms → 1.00 ms", "a claim below it may be about that part"


LEDGER = {
    "endpoint": "ALL", "gets": 400, "requests": 300, "hit_rate": {"estimate": 0.3, "low": 0.2, "high": 0.4},
    "served": {"estimate": 0.12, "low": 0.1, "high": 0.14}, "best_rate": 0.35,
}  # fmt: skip


def test_the_hit_rate_is_the_claims_and_else_the_ledgers_and_says_what_it_is_of() -> None:
    claimed = claim("cache_hit_rate", unit="share", estimate=0.26, low=0.22, high=0.3, before=None)
    (card,) = headlines(summarised(claims=(claimed,), cache=[LEDGER]))
    assert (card.after, card.change.interval) == ("26%", "22 to 30%")
    assert card.more == (
        "of lookups by audited requests; caches start empty; over all endpoints, 12.0% of the requests that look something up "
        "are served from the cache, and at best 35.0% of lookups could hit in rounds this short"
    )
    (other,) = headlines(summarised(cache=[LEDGER]))
    assert (other.after, other.change.interval, other.claim) == ("30%", "20 to 40%", None)
    assert other.more is not None and other.more.startswith("of all lookups; caches start empty; ")
    unknown = {**LEDGER, "hit_rate": {"estimate": None, "low": None, "high": None}}
    assert headlines(summarised(cache=[unknown])) == []


def test_a_declared_cache_that_is_never_asked_leads_with_0() -> None:
    rate = {"estimate": 0.0, "low": 0.0, "high": 0.012}
    ledger = {**LEDGER, "gets": 0, "requests": 293, "hit_rate": rate, "served": rate}
    claimed = claim("cache_hit_rate", unit="share", bound=0.8, estimate=0.0, low=0.0, high=0.012, before=None)
    first, second = headlines(summarised(effect("latency_s", "p50"), claims=(claimed,), cache=[ledger]))
    assert (first.name, first.after, second.name) == ("Cache hit rate", "0.0%", "Service time, median")
    assert first.more == "no lookup in 293 requests to endpoints declared as cached"


def test_quantiles_say_that_they_are_not_weighted() -> None:
    (card,) = headlines(summarised(effect("latency_s", "p95")))
    assert card.more == "over all requests, unweighted"


def test_a_card_escapes_what_a_claim_says_and_shows_its_verdict() -> None:
    markup = cards(summarised(effect("latency_s", "p50"), claims=(claim("latency_s"),)))
    assert markup is not None
    assert "&lt;falls&gt;" in markup and "refuted</span>" in markup
    assert cards(summarised()) is None


def test_where_both_ends_were_under_load_the_users_that_they_serve_are_one_of_them() -> None:
    rows = [off(), on(), PAIR]
    (card,) = headlines(summarised(claims=(claim("capacity_users", bound=4),), capacity=rows))
    assert (card.name, card.before, card.after) == ("Users at once", "104", "459")
    assert str(card.change) == "4.41× (4.02 to 4.85×)"
    assert card.more == "20.0 → 90.0 requests per second; then the application's CPU gives out"
    assert card.claim is not None and headlines(summarised(capacity=[off(), on()])) == []


def test_two_revisions_begin_with_a_typical_request_which_has_no_levels() -> None:
    typical = effect("latency_s", "paired_median", before=None, after=None, ratio=1.05, low=1.04, high=1.06)
    summary = summarised(effect("latency_s", "p50"), typical)
    first, second = headlines(summary)
    assert (first.name, first.after, first.change.interval) == ("A typical request", "5.0% more time", "4.0 to 6.0%")
    assert second.name == "Service time, median"
    text = str(cards(summary))
    assert "5.0% more time" in text and "not claimed" not in text, "the scenario makes no claim"
    assert (
        str(cards(summarised(effect("latency_s", "p50"), typical, claims=(claim("cache_hit_rate"),)))).count(
            "not claimed"
        )
        == 1
    )
