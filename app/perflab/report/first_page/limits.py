"""What a run does not say: sentences made from its settings, so that they are true of this very run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from perflab import units
from perflab.analysis.stats.values import mapping
from perflab.report.facts import told
from perflab.run.scenario import cache_factors
from perflab.run.store import Run

DURABLE = ("fsync", "full_page_writes", "synchronous_commit", "synchronous")


def limits(run: Run) -> list[str]:
    """Six short sentences: no queue, how warm, how real, this machine, durability, and what database CPU leaves out."""
    place = told(run.environment)
    return [
        "Service time is that of one request at a time: waiting in a queue, the network and the web server come on top.",
        _warmth(run),
        _reality(run, place),
        f"The 95% interval covers repeating this traffic on this data on this machine{_machine(place)}, and no other machine.",
        _durability(place),
        _database_cpu(place),
    ]


def _warmth(run: Run) -> str:
    """How long processes and caches had to warm up: a hit rate means nothing without it."""
    rate = (run.scenario.get("traffic") or {}).get("rate_per_s")
    cached = bool(cache_factors(run.scenario))
    if not len(run.trace):
        return "How warm the system was is unknown."
    first = (
        run.trace[run.trace["phase"] == "measured"].groupby("round")["step"].min()
    )  # checks come after, and warm nothing
    warmup = run.trace[(run.trace["step"] < run.trace["round"].map(first)).to_numpy(bool, na_value=False)]
    requests = round(len(warmup) / run.trace["round"].nunique())
    if not cached or not rate:
        return f"It is warm: each process had answered {requests:,} requests before the first that counts."
    return (
        f"Caches begin each round empty and have {requests:,} requests to warm up ({requests / float(rate):.3g} s of traffic): "
        "after hours more lookups hit, with less traffic fewer."
    )


def _reality(run: Run, place: Mapping[str, Any]) -> str:
    rows = sum(n for n in mapping(place.get("rows")).values() if isinstance(n, int))
    traffic = run.scenario.get("traffic") or {}
    data = f"Data ({rows:,} rows)" if rows else "Data"
    people = f" ({traffic['active_users']:,} users)" if traffic.get("active_users") else ""
    return (
        f"{data} and traffic{people} are invented by the scenario's assumptions, not taken from production; another mix of "
        "requests has another average."
    )


def _machine(place: Mapping[str, Any]) -> str:
    machine = mapping(place.get("machine"))
    cores = machine.get("cores")
    facts = [machine.get("cpu_model"), units.counted(cores, "core") if cores else None]
    known = ", ".join(str(fact) for fact in facts if fact)
    return f" ({known})" if known else ""


def _durability(place: Mapping[str, Any]) -> str:
    settings = mapping(mapping(place.get("sqlite") or place.get("postgres")).get("settings"))
    off = [name for name in DURABLE if settings.get(name) == "off"]
    if off:
        return f"The database did not wait for the disk ({', '.join(off)} off), so writes look cheaper than they are."
    if place.get("sqlite"):
        how = ", ".join(f"{name} = {settings[name]}" for name in ("journal_mode", "synchronous") if settings.get(name))
        return f"Writes waited for this machine's disk{f' ({how})' if how else ''}, and nobody else wrote at the same time."
    return "Writes waited for this machine's disk as the server is set up; another disk has another pace."


def _database_cpu(place: Mapping[str, Any]) -> str:
    if place.get("sqlite"):
        return (
            "SQLite works inside the application's process, and its CPU is part of the application's: by itself it is unknown, "
            "not zero, and so are the pages and rows that it read."
        )
    if mapping(place.get("clocks")).get("db") is False:
        return "The database's CPU could not be read on this system: it is unknown, not zero."
    return "Database CPU is that of the process that serves the request; background writers and the disk are not in it."


def doubts(run: Run) -> list[str]:
    """What this very run could not do as it should: checks without time, processes that could not be pinned."""
    return [*_checks(run), *_pinning(run)]


def _checks(run: Run) -> Iterator[str]:
    """Whether some of the checks found no time: what they look for may be there all the same."""
    checks = mapping(run.meta.get("checks"))
    if checks and checks["made"] < checks["of"]:
        yield (
            f"Of {checks['of']:,} requests that look for wrong answers {checks['made']:,} were made in the time of this profile: "
            "what the others would have found is unknown."
        )


def _pinning(run: Run) -> Iterator[str]:
    pinning = mapping(told(run.environment).get("pinning"))
    if pinning.get("pinned") is False:
        yield f"Processes could not be pinned to cores ({pinning.get('reason') or 'no reason is known'}); intervals are wider."
