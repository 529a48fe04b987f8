"""Whether the cache server counted the lookups that the probe counted.

The server's counters are read around each slice of a cell, and nobody else uses a private server meanwhile. It counts more
than the probe where a project goes past Django's cache interface, as invalidation by tags does, which reads the members of a
set without a lookup. A slice that only reads must therefore agree in full; in one that writes the server must only not have
counted less. In both it may have counted one more hit for each entry that was stored: Django's `get_or_set` reads what it has
stored. The warm-up counts as well; checks are left out, because the run itself asks for sizes there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from perflab.analysis.stats.values import plain
from perflab.run.columns import Samples
from perflab.run.records import Finding
from perflab.run.scenario import cache_factors, writing_endpoints
from perflab.units import percent

SLICE = ["round", "block", "cell"]
KINDS = ("hits", "misses")
# The share of lookups that may differ: a client that retries after a time-out sends one lookup twice.
MAX_DIFFERENCE = 0.01


@dataclass(frozen=True, slots=True)
class CacheCounts:
    """The lookups that the probe and the server counted over all slices that only read; None where they are unknown.

    Attributes:
        sentence: The comparison in words.
        agree: Whether they agree; None where that is unknown: the server is not the run's own, or does not hold all of the
            project's caches.
        first: The first slice in which they do not.
        turns: The number of these slices.
        hits: The probe's hits.
        misses: The probe's misses.
        server_hits: The server's hits.
        server_misses: The server's misses.
        off: By how many lookups they differ there, and by how many the server counted less in the other slices.
    """

    sentence: str
    agree: bool | None = None
    first: Mapping[str, Any] | None = None
    turns: int = 0
    hits: float = 0.0
    misses: float = 0.0
    server_hits: float = 0.0
    server_misses: float = 0.0
    off: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as summary.json has them; where they are unknown, without figures."""
        row = asdict(self)
        return row if self.agree is not None else {key: row[key] for key in ("agree", "first", "sentence")}


def counts(
    samples: Samples, counters: pd.DataFrame, scenario: Mapping[str, Any], environment: Mapping[str, Any]
) -> CacheCounts:
    """Return both counts over all slices that only read, whether they agree, and a sentence about it.

    Args:
        samples: The run's requests.
        counters: The servers' counters by slice.
        scenario: The scenario as run.json keeps it.
        environment: What run.json says of the machine and the servers.
    """
    server = environment.get("cache")
    if not isinstance(server, Mapping) or not server.get("private"):
        return _unknown("the run has no cache server of its own.")
    if not server.get("holds_all"):
        return _unknown("not all of the project's caches are on the cache server.")
    slices = _slices(samples, counters, scenario)
    reading = slices[~slices["writes"].to_numpy(bool)]
    seen, served = (reading[[f"{of}_hits", f"{of}_misses"]].sum() for of in ("probe", "server"))
    if not seen.sum() + served.sum():
        return _unknown("no slice without writes used a cache.")
    off = _off(slices).sum()
    lookups = int(seen.sum())
    agree = bool(off <= MAX_DIFFERENCE * lookups)
    counted = CacheCounts(
        sentence="",
        agree=agree,
        first=_first(slices),
        turns=len(reading),
        hits=float(seen["probe_hits"]),
        misses=float(seen["probe_misses"]),
        server_hits=float(served["server_hits"]),
        server_misses=float(served["server_misses"]),
        off=float(off),
    )
    return replace(counted, sentence=_sentence(counted))


def disagreement(counted: CacheCounts, scenario: Mapping[str, Any]) -> list[Finding]:
    """Return the finding `cache_counts_disagree` where the counts do, else nothing.

    Args:
        counted: The result of `counts`.
        scenario: The scenario as run.json keeps it.
    """
    if counted.agree is not False:
        return []
    factors = cache_factors(scenario)
    return [
        Finding(
            "cache_counts_disagree",
            "warning",
            counted.sentence,
            factors=factors,
            count=int(counted.off),
            example=counted.first or {},
        )
    ]


def _slices(samples: Samples, counters: pd.DataFrame, scenario: Mapping[str, Any]) -> pd.DataFrame:
    """Return a row for each slice of a cell but those of checks, of which both counts are known.

    `writes` is whether anything was written in it.
    """
    phases, rounds = samples["phase"], samples["round"]
    is_measured = (phases == "measured").to_numpy(bool, na_value=False)
    of_measured = rounds.isin(rounds[is_measured].unique()).to_numpy(bool)
    wanted = of_measured & (phases != "check").to_numpy(bool, na_value=False)
    counted = ["endpoint", "cache_hits", "cache_misses", "cache_sets", "cache_deletes"]
    traffic = pd.DataFrame({name: samples[name][wanted] for name in [*SLICE, *counted]}, copy=False)
    rows = pd.DataFrame(
        {
            **{name: traffic[name] for name in SLICE},
            "probe_hits": traffic["cache_hits"].astype("float64"),
            "probe_misses": traffic["cache_misses"].astype("float64"),
            "sets": traffic["cache_sets"].astype("float64"),
            "writes": traffic["endpoint"].isin(writing_endpoints(scenario))
            | (traffic["cache_deletes"].astype("float64") > 0),
        }
    )
    rows["known"] = rows[["probe_hits", "probe_misses"]].notna().all(axis=1)
    seen = rows.groupby(SLICE, observed=True, as_index=False).agg(
        {"probe_hits": "sum", "probe_misses": "sum", "sets": "sum", "writes": "any", "known": "all"}
    )
    served = counters[[*SLICE, "cache_server_hits", "cache_server_misses"]].dropna()
    served = served.rename(columns={f"cache_server_{kind}": f"server_{kind}" for kind in KINDS})
    served = served.astype({f"server_{kind}": float for kind in KINDS})
    both = seen.astype({"cell": object}).merge(served.astype({"cell": object}), on=SLICE)
    return both[both["known"].to_numpy(bool)].sort_values(SLICE, ignore_index=True)


def _off(slices: pd.DataFrame) -> pd.Series[float]:
    """Return by how many lookups the counts of each slice are not what they must be.

    An entry that a request found and then replaced is a hit to the server, and to the probe a miss.
    """
    off = pd.Series(0.0, index=slices.index)
    for kind, read_again in (("hits", slices["sets"]), ("misses", 0.0)):
        more = slices[f"server_{kind}"] - slices[f"probe_{kind}"]
        taken_back = slices["sets"] if kind == "misses" else 0.0
        off += (-more - taken_back).clip(lower=0) + (more - read_again).clip(lower=0).where(
            ~slices["writes"].to_numpy(bool), 0
        )
    return off


def _first(slices: pd.DataFrame) -> dict[str, Any] | None:
    """Return the first slice in which the counts are not what they must be."""
    wrong = slices[(_off(slices) > 0).to_numpy(bool)]
    columns = [*SLICE, *(f"{of}_{kind}" for of in ("probe", "server") for kind in KINDS)]
    return plain(wrong.iloc[0][columns].to_dict()) if len(wrong) else None


def _sentence(counted: CacheCounts) -> str:
    served = f"{counted.server_hits:,.0f} hits and {counted.server_misses:,.0f} misses"
    seen = f"{counted.hits:,.0f} hits and {counted.misses:,.0f} misses"
    where = f"in the {counted.turns:,} slices without writes, over all cells with a cache,"
    if counted.agree:
        more = f"; the difference of {counted.off:,.0f} is within {percent(MAX_DIFFERENCE, 0)}" if counted.off else ""
        if not more and counted.server_hits > counted.hits:
            more = "; get_or_set reads each stored entry again, which explains the additional hits"
        caches = "so did Django's caches" if served == seen else f"Django's caches counted {seen}"
        return f"The cache server's own counters agree: {where} the server counted {served}, and {caches}{more}."
    if counted.server_hits + counted.server_misses > counted.hits + counted.misses:
        why = "Operations other than get and get_many (has_key, incr, or the project's own client) are not counted in hit rates."
    else:
        why = "Some lookups never reached the server."
    return (
        f"The cache server's own counters disagree: {where} the server counted {served}, but Django's caches counted "
        f"{seen}. {why}"
    )


def _unknown(why: str) -> CacheCounts:
    return CacheCounts(f"The cache counts could not be compared with the server's own: {why}")
