"""Whether the cache server counted the lookups that the probe counted.

The server's counters are read around each turn of a cell, and nobody else uses a private server meanwhile. It counts more
than the probe where a project goes past Django's cache interface, as invalidation by tags does: the members of a set are
read, and not as a lookup. So a turn that only reads must agree in full; in one that writes the server must only not have
counted less. In both it may have counted a hit more for each entry that was stored: Django's `get_or_set` reads again what it
stored. The warm-up counts as well; checks are left out, for there the lab asks for sizes itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from perflab.analysis.stats.values import plain
from perflab.run.scenario import writing_endpoints
from perflab.run.tables import rows_where
from perflab.units import percent

TURN = ["round", "block", "cell"]
KINDS = ("hits", "misses")
# A client that tries again after a time-out asks the server twice for one lookup.
ALLOWED = 0.01


def counts(
    samples: pd.DataFrame, counters: pd.DataFrame, scenario: Mapping[str, Any], environment: Mapping[str, Any]
) -> dict[str, Any]:
    """Both counts over all turns that only read, whether they `agree`, and a sentence that says so.

    `off` is by how many lookups they differ there, and by how many the server counted less in the others. `agree` is None
    where that cannot be told: the server is not the lab's own, or does not hold all of the project's caches.
    """
    server = environment.get("cache")
    if not isinstance(server, Mapping) or not server.get("private"):
        return _unknown("the cache server is not the lab's own, or there is none.")
    if not server.get("holds_all"):
        return _unknown("not all of the project's caches are on the cache server.")
    turns = _turns(samples, counters, scenario)
    reading = turns[~turns["writes"].to_numpy(bool)]
    seen, served = (reading[[f"{of}_hits", f"{of}_misses"]].sum() for of in ("probe", "server"))
    if not seen.sum() + served.sum():
        return _unknown("no turn of a cell only read and asked a cache.")
    off = _off(turns).sum()
    lookups = int(seen.sum())
    agree = bool(off <= ALLOWED * lookups)
    found: dict[str, Any] = plain(
        {
            "turns": len(reading),
            "hits": seen["probe_hits"],
            "misses": seen["probe_misses"],
            "server_hits": served["server_hits"],
            "server_misses": served["server_misses"],
            "off": off,
            "agree": agree,
            "first": _first(turns),
        }
    )
    return {**found, "sentence": _sentence(found)}


def disagreement(found: Mapping[str, Any], scenario: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The finding `cache_counts_disagree`, where both counts do; `found` is what `counts` says."""
    if found["agree"] is not False:
        return []
    return [
        {
            "class": "cache_counts_disagree",
            "severity": "warning",
            "sentence": found["sentence"],
            "endpoint": None,
            "method": None,
            "table": None,
            "factors": [factor["name"] for factor in scenario.get("factors") or [] if factor.get("kind") == "cache"],
            "count": found["off"],
            "steps": [],
            "example": found["first"],
        }
    ]


def _turns(samples: pd.DataFrame, counters: pd.DataFrame, scenario: Mapping[str, Any]) -> pd.DataFrame:
    """A row for each turn of a cell, to the last measured block of its round, of which both counts are known, and whether
    anything was written in it.
    """
    measured = rows_where(samples, phase="measured")
    last = samples["round"].map(measured.groupby("round")["block"].max())
    traffic = samples[(samples["block"] <= last).to_numpy(bool, na_value=False)]
    rows = pd.DataFrame(
        {
            **{name: traffic[name] for name in TURN},
            "probe_hits": traffic["cache_hits"].astype("float64"),
            "probe_misses": traffic["cache_misses"].astype("float64"),
            "sets": traffic["cache_sets"].astype("float64"),
            "writes": traffic["endpoint"].isin(writing_endpoints(scenario))
            | (traffic["cache_deletes"].astype("float64") > 0),
        }
    )
    rows["known"] = rows[["probe_hits", "probe_misses"]].notna().all(axis=1)
    seen = rows.groupby(TURN, observed=True, as_index=False).agg(
        {"probe_hits": "sum", "probe_misses": "sum", "sets": "sum", "writes": "any", "known": "all"}
    )
    served = counters[[*TURN, "cache_server_hits", "cache_server_misses"]].dropna()
    served = served.rename(columns={f"cache_server_{kind}": f"server_{kind}" for kind in KINDS})
    served = served.astype({f"server_{kind}": float for kind in KINDS})
    both = seen.astype({"cell": object}).merge(served.astype({"cell": object}), on=TURN)
    return both[both["known"].to_numpy(bool)].sort_values(TURN, ignore_index=True)


def _off(turns: pd.DataFrame) -> pd.Series[float]:
    """By how many lookups the counts of each turn are not what they must be."""
    off = pd.Series(0.0, index=turns.index)
    for kind, read_again in (("hits", turns["sets"]), ("misses", 0.0)):
        more = turns[f"server_{kind}"] - turns[f"probe_{kind}"]
        off += (-more).clip(lower=0) + (more - read_again).clip(lower=0).where(~turns["writes"].to_numpy(bool), 0)
    return off


def _first(turns: pd.DataFrame) -> dict[str, Any] | None:
    """The first turn in which the counts are not what they must be."""
    wrong = turns[(_off(turns) > 0).to_numpy(bool)]
    columns = [*TURN, *(f"{of}_{kind}" for of in ("probe", "server") for kind in KINDS)]
    return {str(name): value for name, value in wrong.iloc[0][columns].items()} if len(wrong) else None


def _sentence(found: Mapping[str, Any]) -> str:
    served = f"{found['server_hits']:,.0f} hits and {found['server_misses']:,.0f} misses"
    seen = f"{found['hits']:,.0f} hits and {found['misses']:,.0f} misses"
    where = f"in the {found['turns']:,} turns of cells that only read"
    if found["agree"]:
        more = f", {found['off']:,.0f} apart, which is within {percent(ALLOWED, 0)}" if found["off"] else ""
        if not more and found["server_hits"] > found["hits"]:
            more = "; the hits more are no more than entries were stored, which get_or_set reads again"
        return f"The cache server's own counters agree: {where} it counted {served}, Django's caches {seen}{more}."
    if found["server_hits"] + found["server_misses"] > found["hits"] + found["misses"]:
        why = "What goes past get and get_many (has_key, incr, a client of the project's own) is in no hit rate here."
    else:
        why = "Some lookups never reached the server."
    return f"The cache server's own counters disagree: {where} it counted {served}, Django's caches {seen}. {why}"


def _unknown(why: str) -> dict[str, Any]:
    return {"agree": None, "first": None, "sentence": f"The counts could not be held against the server's own: {why}"}
