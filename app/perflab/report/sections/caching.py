"""What the cache does: how often it is asked and has the answer, what that saves and costs, and what writes drop from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perflab import units
from perflab.analysis.caching.findings import CLASSES
from perflab.report import sentences
from perflab.report.html import Column, Markup, Section, below, element, join, section, table
from perflab.run.cells import ALL
from perflab.run.store import Run

# The kinds of wrong responses that a cache gives, by their keys and in words.
WRONG = (("stale", "stale"), ("cross_user_leak", "leaked"))
Summary = Mapping[str, Any]
Row = Mapping[str, Any]

HEADING = "What the cache does"
NOTE = (
    "Lookups are those of the measured requests with everything on; below a figure is its 95% interval over rounds. At best: the "
    "share of requests whose answer had been given before in the round and was still the same, which no cache can beat without "
    "being wrong. Cold is a round's first minute of traffic. Of what is read back after a write, only the first reader cannot "
    "hit. A hit saves, and a miss costs, against the same request in the cell that lacks only the caches. Sizes and times to "
    "live are those seen in the checks."
)


def caching(summary: Summary, run: Run) -> Section:
    """The section of the page: the ledger's rows of reads, then those of writes."""
    rows = summary.get("cache") or []
    writing = {endpoint.name for endpoint in run.endpoints if endpoint.writes}
    whole = next((row for row in rows if row["endpoint"] == ALL), None)
    asking = [row for row in rows if row is not whole and (row["gets"] or row["declared_cached"])]
    dropping = [row for row in rows if row is not whole and row["endpoint"] in writing]
    found = [finding for finding in summary.get("findings") or [] if finding["class"] in CLASSES]
    if whole is None or not asking:
        said = "With everything on, no request looked anything up in a cache."
        return section("caching", HEADING, element("p", said), _listed(found), text="\n".join([said, *_lines(found)]))
    asking.sort(key=lambda row: (-row["gets"], row["endpoint"]))
    lead = _lead(whole, asking)
    expiry = _expiry(asking, run)
    counted = ((summary.get("control") or {}).get("cache_counts") or {}).get("sentence")
    columns = [
        Column("Endpoint"), Column("Lookups", True), Column("Hit rate", True), Column("When", True),
        Column("A hit saves", True), Column("A miss costs", True), Column("Entries", True), Column("Wrong answers", True),
    ]  # fmt: skip
    writes = [
        Column("Write"),
        Column("Requests", True),
        Column("Entries deleted", True),
        Column("Deleted per request", True),
    ]
    lines = [lead, *_lines(found), *(_line(row) for row in [whole, *asking]), *(_dropped(row) for row in dropping)]
    return section(
        "caching", HEADING, element("p", lead, class_="lead"), _listed(found),
        table("What each endpoint asks of the cache, with everything on", columns, [_row(row) for row in [whole, *asking]],
              stacked=True),
        element("p", expiry) if expiry else None,
        table("What writes drop from the cache", writes, [_write(row) for row in dropping]) if dropping else None,
        element("p", str(counted)) if counted else None,
        element("p", NOTE, class_="note"),
        text="\n".join([*lines, *(said for said in (expiry, counted) if said)]),
    )  # fmt: skip


def _lead(whole: Row, asking: list[Row]) -> str:
    """The finding in plain words: how often it hits, what it could, and what that is worth."""
    if not whole["gets"]:
        return f"None of {whole['requests']:,} requests to endpoints that are said to be cached asked the cache."
    best = whole["best_rate"]
    said = f"Of {whole['gets']:,} lookups {_rate(whole)} hit"
    if best is not None and whole["hits"] >= round(best * max(whole["requests"], whole["gets"])):
        said += ", which is all that could have without a wrong answer"
    elif best is not None:
        said += f"; at best {units.percent(best)} could have without a wrong answer"
    said = f"{said}.{_worth(whole)}"
    wrong = whole["stale"] + whole["cross_user_leak"]
    if wrong:
        return f"The cache gave {wrong:,} wrong answers. {said}"
    never = [row["endpoint"] for row in asking if not row["gets"]]
    return f"{said} Said to be cached, and never asked for: {', '.join(never)}." if never else said


def _worth(whole: Row) -> str:
    """What a hit and a miss come to, as a sentence with a space before it; empty where nothing is known."""
    saved, cost = whole["saved_s"], whole["miss_cost"]
    parts = []
    if saved:
        gain = saved["estimate"]
        parts.append(f"a hit saves {units.seconds(gain)}" if gain > 0 else f"a hit costs {units.seconds(-gain)}")
    if cost and cost["estimate"] is not None:
        parts.append(f"a miss costs {sentences.relative(cost['estimate'])}")
    return f" Against no cache at all, {' and '.join(parts)}." if parts else ""


def _expiry(asking: list[Row], run: Run) -> str:
    """Whether entries got as old as their time to live."""
    young = [row["endpoint"] for row in asking if row["could_expire"] is False]
    if not young:
        return ""
    all_ = len(young) == sum(row["could_expire"] is not None for row in asking)
    where = "" if all_ else f" of {', '.join(young)}"
    rate = (run.scenario.get("traffic") or {}).get("rate_per_s")
    pace = f" at {float(rate):g} requests a second" if rate else ""
    return (
        f"Upper bound: no time to live{where} was reached, for a round of traffic{pace} is shorter than that. Entries that get "
        "too old would make hit rates lower; caches that do not start empty make them higher. The chart of the hit rate has both."
    )


def _row(row: Row) -> list[str | Markup]:
    whole = row["endpoint"] == ALL
    said = None if whole or row["declared_cached"] else below("not said to be cached")
    best = row["best_rate"]
    parts = (
        ("cold", row["cold_rate"]),
        ("warm", row["warm_rate"]),
        ("read back after a write", row["after_write_rate"]),
    )
    known = [f"{word} {units.percent(share)}" for word, share in parts if share is not None]
    wrong = [f"{row[kind]:,} {word}" for kind, word in WRONG if row[kind]]
    estimate, interval = _interval(row["hit_rate"])
    return [
        join([element("span", "All endpoints" if whole else row["endpoint"]), said]),
        join(
            [
                f"{row['gets']:,}",
                below(units.counted(row["hits"], "hit"), whole=True),
                below(units.counted(row["misses"], "miss", "misses"), whole=True),
            ]
        ),
        join(
            [
                element("span", estimate, class_="whole"),
                below(interval, whole=True) if interval else None,
                below(f"at best {units.percent(best)}", whole=True) if best is not None else None,
            ]
        ) if row["gets"] else units.UNKNOWN,
        join([known[0], *(below(part, whole=True) for part in known[1:])]) if known else units.UNKNOWN,
        _saved(row["saved_s"]),
        _cost(row["miss_cost"]),
        _entries(row),
        join([wrong[0], *(below(part) for part in wrong[1:])]) if wrong else "0",
    ]  # fmt: skip


def _interval(rate: Mapping[str, Any]) -> tuple[str, str]:
    low, high = rate["low"], rate["high"]
    return units.percent(
        rate["estimate"]
    ), "" if low is None or high is None else f"{low * 100:.1f} to {high * 100:.1f}%"


def _rate(row: Row) -> str:
    estimate, interval = _interval(row["hit_rate"])
    return f"{estimate} ({interval})" if interval else estimate


def _saved(saved: Mapping[str, Any] | None) -> str | Markup:
    if saved is None:
        return units.UNKNOWN
    ends = [saved["low"], saved["high"]]
    interval = None if None in ends else f"{units.seconds(ends[0])} to {units.seconds(ends[1])}".replace("-", "−")
    return join(
        [
            element("span", units.seconds(saved["estimate"]).replace("-", "−"), class_="whole"),
            below(interval, whole=True) if interval else None,
            below(units.counted(saved["n"], "hit"), whole=True),
        ]
    )


def _cost(cost: Mapping[str, Any] | None) -> str | Markup:
    if cost is None or cost["estimate"] is None:
        return units.UNKNOWN
    change, interval = sentences.parts_of_change(
        {"metric": "latency_s", "ratio": cost["estimate"], "low": cost["low"], "high": cost["high"]}
    )
    return join(
        [
            element("span", change, class_="whole"),
            below(interval, whole=True) if interval else None,
            below(units.counted(cost["n"], "miss", "misses"), whole=True),
        ]
    )


def _entries(row: Row) -> str | Markup:
    """How many were kept, how large the median one is, and how long they live."""
    lines = [f"{units.size(row['entry_bytes'])} each"] if row["entry_bytes"] is not None else []
    if row["raw_bytes"] is not None:
        lines.append(f"{units.size(row['raw_bytes'])} uncompressed")
    if row["ttl_s"] and row["endpoint"] != ALL:
        lines.append(f"for {', '.join(map(_ttl, row['ttl_s']))}")
    return join([f"{row['sets']:,} kept", *(below(line, whole=True) for line in lines)])


def _ttl(ttl_s: str | float) -> str:
    """A time to live; "for ever" is one, too."""
    return "ever" if isinstance(ttl_s, str) else units.clock(ttl_s).removesuffix(" 00 s").removesuffix(" 00 min")


def _write(row: Row) -> list[str | Markup]:
    each = row["deletes_per_request"]
    per = units.UNKNOWN if each is None else units.significant(each)
    return [row["endpoint"], f"{row['requests']:,}", f"{row['deletes']:,}", per]


def _line(row: Row) -> str:
    """A row as text."""
    name = "All endpoints" if row["endpoint"] == ALL else row["endpoint"]
    if not row["gets"]:
        return f"{name}: no lookup in {row['requests']:,} requests"
    said = f"{name}: {row['gets']:,} lookups, {_rate(row)} hit, at best {units.percent(row['best_rate'])}"
    if row["saved_s"] is not None:
        said += f"; a hit saves {units.seconds(row['saved_s']['estimate'])}"
    return f"{said}; {row['stale']:,} stale and {row['cross_user_leak']:,} leaked answers"


def _dropped(row: Row) -> str:
    return f"{row['endpoint']}: {row['requests']:,} requests deleted {row['deletes']:,} entries"


def _listed(found: list[Mapping[str, Any]]) -> Markup | None:
    return element("ul", *(element("li", finding["sentence"]) for finding in found)) if found else None


def _lines(found: list[Mapping[str, Any]]) -> list[str]:
    return [f"- {finding['sentence']}" for finding in found]
