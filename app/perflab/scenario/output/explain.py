"""Explains a scenario in words: the output of `perflab check`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap

from perflab.errors import printable
from perflab.run.cells import CONTROL_TITLES, controls, treatments
from perflab.run.metrics import metric_of, title_of, unit_of
from perflab.scenario.keys.profile import Profile
from perflab.scenario.models import Claim, Scenario
from perflab.scenario.profiles import resolve
from perflab.scenario.traffic import Warm
from perflab.units import aligned, clock, count, counted, in_unit, percent, seconds, significant

WIDTH = 120
_DATABASES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
_DIRECTIONS = {"at_least": "at least", "at_most": "at most", "equals": "exactly"}


def explain(
    scenario: Scenario,
    database: str | None = None,
    remarks: Iterable[str] = (),
    *,
    notes: Sequence[str] = (),
    switched: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return the scenario in words: its question, cells, traffic, sizes and claims.

    Args:
        scenario: The scenario.
        database: What it is measured on, if known.
        remarks: What of the project's own settings does not hold in the lab.
        notes: What its author should know before a run.
        switched: The names of what factors switch, by the factor, where their keys do not name them.
    """
    lines = [*_lines(scenario, database, remarks, switched or {}), *(f"Note: {note}." for note in notes)]
    return "".join(f"{printable(line)}\n" for line in lines)


def _lines(
    scenario: Scenario, database: str | None, remarks: Iterable[str], switched: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    yield scenario.title
    as_of = scenario.data.as_of or "its newest row"
    yield f"  {_display_path(scenario.path)}: {scenario.subject.settings}, data as of {as_of}"
    if database is not None:
        yield f"  measured on {_DATABASES.get(database, database)}"
    yield from (f"  {remark}" for remark in remarks)
    yield ""

    names = scenario.factor_names
    cells = treatments(names)
    yield f"Factors: {len(names)}, which make {len(cells)} cells" if names else "Factors: none, so nothing is compared"
    yield from _table([(f.name, f.describe()) for f in scenario.factors])
    yield from (line for factor in scenario.factors for line in _switched(factor.name, switched.get(factor.name, ())))
    yield f"  cells     {', '.join(cell.name for cell in cells)}"
    yield f"  controls  {', '.join(f'{cell.name} ({CONTROL_TITLES[cell.name]})' for cell in controls(names))}"
    yield ""

    traffic = scenario.traffic
    total = sum(e.weight for e in traffic.endpoints)
    writing = sum(e.weight for e in traffic.endpoints if e.writes)
    endpoints = f"{counted(len(traffic.endpoints), 'endpoint')}, {len(scenario.audited)} audited"
    yield (
        f"Traffic: {significant(traffic.rate_per_s)} requests/s by {traffic.active_users} users, "
        f"{percent(writing / total)} writes; {endpoints}"
    )
    yield from _table(
        [
            (
                e.name,
                percent(e.weight / total),
                "audited" if e.audited else "",
                f"{e.method} {e.path}" + (f"  affects {', '.join(e.affects)}" if e.affects else ""),
            )
            for e in traffic.endpoints
        ]
    )
    yield from _logins(scenario)
    yield ""

    yield "Profiles:"
    yield from _table(
        [
            (
                name,
                counted(p.rounds, "round"),
                f"blocks of {p.block} in slices of {min(p.slice, p.block)}, "
                + counted(p.warmup_blocks, "warm-up block"),
                _warm(scenario, p),
                f"{clock(p.replay_s)} of replay"
                + (f" in {counted(p.lanes, 'lane')}" if isinstance(p.lanes, int) else "")
                + (f", {clock(p.index_study_s)} for the index study" if p.index_study_s else "")
                + _load_test(scenario, name),
                ", ".join(f"{count(n)} {kind}" for kind, n in resolve(scenario, name).rows.items()),
            )
            for name, p in scenario.profiles.items()
        ]
    )
    yield ""

    yield from _capacity(scenario)
    yield f"Claims: {len(scenario.claims) or 'none'}"
    yield from _table([(c.id, c.statement, _bound(c), c.scope) for c in scenario.claims])
    if names:
        yield f"Margin: an effect whose whole interval lies within ± {percent(scenario.margin)} counts as no effect."


def _switched(factor: str, names: Sequence[str]) -> Iterator[str]:
    """List what a factor switches."""
    if names:
        text = f"{factor} ({len(names)}): {', '.join(names)}"
        yield from wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _capacity(scenario: Scenario) -> Iterator[str]:
    """Say how capacity is measured."""
    capacity = scenario.capacity
    if capacity is None:
        return
    objective = capacity.objective
    yield f"Capacity: of {', '.join(capacity.loaded(scenario.factor_names))}, on {capacity.kind}"
    yield (
        f"  {counted(capacity.workers, 'worker')} of {counted(capacity.threads, 'thread')}; {objective.percentile:g}% of "
        f"responses within {seconds(objective.within_s)}, at most {percent(objective.errors)} errors"
    )
    yield ""


def _load_test(scenario: Scenario, profile: str) -> str:
    """Say how long a profile's load test is."""
    load_s = resolve(scenario, profile).capacity_s
    return f", {clock(load_s)} under load" if load_s else ""


def _warm(scenario: Scenario, profile: Profile) -> str:
    """Return how much traffic goes before the rounds."""
    warm = scenario.traffic.warm
    if profile.warm_s is not None:
        seconds = profile.warm_s
    elif isinstance(warm, Warm):
        seconds = warm.hours * 3600
    else:
        return "after traffic until the hit rate is steady"
    return f"after {clock(seconds)} of traffic" if seconds else "from empty caches"


def _logins(scenario: Scenario) -> Iterator[str]:
    """Name the ways in which callers log in, with the endpoints that have one of their own."""
    ways: dict[str | None, list[str]] = {}
    for endpoint in scenario.traffic.endpoints:
        if endpoint.as_ is not None:
            ways.setdefault(endpoint.auth or scenario.subject.auth, []).append(endpoint.name)
    for way, names in ways.items():
        callers = "callers" if len(ways) == 1 else f"callers of {', '.join(names)}"
        yield (
            f"  {callers} log in with `{way}`" if way else f"  {callers} are anonymous: no `auth` says how they log in"
        )


def _display_path(path: Path) -> str:
    """Return a path relative to the current folder where it lies below it."""
    resolved, here = path.resolve(), Path.cwd().resolve()
    return str(resolved.relative_to(here) if resolved.is_relative_to(here) else path)


def _bound(claim: Claim) -> str:
    how = _DIRECTIONS[claim.direction]
    name = title_of(claim.metric)
    if metric_of(claim.metric).kind == "ratio":
        return f"{name}: {how} {significant(claim.bound)} times"
    if claim.is_reduction:
        return f"{name}: {how} {percent(claim.bound)} less"
    return f"{name}: {how} {in_unit(claim.bound, unit_of(claim.metric))}"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Align the columns of some rows."""
    yield from (f"  {line}" for line in aligned(rows))
