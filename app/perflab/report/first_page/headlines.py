"""The headline figures: each from before to after with its interval, and what had been claimed of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from perflab import units
from perflab.analysis.scope import claim_about
from perflab.report import parts, sentences
from perflab.report.html import Markup, below, element, join
from perflab.run.cells import ALL
from perflab.run.metrics import COST, CPU, unit_of

Summary = Mapping[str, Any]

# Name, metric and statistic, and the metrics whose first claim is about it.
FIGURES = (
    ("Service time, median", "latency_s", "p50", ("latency_s",)),
    ("Service time, 95th percentile", "latency_s", "p95", ()),
    ("Queries per request", "query_count", "mean", ("query_count", "duplicate_query_count")),
    ("CPU per request", CPU, "mean", ("cpu_s", "db_cpu_s", "app_cpu_s", "cache_cpu_s")),
    ("Application CPU per request", "app_cpu_s", "mean", ("app_cpu_s", "db_cpu_s", "cache_cpu_s")),
)
HIT_RATE = "cache_hit_rate"


@dataclass(frozen=True)
class Headline:
    """One figure over all requests; `more` says what else it comes to, `claim` is a claim of summary.json."""

    name: str
    before: str
    after: str
    change: str
    interval: str
    more: str | None = None
    claim: Mapping[str, Any] | None = None

    @property
    def found(self) -> str:
        """What was found of the claim, and in which requests, for it seldom is about all of them."""
        if (
            self.claim is None or self.claim["estimate"] is None or self.claim["metric"] == HIT_RATE
        ):  # it is the figure itself
            return ""
        scope = self.claim.get("scope")
        where = "" if scope in (None, "all") else f", {scope} requests" if scope == "audited" else f", {scope}"
        return f"found {sentences.estimate(self.claim)}{where}"


def headlines(summary: Summary) -> list[Headline]:
    """Three to five figures, those left out that this run does not know: service time, queries, CPU, hit rate."""
    return [*_effects(summary), *_hit_rate(summary)]


def _effects(summary: Summary) -> Iterator[Headline]:
    shown: set[str] = set()
    for name, metric, statistic, claimed in FIGURES:
        row = sentences.effect(summary, ALL, metric, statistic=statistic)
        if row is None or (metric == "app_cpu_s" and CPU in shown):  # a part, where the whole is unknown
            continue
        shown.add(metric)
        before, after = (units.in_unit(row[side], unit_of(metric)) for side in ("before", "after"))
        more = _parts_and_cost(summary) if metric == CPU else None
        yield Headline(name, before, after, *sentences.parts_of_change(row), more, claim_about(summary, *claimed))


def _parts_and_cost(summary: Summary) -> str | None:
    """The database's part of all CPU, which claims are often about, and what a million requests cost."""
    said = []
    database = sentences.effect(summary, ALL, "db_cpu_s")
    if database is not None:
        said.append(f"the database's: {sentences.levels(database)}")
    row = sentences.effect(summary, ALL, COST)
    if row is not None:
        unit = row.get("currency") or ""
        before, after = (f"{units.significant(row[side])} {unit}".strip() for side in ("before", "after"))
        said.append(f"a million requests: {after} instead of {before}")
    return "; ".join(said) or None


def _hit_rate(summary: Summary) -> Iterator[Headline]:
    """The claim's own figure, else that of the cache ledger."""
    claim = claim_about(summary, HIT_RATE)
    whole = next((row for row in summary.get("cache") or [] if row["endpoint"] == ALL), None)
    found = claim if claim and claim["estimate"] is not None else (whole or {}).get("hit_rate")
    if not found or found["estimate"] is None:
        return
    low, high = found["low"], found["high"]
    interval = "" if low is None or high is None else f"{units.percent(low)} to {units.percent(high)}"
    before = units.in_unit(found.get("before"), "share")
    after, best = units.percent(found["estimate"]), whole["best_rate"] if whole else None
    more = "" if claim is None or claim.get("scope") in (None, "all") else f"{claim['scope']} requests; "
    more += "caches begin empty"
    more += (
        "" if best is None else f"; over all that ask a cache, at best {units.percent(best, 0)} in rounds like these"
    )
    yield Headline("Cache lookups that hit", before, after, "", interval, more, claim)


def cards(summary: Summary) -> Markup | None:
    """The figures as a list of cards; nothing where there is none."""
    items = [_card(headline) for headline in headlines(summary)]
    if not items:
        return None
    return element("ul", *items, class_="cards", aria_label="A request, everything off and everything on")


def _card(one: Headline) -> Markup:
    was = None if one.before == units.UNKNOWN else [
        element("span", one.before, class_="was"), element("span", " → ", class_="arrow")
    ]  # fmt: skip
    claim = None
    if one.claim is not None:
        verdict = join([element("span", f"“{one.claim['statement']}” "), parts.chip(one.claim["verdict"])])
        claim = element(
            "span", verdict, below(one.found) if one.found else None, class_="claim", style="display: block"
        )
    return element(
        "li",
        element("span", one.name, class_="name", style="display: block"),
        element("span", *(was or []), element("strong", one.after), class_="levels"),
        element("span", one.change, class_="whole") if one.change else None,
        below(one.interval, whole=True) if one.interval else None,
        below(one.more) if one.more else None,
        claim or element("span", "no claim about it", class_="claim reason", style="display: block"),
    )
