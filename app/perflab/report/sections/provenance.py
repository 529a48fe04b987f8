"""Where the numbers come from: facts about a run for people, without a path, host or user name in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from perflab import units
from perflab.analysis.stats.values import mapping
from perflab.report.facts import told
from perflab.run.phases import COMPARE_DATABASES
from perflab.run.store import Run

Facts = list[tuple[str, str]]


def provenance(run: Run) -> Facts:
    """Name and value of everything that bears on the numbers; what nobody recorded is left out."""
    return [(name, value) for name, value in _facts(run) if value]


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    environment = told(run.environment)
    parameters = run.meta.get("parameters") or {}
    yield (
        "Scenario",
        f"{run.scenario_name}, profile {parameters.get('profile', units.UNKNOWN)}, seed {parameters.get('seed')}",
    )
    changed = {k: v for k, v in parameters.items() if k not in ("profile", "seed")}
    yield "Changed by hand", ", ".join(f"{name} = {value}" for name, value in changed.items())
    yield "Run", f"{run.run_id}, begun {str(run.meta.get('started_at') or units.UNKNOWN).replace('T', ' ')}"
    yield "Revision", str(environment.get("git_revision") or "")
    versions = {name: found for name, found in environment.items() if isinstance(found, str) and name != "git_revision"}
    versions |= mapping(environment.get("versions"))
    yield "Versions", ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    yield "Machine", _machine(mapping(environment.get("machine")))
    yield "Pinning", _pinning(mapping(environment.get("pinning")))
    postgres, sqlite = (mapping(environment.get(name)) for name in ("postgres", "sqlite"))
    yield "Database", _files(sqlite) or _server("PostgreSQL", postgres)
    yield "Database settings", _settings(sqlite or postgres)
    cache = mapping(environment.get("cache"))
    yield "Cache", _server("", cache)
    yield "Cache settings", _settings(cache)
    yield "Rows", _rows(mapping(environment.get("rows")))
    size = environment.get("database_bytes")
    yield "Size of the database", units.size(size) if size else ""
    yield "Indexes that are switched", _indexes(mapping(environment.get("indexes")))
    clocks = mapping(environment.get("clocks"))  # SQLite has none of its own to be read
    yield "CPU clocks", _clocks({name: read for name, read in clocks.items() if not (sqlite and name == "db")})
    phases = [phase for phase in run.meta.get("phases") or [] if isinstance(phase, Mapping)]
    yield "Time by phase", ", ".join(f"{phase.get('name')} {units.seconds(phase.get('seconds'))}" for phase in phases)
    yield "Comparing answers", _comparing(run.meta.get("comparing_s"), phases)


def _machine(machine: Mapping[str, Any]) -> str:
    cores = machine.get("cores")
    parts = [machine.get("cpu_model"), units.counted(cores, "core") if cores else None]
    if machine.get("memory_bytes"):
        parts.append(f"{units.size(machine['memory_bytes'])} of memory")
    parts += [machine.get("system"), machine.get("architecture"), _pace(mapping(machine.get("calibration")))]
    return ", ".join(str(part) for part in parts if part)


def _pace(calibration: Mapping[str, Any]) -> str:
    """How fast the machine was before the replay."""
    if calibration.get("reference_s") is None:
        return ""
    varying = (
        f", varying by {units.percent(calibration['variation'])}" if calibration.get("variation") is not None else ""
    )
    return f"a reference request in {units.seconds(calibration['reference_s'])}{varying} before the replay"


def _pinning(pinning: Mapping[str, Any]) -> str:
    if not pinning:
        return ""
    if not pinning.get("pinned"):
        return f"none: {pinning.get('reason') or 'no reason is known'}"
    measured = ", ".join(str(core) for core in pinning.get("measured_cores") or [])
    return f"workers and servers on core {measured}, everything else on the others"


def _server(name: str, server: Mapping[str, Any]) -> str:
    if not server:
        return ""
    kept = {True: "started for this run, on a private socket", False: "a server that was there"}.get(
        server.get("private")  # type: ignore[arg-type]  # None is no key, and gets None
    )
    return ", ".join(str(part) for part in (f"{name} {server.get('version') or ''}".strip(), kept) if part)


def _files(sqlite: Mapping[str, Any]) -> str:
    """SQLite, which is no server."""
    return f"SQLite {sqlite.get('version')}, in the worker's own process, a file for each cell" if sqlite else ""


def _settings(server: Mapping[str, Any]) -> str:
    settings = mapping(server.get("settings"))
    return ", ".join(
        f"{name} = {value if value != '' else 'none'}" for name, value in settings.items() if "/" not in str(value)
    )


def _rows(rows: Mapping[str, Any]) -> str:
    known = {name: n for name, n in rows.items() if isinstance(n, int)}
    if not known:
        return ""
    return f"{sum(known.values()):,}: " + ", ".join(f"{n:,} {name.rpartition('.')[2]}" for name, n in known.items())


def _indexes(indexes: Mapping[str, Any]) -> str:
    parts = []
    for factor, found in indexes.items():
        facts = mapping(found)
        names = facts.get("names") or []
        parts.append(f"{facts.get('count', len(names))} by {factor}" + (f" ({', '.join(names)})" if names else ""))
    return "; ".join(parts)


def _clocks(clocks: Mapping[str, Any]) -> str:
    words = {"db": "the database's", "cache": "the cache server's"}
    return ", ".join(f"{words.get(k, k)} {'read' if v else 'could not be read'}" for k, v in clocks.items())


def _comparing(answers_s: float | None, phases: Sequence[Mapping[str, Any]]) -> str:
    """What it took to hold answers and tables against each other, and its share of the run; checks are requests, not in it."""
    whole = sum(phase.get("seconds") or 0 for phase in phases)
    if answers_s is None or not whole:
        return ""
    spent = answers_s + sum(phase.get("seconds") or 0 for phase in phases if phase.get("name") == COMPARE_DATABASES)
    return f"{units.seconds(spent)}, {units.percent(spent / whole)} of the run"
