"""`perflab check`: validate a scenario against its project, and explain in words what it would do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from perflab import project, units
from perflab.cell import cells_of
from perflab.notebook import child
from perflab.progress import Silent
from perflab.scenario import CacheFactor, Factor, IndexFactor, Scenario, load, resolve


def explain(path: Path) -> str:
    """What the scenario asks and what a run of it does; raises InputError for the first mistake.

    The project is looked at in a process of its own, in which its settings are set up.
    """
    scenario = load(path)
    root = project.root_of_scenario(path)
    child.run("check", {"scenario": str(path.resolve())}, Silent().show, cwd=root)
    return "\n".join([f"{project.shown(path)}: {scenario.title}", *_lines(scenario), "", "Nothing is wrong with it."])


def _lines(scenario: Scenario) -> Iterable[str]:
    yield _line("subject", scenario.subject.settings)
    names = [factor.name for factor in scenario.factors]
    cells = cells_of(names)
    treatments = sum(cell.role == "treatment" for cell in cells)
    for factor in scenario.factors:
        yield _line("factor", f"{factor.name}: {_what(factor)}")
    yield _line("cells", f"{treatments} combinations, and {len(cells) - treatments} controls: twin, canary, reference")
    traffic = scenario.traffic
    reads = [e for e in traffic.endpoints if e.method == "GET" or e.writes is False]
    total = sum(e.weight for e in traffic.endpoints)
    yield _line(
        "traffic",
        f"{len(reads)} reading and {len(traffic.endpoints) - len(reads)} writing endpoints, "
        f"{traffic.active_users} active users, {traffic.rate_per_s:g} requests per second",
    )
    for endpoint in traffic.endpoints:
        share = units.percent(endpoint.weight / total)
        audited = " (audited)" if endpoint.audited else ""
        yield _line("", f"{share:>6}  {endpoint.method:<6} {endpoint.path}{audited}")
    for claim in scenario.claims:
        yield _line("claim", f"{claim.id}: {claim.statement}")
    for name, profile in scenario.profiles.items():
        rows = sum(resolve(scenario, name).rows.values())
        yield _line(
            "profile",
            f"{name}: {rows:,} rows, {profile.rounds} rounds, {units.clock(profile.replay_s)} of replaying",
        )


def _line(word: str, text: str) -> str:
    return f"  {word:<8}  {text}"


def _what(factor: Factor) -> str:
    if isinstance(factor, CacheFactor):
        return f"the cache {', '.join(factor.aliases)}, or none"
    if isinstance(factor, IndexFactor):
        return f"with or without the indexes: {', '.join(factor.which)}"
    return f"{factor.setting} = {factor.when_off!r} or {factor.when_on!r}"
