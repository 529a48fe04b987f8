"""What a run does not say: sentences made from its settings, so that they are true of this very run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from perflab.store import Run


def limits(run: Run) -> list[str]:
    """Short sentences, the ones that matter to a decision first."""
    return list(_limits(run))


def _limits(run: Run) -> Iterator[str]:
    environment = run.environment
    yield (
        "Times are service times: one request at a time, from the call of the application to its last byte. Waiting in a "
        "queue, the network and the web server come on top."
    )
    yield (
        "Data and traffic are generated to be realistic; they are not production's. Another mix of requests has another "
        "average."
    )
    yield "The interval covers a repetition of this kind of traffic on this data on this machine, not another machine."
    yield from _caches(run)
    yield from _checks(run)
    database = _mapping(environment.get("sqlite") or environment.get("postgres"))
    off = [
        name
        for name in ("fsync", "full_page_writes", "synchronous_commit", "synchronous")
        if _mapping(database.get("settings")).get(name) == "off"
    ]
    if off:
        yield f"The database did not wait for the disk ({', '.join(off)} off), so writes look cheaper than they are."
    clocks = _mapping(environment.get("clocks"))
    if environment.get("sqlite"):
        yield from _files(_mapping(database.get("settings")))
    elif clocks.get("db") is False:
        yield "The database's processor time could not be read on this system and is unknown, not zero."
    else:
        yield "Database CPU is that of the backend which serves the request; background writers and the disk are not in it."
    pinning = _mapping(environment.get("pinning"))
    if pinning.get("pinned") is False:
        yield f"Processes could not be pinned to cores ({pinning.get('reason') or 'no reason is known'}); intervals are wider."


def _files(settings: Mapping[str, Any]) -> Iterator[str]:
    """What nobody can tell of SQLite, and what its writes waited for."""
    yield (
        "SQLite works inside the application's process, so its processor time is part of the application's: database CPU by "
        "itself is unknown, not zero, and so are CPU in all, the pages and rows that it read, and scans by index."
    )
    if settings.get("synchronous") not in (None, "off"):
        yield (
            f"A write waited for this machine's disk as the project's own options have it (journal_mode = "
            f"{settings.get('journal_mode')}, synchronous = {settings['synchronous']}); nobody else wrote at the same time."
        )


def _caches(run: Run) -> Iterator[str]:
    """How long the caches had to fill: a hit rate means nothing without it."""
    rate = (run.scenario.get("traffic") or {}).get("rate_per_s")
    if not rate or not any(factor.get("kind") == "cache" for factor in run.scenario.get("factors") or []):
        return
    sentence = f"Cached entries expire as they would at {float(rate):g} requests per second."
    first = run.trace[run.trace["phase"] == "measured"].groupby("round")["step"].min()  # checks come after, and warm nothing
    warmup = run.trace[(run.trace["step"] < run.trace["round"].map(first)).to_numpy(bool, na_value=False)]
    if len(run.trace):
        requests = round(len(warmup) / run.trace["round"].nunique())
        sentence += (
            f" A round begins with empty caches and warms them with {requests:,} requests ({requests / float(rate):.3g} s of "
            "that traffic) before it measures: a system that has run for hours hits more often, one with less traffic less often."
        )
    yield sentence


def _checks(run: Run) -> Iterator[str]:
    """Whether some of the checks found no time: what they look for may be there all the same."""
    checks = _mapping(run.meta.get("checks"))
    if checks and checks["made"] < checks["of"]:
        yield (
            f"Of {checks['of']:,} requests that look for wrong answers {checks['made']:,} were made in the time of this profile: "
            "what the others would have found is unknown."
        )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
