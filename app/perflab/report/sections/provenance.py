"""Where the numbers come from: facts about a run for people, without a path, host or user name in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from perflab import units
from perflab.analysis.stats.values import mapping
from perflab.report.facts import published
from perflab.report.html import Column, Section, code_block, element, note, section, table
from perflab.report.lookup import uses_cache
from perflab.run.phases import COMPARE_DATABASES, title_of
from perflab.run.store import Run
from perflab.run.summary import Summary

ID = "provenance"
HEADING = "Provenance"
Facts = list[tuple[str, str]]
COLUMNS = [Column("Fact"), Column("Value")]
FILES = "The same data as files: summary.json, beside this page, has all that it shows; samples/ has every request."


def build(summary: Summary, run: Run) -> Section:
    """Return the facts, and the command that repeats the run."""
    command = str(run.meta.get("command") or "")
    repeat = [element("h3", "Reproduce this run"), code_block(command)] if command else []
    shown = table("Where these numbers come from", COLUMNS, provenance(run, with_cache=uses_cache(summary, run)))
    return section(ID, HEADING, shown, *repeat, note(FILES))


def provenance(run: Run, *, with_cache: bool = True) -> Facts:
    """Return name and value of everything that bears on the numbers; what was not recorded is left out.

    Args:
        run: The run.
        with_cache: Whether the cache server is among them, which runs for a project without a cache as well.
    """
    return [(name, value) for name, value in _facts(run, with_cache) if value]


def _facts(run: Run, with_cache: bool) -> Iterator[tuple[str, str]]:
    environment = published(run.environment)
    parameters = run.meta.get("parameters") or {}
    yield (
        "Scenario",
        f"{run.scenario_name}, profile {parameters.get('profile', units.UNKNOWN)}, seed {parameters.get('seed')}",
    )
    overrides = {name: value for name, value in parameters.items() if name not in ("profile", "seed")}
    yield "Overrides", ", ".join(f"{name} = {value}" for name, value in overrides.items())
    yield "Run", f"{run.run_id}, started {str(run.meta.get('started_at') or units.UNKNOWN).replace('T', ' ')}"
    yield "Revision", str(environment.get("git_revision") or "")
    yield "Versions", _versions(environment)
    yield "Machine", _machine(mapping(environment.get("machine")))
    yield "Pinning", _pinning(mapping(environment.get("pinning")))
    yield "Rounds at once", _lanes(mapping(environment.get("lanes")))
    postgres, sqlite = (mapping(environment.get(name)) for name in ("postgres", "sqlite"))
    yield "Database", _files(sqlite) or _server("PostgreSQL", postgres)
    yield "Database settings", _settings(sqlite or postgres)
    databases = [str(remark).removeprefix("database ") for remark in environment.get("databases") or ()]
    yield "The project's databases", "; ".join(databases)
    cache = mapping(environment.get("cache")) if with_cache else {}
    yield "Cache", _server("", cache)
    yield "Cache settings", _settings(cache)
    yield "Data", "; ".join(str(remark) for remark in environment.get("data") or ())
    yield "Rows", _rows(mapping(environment.get("rows")))
    size = environment.get("database_bytes")
    yield "Database size", units.size(size) if size else ""
    yield "Switched indexes", _indexes(mapping(environment.get("indexes")))
    clocks = mapping(environment.get("clocks"))  # SQLite has no clock of its own
    left_out = {"db"} if sqlite else set()
    left_out |= set() if with_cache else {"cache"}
    yield "CPU clocks", _clocks({name: read for name, read in clocks.items() if name not in left_out})
    phases = [phase for phase in run.meta.get("phases") or [] if isinstance(phase, Mapping)]
    yield (
        "Time by phase",
        ", ".join(f"{title_of(str(phase.get('name')))} {units.seconds(phase.get('seconds'))}" for phase in phases),
    )
    yield "Comparing responses", _comparing(run.meta.get("comparing_s"), phases)


def _versions(environment: Mapping[str, Any]) -> str:
    versions = {name: text for name, text in environment.items() if isinstance(text, str) and name != "git_revision"}
    versions |= mapping(environment.get("versions"))
    return ", ".join(f"{name} {version}" for name, version in versions.items() if version)


def _machine(machine: Mapping[str, Any]) -> str:
    cores = machine.get("cores")
    facts = [machine.get("cpu_model"), units.counted(cores, "core") if cores else None]
    if machine.get("memory_bytes"):
        facts.append(f"{units.size(machine['memory_bytes'])} of memory")
    facts += [machine.get("system"), machine.get("architecture"), _speed(mapping(machine.get("calibration")))]
    return ", ".join(str(fact) for fact in facts if fact)


def _speed(calibration: Mapping[str, Any]) -> str:
    """How fast the machine was before the replay."""
    if calibration.get("reference_s") is None:
        return ""
    variation = calibration.get("variation")
    varying = f" (coefficient of variation {units.percent(variation)})" if variation is not None else ""
    return f"calibration request {units.seconds(calibration['reference_s'])}{varying} before the replay"


def _pinning(pinning: Mapping[str, Any]) -> str:
    if not pinning:
        return ""
    if not pinning.get("pinned"):
        return f"none: {pinning.get('reason') or 'the reason is unknown'}"
    measured = ", ".join(str(core) for core in pinning.get("measured_cores") or [])
    return f"workers and servers on core {measured}, everything else on other cores"


def _lanes(lanes: Mapping[str, Any]) -> str:
    number = lanes.get("number")
    if not isinstance(number, int):
        return ""
    why = f" ({lanes['why']})" if lanes.get("why") else ""
    if number == 1:
        return f"one{why}"
    slowdown = lanes.get("slowdown")
    text = f"{number}{why}, each with servers and a core of its own; the first round alone, on all cores"
    if not isinstance(slowdown, int | float):
        return text
    return f"{text}; the calibration request took {units.percent(abs(slowdown))} {'longer' if slowdown > 0 else 'less'} then"


def _server(name: str, server: Mapping[str, Any]) -> str:
    if not server:
        return ""
    kinds = {True: "started for this run, on a private socket", False: "a server that was already running"}
    kind = kinds.get(server.get("private"))  # type: ignore[arg-type]  # None is no key, and gets None
    return ", ".join(str(part) for part in (f"{name} {server.get('version') or ''}".strip(), kind) if part)


def _files(sqlite: Mapping[str, Any]) -> str:
    """SQLite, which is no server."""
    return f"SQLite {sqlite.get('version')}, in the worker's own process, one file per cell" if sqlite else ""


def _settings(server: Mapping[str, Any]) -> str:
    settings = mapping(server.get("settings"))
    return ", ".join(
        f"{name} = {value if value != '' else 'none'}" for name, value in settings.items() if "/" not in str(value)
    )


def _rows(rows: Mapping[str, Any]) -> str:
    counts = {name: n for name, n in rows.items() if isinstance(n, int)}
    if not counts:
        return ""
    return f"{sum(counts.values()):,}: " + ", ".join(f"{n:,} {name.rpartition('.')[2]}" for name, n in counts.items())


def _indexes(indexes: Mapping[str, Any]) -> str:
    texts = []
    for factor, facts in indexes.items():
        names = mapping(facts).get("names") or []
        number = mapping(facts).get("count", len(names))
        texts.append(f"{number} by ‘{factor}’" + (f" ({', '.join(names)})" if names else ""))
    return "; ".join(texts)


def _clocks(clocks: Mapping[str, Any]) -> str:
    names = {"db": "database", "cache": "cache server"}
    return ", ".join(
        f"{names.get(name, name)} {'readable' if read else 'not readable'}" for name, read in clocks.items()
    )


def _comparing(compared_s: float | None, phases: Sequence[Mapping[str, Any]]) -> str:
    """The time spent on comparing responses and tables, and its share of the run; checks are requests, and not included."""
    whole = sum(phase.get("seconds") or 0 for phase in phases)
    if compared_s is None or not whole:
        return ""
    spent = compared_s + sum(phase.get("seconds") or 0 for phase in phases if phase.get("name") == COMPARE_DATABASES)
    return f"{units.seconds(spent)}, {units.percent(spent / whole)} of the run"
