"""The limitations of a run: sentences made from its settings, so that they are true of this very run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from perflab import units
from perflab.analysis.stats.values import mapping
from perflab.errors import without_contents
from perflab.report import lookup
from perflab.report.facts import published
from perflab.report.html import Section, bullets, element
from perflab.run.phases import title_of
from perflab.run.store import Run
from perflab.run.summary import Summary, warm_s

ID = "limitations"
HEADING = "Limitations"
DURABLE = ("fsync", "full_page_writes", "synchronous_commit", "synchronous")


def build(summary: Summary, run: Run) -> Section:
    """Return the box with the limitations."""
    heading = element("h2", HEADING, id=ID)
    return Section(element("section", heading, bullets(limitations(run)), class_="box", aria_labelledby=ID))


def limitations(run: Run) -> list[str]:
    """Return six short sentences: no queue, how warm, how realistic, one machine, durability, and database CPU."""
    environment = published(run.environment)
    return [
        "Service time is measured with one request at a time: queueing, network and web server are not included.",
        _warmth(run, environment),
        _realism(run, environment),
        (
            "The 95% interval applies to repetitions of this traffic with this data on this machine"
            f"{_machine(environment)}, not to other machines."
        ),
        _durability(environment),
        _database_cpu(environment),
    ]


def _warmth(run: Run, environment: Mapping[str, Any]) -> str:
    """How long processes and caches had to warm up: a hit rate means nothing without it."""
    if not len(run.trace):
        return "It is unknown how warm the system was."
    rate = (run.scenario.get("traffic") or {}).get("rate_per_s")
    warmup = int((run.trace["phase"] == "warmup").sum())
    requests = round(warmup / run.trace["round"].nunique())
    if (seconds := warm_s(environment)) and lookup.has_cache(run):
        return (
            f"Rounds begin with the data and caches that {units.clock(seconds)} of traffic left, and each process had served "
            f"{units.counted(requests, 'request')} before the first measured one: the hit rate would be lower at a lower "
            "request rate."
        )
    if not lookup.has_cache(run) or not rate:
        return f"The system is warm: each process had served {requests:,} requests before the first measured one."
    return (
        f"Caches are empty at the start of each round and warm up for {requests:,} requests ({requests / float(rate):.3g} s of "
        "traffic): the hit rate would be higher after hours of traffic, and lower at a lower request rate."
    )


# What data is that is not drawn, by the scenario's data.from.
TAKEN = {
    "database": "is a copy of an existing database with personal data masked", "fixtures": "comes from fixtures",
    "command": "was made by a command of the project's",
}  # fmt: skip


def _realism(run: Run, environment: Mapping[str, Any]) -> str:
    rows = sum(n for n in mapping(environment.get("rows")).values() if isinstance(n, int))
    traffic = run.scenario.get("traffic") or {}
    data = f"Data ({rows:,} rows)" if rows else "Data"
    users = f" ({traffic['active_users']:,} users)" if traffic.get("active_users") else ""
    taken = TAKEN.get(str(mapping(run.scenario.get("data")).get("from")))
    if taken is not None:
        return (
            f"{data} {taken}; traffic{users} is generated from the scenario's assumptions, not taken from production: a "
            "different mix would have a different average."
        )
    return (
        f"{data} and traffic{users} are generated from the scenario's assumptions, not taken from production; a different "
        "mix would have a different average."
    )


def _machine(environment: Mapping[str, Any]) -> str:
    machine = mapping(environment.get("machine"))
    cores = machine.get("cores")
    facts = [machine.get("cpu_model"), units.counted(cores, "core") if cores else None]
    text = ", ".join(str(fact) for fact in facts if fact)
    return f" ({text})" if text else ""


def _durability(environment: Mapping[str, Any]) -> str:
    settings = mapping(mapping(environment.get("sqlite") or environment.get("postgres")).get("settings"))
    off = [name for name in DURABLE if settings.get(name) == "off"]
    if off:
        return f"The database did not wait for the disk ({', '.join(off)} off), so writes look cheaper than they are."
    if environment.get("sqlite"):
        how = ", ".join(f"{name} = {settings[name]}" for name in ("journal_mode", "synchronous") if settings.get(name))
        return f"Writes waited for this machine's disk{f' ({how})' if how else ''}, without other writers."
    return (
        "Writes waited for this machine's disk, as the server is configured; another disk would have a different speed."
    )


def _database_cpu(environment: Mapping[str, Any]) -> str:
    if environment.get("sqlite"):
        return (
            "SQLite runs inside the application's process, so its CPU is part of the application's: its own CPU and "
            "the pages and rows that it read are unknown, not zero."
        )
    if mapping(environment.get("clocks")).get("db") is False:
        return "The database's CPU could not be read on this system: it is unknown, not zero."
    return "Database CPU counts only the backend process that serves the request, not background writers or the disk."


def doubts(run: Run) -> list[str]:
    """Return what this very run could not do as intended: checks not made in time, stages that failed, code that changed."""
    return [*_notes(run), *_checks(run), *_stages(run), *_pinning(run), *_code(run)]


def _notes(run: Run) -> Iterator[str]:
    """What `perflab check` remarked on."""
    for note in run.meta.get("notes") or ():
        yield f"{str(note)[:1].upper()}{str(note)[1:]}."


def _stages(run: Run) -> Iterator[str]:
    """What ended a stage after the rounds early."""
    for name, reason in run.failed_stages.items():
        yield f"The stage “{title_of(name)}” ended early: {without_contents(reason)}."


def _checks(run: Run) -> Iterator[str]:
    """Whether there was no time for some of the checks, so that what they look for may have been missed."""
    checks = mapping(run.meta.get("checks"))
    if checks and checks["made"] < checks["of"]:
        yield (
            f"This profile had time for only {checks['made']:,} of {checks['of']:,} check requests (which look for "
            "wrong responses); some wrong responses may have been missed."
        )


def _pinning(run: Run) -> Iterator[str]:
    pinning = mapping(published(run.environment).get("pinning"))
    if pinning.get("pinned") is False:
        reason = pinning.get("reason") or "the reason is unknown"
        yield f"Processes could not be pinned to cores ({reason}); intervals are wider."


def _code(run: Run) -> Iterator[str]:
    """Whether somebody changed the project's code while it was measured."""
    for change in mapping(run.meta.get("code")).get("changed") or []:
        names = units.listed([str(name) for name in change["files"]])
        yield (
            f"The project's code changed before round {change['round']} ({names}), so rounds did not measure the same program: "
            "run it again."
        )
