"""What to do now: each action with the gain that was measured of it, or that it was not measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perflab import units
from perflab.analysis.database.findings import LACKING
from perflab.analysis.database.indexes import droppable, slower_without
from perflab.analysis.responses.findings import WORDS
from perflab.report import sentences
from perflab.report.html import Markup, element
from perflab.report.sections.indexes import gains_of, why_superfluous
from perflab.run.cells import ALL, MISSES, WRITES, contrast_name
from perflab.run.scenario import cache_factors, index_factors, scenario_endpoints
from perflab.run.store import Run

Summary = Mapping[str, Any]

NAMED = 3  # of many alike only the first few are named; the sections below have them all


@dataclass(frozen=True)
class Action:
    """One thing to do: what, what that brings as it was measured, and the section that shows it."""

    what: str
    gain: str
    section: str
    effort: str | None = None

    @property
    def sentence(self) -> str:
        effort = f" Effort, as the scenario states it: {self.effort}." if self.effort else ""
        return f"{self.what}: {self.gain}.{effort}"


def actions(summary: Summary, run: Run) -> list[Action]:
    """What the run recommends, the most urgent first; nothing from a run that is not complete.

    What rests on times is left out where the controls withhold verdicts on them.
    """
    if not run.complete:
        return []
    found = [*_mend(summary), *_repeated(summary)]
    if not (summary.get("control") or {}).get("withheld"):
        factors = run.scenario.get("factors") or [{"name": name} for name in run.factors]
        found += [
            *_indexes_to_add(summary), *_indexes_to_drop(summary, run, factors), *_slower_reads(summary, run.scenario, factors),
            *_switches(summary, run.scenario, factors),
        ]  # fmt: skip
    return found


def section_of(summary: Summary, run: Run) -> Markup | None:
    """The actions as a list; None where there is none."""
    items = [element("li", *_shown(action)) for action in actions(summary, run)]
    if not items:
        return None
    heading = element("h2", "What to do", id="actions")
    return element("section", heading, element("ul", *items, class_="actions"), aria_labelledby="actions")


def _shown(action: Action) -> list[Markup | str]:
    rest = action.sentence.removeprefix(f"{action.what}: ")
    return [element("strong", action.what), f": {rest} ", element("a", "details", href=f"#{action.section}")]


def _mend(summary: Summary) -> Iterator[Action]:
    """Wrong answers come before any gain."""
    wrong = [found for found in summary.get("findings") or [] if found["severity"] == "error"]
    if not wrong:
        return
    named = [f"{found['endpoint'] or found.get('table')} ({found['class']})" for found in wrong[:NAMED]]
    more = f" and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
    section = "answers" if wrong[0]["class"] in WORDS else "caching"
    yield Action("Mend what is wrong first", f"{', '.join(named)}{more}; no gain counts before", section)


def _repeated(summary: Summary) -> Iterator[Action]:
    """Queries that repeat in a request with everything on."""
    found = [f for f in summary.get("findings") or [] if f["class"] == "repeated_query"]
    if found:
        named = units.listed(list(dict.fromkeys(str(f["endpoint"]) for f in found))[:NAMED])
        yield Action(f"Fetch at once what {named} asks for again and again", f"{found[0]['sentence'].removesuffix('.')}; "
                     "what that would save was not measured", "queries")  # fmt: skip


def _indexes_to_add(summary: Summary) -> Iterator[Action]:
    for found in [f for f in summary.get("findings") or [] if f["class"] in LACKING][:NAMED]:
        example = found["example"]
        took = (
            f"{example['before_s'] * 1e3:.2f} → {example['after_s'] * 1e3:.2f} ms for its query of {found['endpoint']}"
        )
        instead = f" instead of {found['index']}" if found.get("index") else ""
        yield Action(f"Add {example['index']} to {example['model']}{instead}", f"{took}, tried on a copy", "indexes")


def _indexes_to_drop(summary: Summary, run: Run, factors: Sequence[Mapping[str, Any]]) -> Iterator[Action]:
    rows = [row for row in summary.get("indexes") or [] if row["candidate"]]
    can_go, asked = droppable(rows), [row for row in rows if row["redundant_or_unused"]]
    number = "this index" if len(asked) == 1 else f"these {len(asked)} indexes"
    if gains_of(can_go):
        what = f"Drop {len(can_go)} of {len(rows)} indexes"
        why = f"{why_superfluous(can_go, run)}; the page's section on indexes has the migration"
        gain = f"without them, {gains_of(can_go)}. {why}"
        yield Action(what, gain, "indexes", _effort(factors, index_factors(run.scenario)))
    elif asked:
        needed = asked[0].get("changed") or slower_without(asked[0])
        which = "whether this index" if len(asked) == 1 else f"which of {number}"
        what = f"Find out {which} is needed after all" if needed else f"Measure longer whether {number} can go"
        why = f"another index does what they do, or this traffic does not use them; {asked[0]['reason']}"
        yield Action(what, why, "indexes")


def _slower_reads(
    summary: Summary, scenario: Mapping[str, Any], factors: Sequence[Mapping[str, Any]]
) -> Iterator[Action]:
    """Reads that a switch makes slower on top of all others; that indexes cost writes something is no surprise."""
    reads = {endpoint.name for endpoint in scenario_endpoints(scenario) if not endpoint.writes}
    caching = cache_factors(scenario)
    slower = [
        (row, factor)
        for factor in factors
        for row in sentences.by_endpoint(summary, contrast=contrast_name("leave-one-out", str(factor["name"])))
        if row["verdict"] == "worse" and row["endpoint"] in reads and row["low"] is not None
    ]
    for row, factor in sorted(slower, key=lambda pair: -float(pair[0]["low"]))[:NAMED]:
        name, endpoint = factor["name"], row["endpoint"]
        what = f"Leave {endpoint} out of ‘{name}’" if name in caching else f"Look at what ‘{name}’ does to {endpoint}"
        share = sentences.share(summary, endpoint)
        gain = f"its service time is {sentences.change(row)} with it, {sentences.levels(row)}" + (
            f"; {share}" if share else ""
        )
        yield Action(what, gain, "endpoints")


def _switches(summary: Summary, scenario: Mapping[str, Any], factors: Sequence[Mapping[str, Any]]) -> Iterator[Action]:
    """What to keep, what can go, and what is open, by what each switch does on top of all others."""
    can_go, dropping = len(droppable(summary.get("indexes") or [])), index_factors(scenario)
    for factor in factors:
        name = str(factor["name"])
        row = sentences.effect(summary, ALL, "latency_s", contrast_name("leave-one-out", str(name)))
        if row is None:
            continue
        what = {"better": "Keep", "worse": "Switch off", "equivalent": "Do without"}.get(row["verdict"], "Decide on")
        more, away = " by more than its speed" if row["verdict"] == "inconclusive" else "", "without it"
        if what == "Keep" and name in dropping and can_go:
            more = f", but for {'this index' if can_go == 1 else f'these {can_go} indexes'}"
            away = "without all of its indexes"
        gain = f"{away}, service time would be {sentences.change(sentences.without(row))}{_costs(summary, name)}"
        yield Action(f"{what} ‘{name}’{more}", gain, "switches", factor.get("effort"))


def _costs(summary: Summary, factor: str) -> str:
    """Where a switch makes something slower, beside what it does on average."""
    said = []
    for group, word in ((WRITES, "writes"), (MISSES, "cache misses")):
        row = sentences.effect(summary, group, "latency_s", contrast_name("leave-one-out", factor))
        if row is not None and row["verdict"] == "worse":
            said.append(f"{word} take {sentences.change(row)}")
    return f"; with it, {' and '.join(said)}" if said else ""


def _effort(factors: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str | None:
    return next((factor["effort"] for factor in factors if factor["name"] in names and factor.get("effort")), None)


def lines(summary: Summary, run: Run) -> list[str]:
    """The same as text."""
    return [action.sentence for action in actions(summary, run)]
