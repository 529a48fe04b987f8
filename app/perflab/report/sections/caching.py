"""What the cache does: its hit rate, what a hit saves and a miss costs, and what writes remove from it."""

from __future__ import annotations

from collections.abc import Sequence

from perflab import units
from perflab.analysis.caching.findings import CLASSES
from perflab.report import estimates, lookup, parts
from perflab.report.estimates import EstimateText
from perflab.report.html import Column, Markup, Section, below, bullets, element, join, note, paragraph, section, table
from perflab.report.lookup import Row
from perflab.run.cells import ALL
from perflab.run.scenario import writing_endpoints
from perflab.run.store import Run
from perflab.run.summary import Summary, warm_s

ID = "caching"
HEADING = "Caching"
NOTHING = "With everything on, no request looked anything up in a cache."
NOTHING_ALONE = "No request looked anything up in a cache."
NOTE_ALONE = (
    "Lookups are those of the measured requests, unweighted; the 95% interval over rounds is below each figure. A request is "
    "served from the cache if it hits, does not miss, and makes no query. “At best” is the share of requests whose response had "
    "already been computed in the round and was still valid. What a hit saves, what a miss costs and whether responses are out "
    "of date, only a factor that switches the cache off can show."
)
NOTE = (
    "Lookups are those of the measured requests with everything on, unweighted; the 95% interval over rounds is below each "
    "figure. A request is served from the cache if it hits, does not miss, and makes no query; it may take several "
    "lookups. “At best” is the share of requests whose response had already been computed in the round and was still "
    "valid; no cache of responses can do better without wrong ones. It is not given for a cache of objects, which can hit "
    "for responses that were never computed before, nor where traffic came before the round. “Cold” is a round's first minute "
    "of traffic, where rounds begin with empty caches. Among the "
    "reads after a write, only the first must miss. Hits and misses are timed against the same request in the cell "
    "where only the caches are off. Sizes and times to live were recorded in the check requests."
)
COLUMNS = [
    Column("Endpoint"), Column("Lookups", True), Column("Hit rate", True), Column("By situation", True),
    Column("A hit saves", True), Column("A miss costs", True), Column("Entries", True), Column("Wrong responses", True),
]  # fmt: skip
COMPARED = (COLUMNS[4], COLUMNS[5], COLUMNS[7])
# The kinds of wrong responses that a cache gives, by their keys and in words.
WRONG = (("stale", "stale"), ("cross_user_leak", "leaked to another user"))
WRITE_COLUMNS = [
    Column("Write"), Column("Requests", True), Column("Entries deleted", True), Column("Deleted per request", True),
]  # fmt: skip


def build(summary: Summary, run: Run) -> Section | None:
    """Return the section; None of a project without a cache: no factor switches one, and no request used any."""
    if not lookup.uses_cache(summary, run) and not lookup.findings(summary, CLASSES):
        return None
    return shown(summary, run)


def shown(summary: Summary, run: Run) -> Section:
    """Return the cache ledger: a row for each endpoint that uses the cache, then one for each write."""
    rows, whole = summary.cache, lookup.cache_of_all(summary)
    findings = bullets(finding.sentence for finding in lookup.findings(summary, CLASSES))
    cached = [row for row in rows if row is not whole and (row["gets"] or row["declared_cached"])]
    if whole is None or not cached:
        return section(ID, HEADING, paragraph(NOTHING if run.factors else NOTHING_ALONE), findings)
    cached.sort(key=lambda row: (-row["gets"], row["endpoint"]))
    writing = writing_endpoints(run.scenario)
    writes = [_write(row) for row in rows if row is not whole and row["endpoint"] in writing]
    body = [_row(row) for row in [whole, *cached]]
    return section(
        ID, HEADING, paragraph(_lead(whole, cached), "lead"), findings,
        _of_endpoints(body, compared=bool(run.factors)),
        paragraph(_expiry(cached, run)), paragraph(_flush(summary.flush)),
        table("Cache entries deleted by writes", WRITE_COLUMNS, writes) if writes else None,
        paragraph(lookup.control(summary, "cache_counts").get("sentence")), note(NOTE if run.factors else NOTE_ALONE),
    )  # fmt: skip


def _of_endpoints(body: Sequence[list[str | Markup]], *, compared: bool) -> Markup:
    """The table of endpoints; without the columns that rest on a cell without caches where there is none."""
    if compared:
        return table("How each endpoint uses the cache, with everything on", COLUMNS, body, stacked=True)
    places = [place for place, column in enumerate(COLUMNS) if column not in COMPARED]
    rows = [[row[place] for place in places] for row in body]
    return table("How each endpoint uses the cache", [COLUMNS[place] for place in places], rows, stacked=True)


def _lead(whole: Row, cached: Sequence[Row]) -> str:
    """The hit rate and what it is of, how high it could be, and what that is worth."""
    if not whole["gets"]:
        return f"None of {whole['requests']:,} requests to endpoints marked as cached looked anything up in the cache."
    best = whole["best_rate"]
    rate = f"{estimates.rate(whole['hit_rate'])} of {whole['gets']:,} lookups hit"
    if best is not None and whole["hits"] >= round(best * max(whole["requests"], whole["gets"])):
        rate += ", the highest rate possible in rounds this short without wrong responses"
    elif best is not None:
        rate += f"; at best {units.percent(best)} could have hit without a wrong response"
    served, wrong = estimates.rate(whole.get("served")), whole["stale"] + whole["cross_user_leak"]
    unused = [row["endpoint"] for row in cached if not row["gets"]]
    lines = [
        f"The cache returned {wrong:,} wrong responses." if wrong else None,
        f"{rate}.",
        f"The cache served {served} of {units.counted(whole['requests'], 'request')} to these endpoints."
        if served.known
        else None,
        _worth(whole),
        f"Marked as cached, but never looked up: {', '.join(unused)}." if unused and not wrong else None,
        _not_counted(whole),
    ]
    return " ".join(line for line in lines if line)


def _not_counted(whole: Row) -> str | None:
    """Which keys are left out of the hit rate, because the project does not cache in them."""
    keys = whole.get("not_counted")
    if not keys:
        return None
    return (
        f"Hits of entries that a request counts in or replaces are left out: {', '.join(keys)} "
        "(# is a number; as recorded in the check requests)."
    )


def _worth(whole: Row) -> str | None:
    """What a hit saves and a miss costs; None where neither is known."""
    saved, cost = whole["saved_s"], whole["miss_cost"]
    lines = []
    if saved:
        gain = saved["estimate"]
        lines.append(f"a hit saves {units.seconds(gain)}" if gain > 0 else f"a hit costs {units.seconds(-gain)}")
    if cost and cost["estimate"] is not None:
        lines.append(f"a miss takes {estimates.pace(cost['estimate'], cost['low'], cost['high'])}")
    return f"Compared with no cache, {' and '.join(lines)}." if lines else None


def _expiry(cached: Sequence[Row], run: Run) -> str | None:
    """Whether entries got as old as their time to live; None where all could."""
    unexpired = [row["endpoint"] for row in cached if row["could_expire"] is False]
    if not unexpired:
        return None
    rate = (run.scenario.get("traffic") or {}).get("rate_per_s")
    pace = f" ({float(rate):g} requests per second)" if rate else ""
    all_ = len(unexpired) == sum(row["could_expire"] is not None for row in cached)
    which = f"the TTL of {', '.join(unexpired)}, so none of their entries expired"
    if all_:
        which = "any TTL, so no entry expired"
    if warm_s(run.environment):
        return (
            f"Rounds{pace}, with the traffic before them, are shorter than {which}; expiry would lower the hit rate. The chart "
            "of the hit rate models it."
        )
    return (
        f"Rounds{pace} are shorter than {which}; expiry would lower the hit rate. Caches also start empty, which "
        "lowers the hit rate in this run. The chart of the hit rate models both effects."
    )


def _flush(flush: Row) -> str | None:
    """What a flush of the caches costs; None where that is unknown, or nothing."""
    if not flush:
        return None
    ends = [units.seconds(flush[end]) for end in ("low", "high") if flush[end] is not None]
    miss = units.seconds(flush["miss_s"]) + (f" ({' to '.join(ends)})" if ends else "")
    return (
        f"A flush costs {units.seconds(flush['extra_s'])} of service time: caches are cold for "
        f"{units.clock(flush['until_s'])} of traffic at the scenario's rate. In that time, {round(flush['misses']):,} lookups "
        f"more miss than later, and each takes {miss} longer than a hit of the same endpoint, so that the mean service time is "
        f"{units.percent(flush['slowdown'])} higher."
    )


def _row(row: Row) -> list[str | Markup]:
    unmarked = None if row["endpoint"] == ALL or row["declared_cached"] else below("not marked as cached")
    name = "All endpoints" if row["endpoint"] == ALL else row["endpoint"]
    hits, misses = units.counted(row["hits"], "hit"), units.counted(row["misses"], "miss", "misses")
    best = f"at best {units.percent(row['best_rate'])}" if row["best_rate"] is not None else ""
    served = estimates.rate(row.get("served"))
    wrong = [f"{row[kind]:,} {word}" for kind, word in WRONG if row[kind]]
    return [
        join([element("span", name), unmarked]),
        join([f"{row['gets']:,}", below(hits, whole=True), below(misses, whole=True)]),
        parts.figure(
            estimates.rate(row["hit_rate"]), *([best, f"serves {served.value} of requests"] if served.known else [best])
        ),
        _by_phase(row),
        _saved(row["saved_s"]),
        _cost(row["miss_cost"]),
        _entries(row),
        join([wrong[0], *(below(line) for line in wrong[1:])]) if wrong else "0",
    ]


def _by_phase(row: Row) -> str | Markup:
    """The hit rates of cold and warm caches, and of reads after a write."""
    rates = (
        ("cold", row["cold_rate"]),
        ("warm", row["warm_rate"]),
        ("after a write", row["after_write_rate"]),
    )
    lines = [f"{word} {units.percent(rate)}" for word, rate in rates if rate is not None]
    return join([lines[0], *(below(line, whole=True) for line in lines[1:])]) if lines else units.UNKNOWN


def _saved(saved: Row | None) -> str | Markup:
    if saved is None:
        return units.UNKNOWN
    low, high = saved["low"], saved["high"]
    interval = "" if low is None or high is None else f"{_signed_seconds(low)} to {_signed_seconds(high)}"
    return parts.figure(EstimateText(_signed_seconds(saved["estimate"]), interval), units.counted(saved["n"], "hit"))


def _signed_seconds(value: float) -> str:
    return units.seconds(value).replace("-", "−")


def _cost(cost: Row | None) -> str | Markup:
    if cost is None or cost["estimate"] is None:
        return units.UNKNOWN
    change = estimates.relative(cost["estimate"], cost["low"], cost["high"])
    return parts.figure(change, units.counted(cost["n"], "miss", "misses"))


def _entries(row: Row) -> str | Markup:
    """How many entries were stored, how large the median one is, and how long they live."""
    lines = [f"{units.size(row['entry_bytes'])} each"] if row["entry_bytes"] is not None else []
    if row["raw_bytes"] is not None:
        lines.append(f"{units.size(row['raw_bytes'])} uncompressed")
    if row["ttl_s"] and row["endpoint"] != ALL:
        lines.append(f"TTL {', '.join(map(_ttl, row['ttl_s']))}")
    return join([f"{row['sets']:,} stored", *(below(line, whole=True) for line in lines)])


def _ttl(ttl_s: str | float) -> str:
    """A time to live; a text stands for an entry that never expires."""
    if isinstance(ttl_s, str):
        return "none"
    return units.clock(ttl_s).removesuffix(" 00 s").removesuffix(" 00 min")


def _write(row: Row) -> list[str | Markup]:
    each = row["deletes_per_request"]
    per_request = units.UNKNOWN if each is None else units.significant(each)
    return [row["endpoint"], f"{row['requests']:,}", f"{row['deletes']:,}", per_request]
