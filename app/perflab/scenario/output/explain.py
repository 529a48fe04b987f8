"""A scenario in words: what `perflab check` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perflab.run.cells import controls, treatments
from perflab.run.metrics import metric_of, title_of, unit_of
from perflab.scenario.models import CacheFactor, Claim, Factor, IndexFactor, Scenario
from perflab.scenario.profiles import resolve
from perflab.units import aligned, clock, count, in_unit, percent, significant

_DATABASES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
_DIRECTIONS = {"at_least": "at least", "at_most": "at most", "equals": "exactly"}


def explain(scenario: Scenario, database: str | None = None) -> str:
    """The question, the cells, the traffic, the sizes and the claims, on a page; `database`: what it is measured on, if known."""
    return "\n".join(_lines(scenario, database)) + "\n"


def _lines(scenario: Scenario, database: str | None) -> Iterator[str]:
    yield scenario.title
    yield f"  {scenario.path}: {scenario.subject.settings}, data as of {scenario.data.as_of}"
    if database is not None:
        yield f"  measured on {_DATABASES.get(database, database)}"
    yield ""

    names = scenario.factor_names
    cells = treatments(names)
    yield f"Factors: {len(names)}, which make {len(cells)} cells"
    yield from _table([(f.name, _switch(f)) for f in scenario.factors])
    yield f"  cells     {', '.join(cell.name for cell in cells)}"
    yield f"  controls  {', '.join(cell.name for cell in controls(names))}"
    yield ""

    traffic = scenario.traffic
    total = sum(e.weight for e in traffic.endpoints)
    writing = sum(e.weight for e in traffic.endpoints if e.writes)
    audited = f"{len(scenario.audited)} audited"
    yield (
        f"Traffic: {significant(traffic.rate_per_s)} requests/s by {traffic.active_users} users, "
        f"{percent(writing / total)} writes; {len(traffic.endpoints)} endpoints, {audited}"
    )
    yield from _table(
        [
            (
                e.name,
                percent(e.weight / total),
                "audited" if e.audited else "",
                f"{e.method} {e.path}" + (f"  then reads {', '.join(e.affects)}" if e.affects else ""),
            )
            for e in traffic.endpoints
        ]
    )
    yield ""

    yield "Profiles:"
    yield from _table(
        [
            (
                name,
                f"{p.rounds} rounds",
                f"blocks of {p.block} in turns of {min(p.turn, p.block)}, {p.warmup_blocks} to warm up",
                f"{clock(p.replay_s)} of replay" + (f", {clock(p.ledger_s)} for indexes" if p.ledger_s else ""),
                ", ".join(f"{count(n)} {kind}" for kind, n in resolve(scenario, name).rows.items()),
            )
            for name, p in scenario.profiles.items()
        ]
    )
    yield ""

    yield f"Claims: {len(scenario.claims) or 'none'}"
    yield from _table([(c.id, c.statement, _bound(c), c.scope) for c in scenario.claims])
    yield f"An effect within ± {percent(scenario.margin)} counts as none."


def _switch(factor: Factor) -> str:
    match factor:
        case CacheFactor():
            return f"the caches {', '.join(factor.aliases)}"
        case IndexFactor():
            return f"indexes: {', '.join(factor.which)}"
        case _:
            return f"{factor.setting}: {factor.when_off!r} when off, {factor.when_on!r} when on"


def _bound(claim: Claim) -> str:
    how = _DIRECTIONS[claim.direction]
    name = title_of(claim.metric)
    if metric_of(claim.metric).kind == "ratio":
        return f"{name}: {how} {significant(claim.bound)} times"
    if claim.is_reduction:
        return f"{name}: {how} {percent(claim.bound)} less"
    return f"{name}: {how} {in_unit(claim.bound, unit_of(claim.metric))}"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows with their columns aligned."""
    yield from (f"  {line}" for line in aligned(rows))
