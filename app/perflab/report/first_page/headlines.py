"""The headline figures: each from before to after with its interval, and what was claimed of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from perflab import units
from perflab.report import estimates, lookup, parts
from perflab.report.estimates import EstimateText
from perflab.report.first_page.spent import level
from perflab.report.html import Markup, below, element, join
from perflab.report.lookup import Row
from perflab.run.cells import ALL, BASELINE, OPTIMISED
from perflab.run.metrics import COST, CPU, metric_of, title_of, unit_of
from perflab.run.records import ClaimResult
from perflab.run.summary import Summary, warm_s

# Name, metric and statistic, and the metrics whose first claim is about it.
FIGURES = (
    ("Service time, median", "latency_s", "p50", ("latency_s",)),
    ("Service time, 95th percentile", "latency_s", "p95", ()),
    ("Queries per request", "query_count", "mean", ("query_count", "duplicate_query_count")),
    ("CPU per request", CPU, "mean", ("cpu_s", "db_cpu_s", "app_cpu_s", "cache_cpu_s")),
    ("Application CPU per request", "app_cpu_s", "mean", ("app_cpu_s", "db_cpu_s", "cache_cpu_s")),
)
HIT_RATE, USERS = "cache_hit_rate", "capacity_users"
WHOLE_LOAD = f"{OPTIMISED} / {BASELINE}"
# Means are by the scenario's weights; quantiles are not.
CARDS, CARDS_ALONE = "A request, everything off and everything on", "A request"
TYPICAL, PAIRED = "A typical request", "median over requests, each beside the same one in the old revision"
UNWEIGHTED = "over all requests, unweighted"


@dataclass(frozen=True)
class Headline:
    """One figure over all requests; `more` is a further explanation, `claim` the first claim about it.

    Without a comparison there is no `before`, and `change` has the interval of the level.
    """

    name: str
    before: str
    after: str
    change: EstimateText
    more: str | None = None
    claim: ClaimResult | None = None
    is_compared: bool = True

    @property
    def measured(self) -> str:
        """What was measured of the claim, and in which requests: the figure above may be another statistic of all requests.

        Empty for the hit rate and the users, where it is the figure itself.
        """
        if self.claim is None or self.claim.estimate is None or self.claim.metric in (HIT_RATE, USERS):
            return ""
        scope, title = self.claim.scope, title_of(self.claim.metric)
        where = "" if scope in (None, "all") else f", {scope} requests"
        what = f"mean {title}" if metric_of(self.claim.metric).kind == "reduction" else title
        return f"{what}{where}: {estimates.estimate(self.claim)}"


def headlines(summary: Summary) -> list[Headline]:
    """Return three to six figures, as far as this run has them: service time, queries, CPU, hit rate, users.

    The hit rate leads where the cache is never asked.
    """
    if summary.levels:
        return [*_levels(summary), *_hit_rate(summary), *_load(summary)]
    figures = _effects(summary), _hit_rate(summary)
    ordered = reversed(figures) if lookup.never_asked(summary) else figures
    return [headline for part in (*ordered, _capacity(summary)) for headline in part]


def _capacity(summary: Summary) -> Iterator[Headline]:
    """How many users both ends serve, where both were under load."""
    rows = {row["cell"]: row for row in summary.capacity if "cell" in row}
    pair = next((row for row in summary.capacity if row.get("contrast") == WHOLE_LOAD), None)
    if pair is None:
        return
    before, after = (rows[name]["users"]["estimate"] for name in (BASELINE, OPTIMISED))
    ratio = pair["users_ratio"]
    interval = "" if ratio["low"] is None else f"{units.significant(ratio['low'])} to {units.times(ratio['high'])}"
    rates = " → ".join(units.significant(rows[name]["rate_per_s"]["estimate"]) for name in (BASELINE, OPTIMISED))
    yield Headline(
        "Users at once",
        units.significant(before),
        units.significant(after),
        EstimateText(units.times(ratio["estimate"]), interval),
        f"{rates} requests per second; then {rows[OPTIMISED]['resources'][0]['name']} gives out",
        lookup.claim_about(summary, USERS),
    )


def _load(summary: Summary) -> Iterator[Headline]:
    """How many users the only cell serves, where it was under load."""
    row = next((row for row in summary.capacity if row.get("cell") == BASELINE), None)
    if row is None or row["users"]["estimate"] is None:
        return
    users, low, high = (units.significant(row["users"][end]) for end in ("estimate", "low", "high"))
    more = f"{units.significant(row['rate_per_s']['estimate'])} requests per second; then {row['resources'][0]['name']} gives out"
    interval = "" if row["users"]["low"] is None else f"{low} to {high}"
    yield Headline("Users at once", units.UNKNOWN, users, EstimateText("", interval), more, is_compared=False)


def _levels(summary: Summary) -> Iterator[Headline]:
    shown: set[str] = set()
    for name, metric, statistic, _ in FIGURES:
        row = lookup.level(summary, ALL, metric, statistic)
        if row is None or (metric == "app_cpu_s" and CPU in shown):
            continue
        shown.add(metric)
        text = level(row)
        more = _parts_of_level(summary) if metric == CPU else UNWEIGHTED if statistic != "mean" else None
        yield Headline(name, units.UNKNOWN, text.value, EstimateText("", text.interval), more, is_compared=False)


def _parts_of_level(summary: Summary) -> str | None:
    """The database's part of all CPU, and what a million requests cost."""
    database, cost = lookup.level(summary, ALL, "db_cpu_s"), lookup.level(summary, ALL, COST)
    texts = [] if database is None else [f"of which database: {level(database).value}"]
    if cost is not None and cost["estimate"] is not None:
        price = f"{units.significant(cost['estimate'])} {cost.get('currency') or ''}".strip()
        texts.append(f"cost of a million requests: {price}")
    return "; ".join(texts) or None


def _effects(summary: Summary) -> Iterator[Headline]:
    shown: set[str] = set()
    typical = lookup.typical(summary).get(ALL)
    if typical is not None:
        change = estimates.paced(typical)
        interval = EstimateText("", change.interval)
        yield Headline(TYPICAL, units.UNKNOWN, change.value, interval, PAIRED, is_compared=False)
    for name, metric, statistic, claimed in FIGURES:
        effect = lookup.effect(summary, ALL, metric, statistic=statistic)
        if effect is None or (metric == "app_cpu_s" and CPU in shown):  # a part, where the whole is unknown
            continue
        shown.add(metric)
        before, after = (units.in_unit(level, unit_of(metric)) for level in (effect.before, effect.after))
        more = _parts_and_cost(summary) if metric == CPU else UNWEIGHTED if statistic != "mean" else None
        yield Headline(name, before, after, estimates.change(effect), more, lookup.claim_about(summary, *claimed))


def _parts_and_cost(summary: Summary) -> str | None:
    """The database's part of all CPU, which claims are often about, and what a million requests cost."""
    texts = []
    database = lookup.effect(summary, ALL, "db_cpu_s")
    if database is not None:
        texts.append(f"of which database: {estimates.levels(database)}")
    cost = lookup.effect(summary, ALL, COST)
    if cost is not None:
        unit = cost.currency or ""
        before, after = (f"{units.significant(level or 0.0)} {unit}".strip() for level in (cost.before, cost.after))
        texts.append(f"cost of a million requests: {before} → {after}")
    return "; ".join(texts) or None


def _hit_rate(summary: Summary) -> Iterator[Headline]:
    """The claim's own figure, else that of the cache ledger."""
    claim, whole = lookup.claim_about(summary, HIT_RATE), lookup.cache_of_all(summary)
    before, rate, scope = None, EstimateText(units.UNKNOWN), None
    if claim is not None and claim.estimate is not None:
        before, rate, scope = claim.before, estimates.estimate(claim), claim.scope
    elif whole is not None:
        rate = estimates.rate(whole["hit_rate"])
    if not rate.known:
        return
    of = (
        "of all lookups"
        if scope in (None, "all")
        else f"of lookups by {scope}{' requests' if scope == 'audited' else ''}"
    )
    if whole is not None and not whole["gets"]:
        texts = [_never_asked(whole)]
    elif scope in (None, "all"):
        texts = [of, _start(summary), *_limits(whole)]
    else:  # the limits are those of all requests
        limits = ", and ".join(_limits(whole))
        texts = [of, _start(summary), *([f"over all endpoints, {limits}"] if limits else [])]
    yield Headline(
        "Cache hit rate",
        units.in_unit(before, "share"),
        rate.value,
        EstimateText("", rate.interval),
        "; ".join(texts),
        claim,
        not summary.levels,
    )


def _start(summary: Summary) -> str:
    """How warm the caches are when a round begins."""
    seconds = warm_s(summary.environment)
    return f"after {units.clock(seconds)} of traffic" if seconds else "caches start empty"


def _never_asked(whole: Row) -> str:
    requests = units.counted(whole["requests"], "request")
    return (
        f"no lookup in {requests} to endpoints declared as cached" if whole["requests"] else "no request used the cache"
    )


def _limits(whole: Row | None) -> Iterator[str]:
    """What share of requests all caches served, and could have served at best."""
    if whole is None or not whole["gets"]:
        return
    served, best = estimates.rate(whole.get("served")), whole["best_rate"]
    if served.known:
        yield f"{served.value} of the requests that look something up are served from the cache"
    if best is not None:
        yield f"at best {units.percent(best)} of lookups could hit in rounds this short"


def cards(summary: Summary) -> Markup | None:
    """Return the figures as a list of cards; None where there is none."""
    items = [_card(headline, bool(summary.claims)) for headline in headlines(summary)]
    if not items:
        return None
    return element("ul", *items, class_="cards", aria_label=CARDS_ALONE if summary.levels else CARDS)


def _card(headline: Headline, has_claims: bool) -> Markup:
    was = None if headline.before == units.UNKNOWN else [
        element("span", headline.before, class_="was"), element("span", " → ", class_="arrow")
    ]  # fmt: skip
    change = headline.change
    return element(
        "li",
        element("span", headline.name, class_="name", style="display: block"),
        element("span", *(was or []), element("strong", headline.after), class_="levels"),
        element("span", change.value, class_="whole") if change.value else None,
        below(change.interval) if change.interval else None,
        below(headline.more) if headline.more else None,
        _claim(headline, has_claims),
    )


def _claim(headline: Headline, has_claims: bool) -> Markup | None:
    if headline.claim is None and not (headline.is_compared and has_claims):
        return None
    if headline.claim is None:
        return element("span", "not claimed", class_="claim reason", style="display: block")
    verdict = join([element("span", f"“{headline.claim.statement}” "), parts.chip(headline.claim.verdict)])
    measured = below(headline.measured) if headline.measured else None
    return element("span", verdict, measured, class_="claim", style="display: block")
