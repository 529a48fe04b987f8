"""What to do now: each action with the gain that was measured of it, or that it was not measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perflab import units
from perflab.analysis.database.findings import LACKING
from perflab.analysis.database.indexes import droppable, slower_without
from perflab.analysis.responses.findings import WORDS
from perflab.analysis.responses.statuses import FIRST, KINDS
from perflab.report import estimates, lookup, sentences
from perflab.report.html import Markup, element
from perflab.report.lookup import Row
from perflab.report.sections.indexes import gains_of, reasons, undecided
from perflab.run.cells import MISSES, WRITES, contrast_name
from perflab.run.metrics import in_words
from perflab.run.records import Effect, Finding
from perflab.run.scenario import cache_factors, index_factors, writing_endpoints
from perflab.run.store import Run
from perflab.run.summary import Summary

Factor = Mapping[str, Any]

# What to do about each class of finding about a cache.
REMEDIES = {
    "delete_in_vain": "Delete the keys that responses are stored under in {}",
    "ttl_short": "Store the responses of {} for longer",
    "repeated_lookup": "Fetch the entries of {} together",
}
MAX_NAMED = 3  # of many alike only the first few are named; the sections below have them all


@dataclass(frozen=True)
class Action:
    """One thing to do: what, what was measured of it, the section that shows it, and the effort that the scenario states."""

    what: str
    gain: str
    section: str
    effort: str | None = None
    separator: str = ": "

    @property
    def reason(self) -> str:
        """The gain and the effort: what follows the separator."""
        effort = f" Effort, as stated in the scenario: {self.effort}." if self.effort else ""
        return f"{self.gain}.{effort}"

    @property
    def sentence(self) -> str:
        """The action in one line."""
        return f"{self.what}{self.separator}{self.reason}"


def actions(summary: Summary, run: Run) -> list[Action]:
    """Return what the run recommends, the most urgent first; nothing from a run that is not complete.

    What rests on times is left out where the controls withhold verdicts on them.
    """
    if not run.complete:
        return []
    urgent = [
        *_unanswered(summary), *_wrong_responses(summary), *_repeated_queries(summary), *_cache_mistakes(summary)
    ]  # fmt: skip
    if lookup.withheld(summary):
        return urgent
    factors = run.scenario.get("factors") or [{"name": name} for name in run.factors]
    return [
        *urgent, *_indexes_to_add(summary), *_indexes_to_drop(summary, run, factors),
        *_slower_reads(summary, run, factors), *_switches(summary, run, factors),
    ]  # fmt: skip


def section_of(summary: Summary, run: Run) -> Markup | None:
    """Return the actions as a list; None where there is none."""
    items = [
        element(
            "li",
            element("strong", action.what),
            f"{action.separator}{action.reason} ",
            element("a", "details", href=f"#{action.section}"),
        )
        for action in actions(summary, run)
    ]
    if not items:
        return None
    heading = element("h2", "What to do", id="actions")
    return element("section", heading, element("ul", *items, class_="actions"), aria_labelledby="actions")


def _unanswered(summary: Summary) -> Iterator[Action]:
    """Endpoints of which nothing worth measuring was measured come before everything else."""
    findings = lookup.findings(summary, FIRST)
    if findings:
        named = [str(finding.endpoint) for finding in findings[:MAX_NAMED]]
        more = f" and {len(findings) - MAX_NAMED} more" if len(findings) > MAX_NAMED else ""
        what = f"Make {units.listed(named)}{more} answer first"
        yield Action(what, findings[0].sentence.removesuffix("."), "endpoints")


def _wrong_responses(summary: Summary) -> Iterator[Action]:
    """Wrong responses come before any gain."""
    wrong = [
        finding for finding in lookup.findings(summary) if finding.severity == "error" and finding.kind not in FIRST
    ]
    if not wrong:
        return
    named = [f"{finding.endpoint or finding.table} ({_returned(finding)})" for finding in wrong[:MAX_NAMED]]
    more = f" and {len(wrong) - MAX_NAMED} more" if len(wrong) > MAX_NAMED else ""
    section = "responses" if wrong[0].kind in WORDS else "endpoints" if wrong[0].kind in KINDS else "caching"
    yield Action("Fix wrong responses first", f"{', '.join(named)}{more}; no gain counts until then", section)


def _returned(finding: Finding) -> str:
    """What was wrong, without the explanation that the finding itself has in brackets."""
    return WORDS.get(finding.kind, in_words(finding.kind)).partition(" (")[0]


def _repeated_queries(summary: Summary) -> Iterator[Action]:
    """Queries that repeat in a request with everything on."""
    findings = lookup.findings(summary, ["repeated_query"])
    if findings:
        endpoints = list(dict.fromkeys(str(finding.endpoint) for finding in findings))[:MAX_NAMED]
        query = "query" if len(findings) == 1 else "queries"
        yield Action(
            f"Remove the repeated (N+1) {query} in {units.listed(endpoints)}",
            f"{findings[0].sentence} The saving was not measured", "queries",
        )  # fmt: skip


def _cache_mistakes(summary: Summary) -> Iterator[Action]:
    """How a cache is used that cannot pay: one action for each class."""
    for kind, remedy in REMEDIES.items():
        findings = lookup.findings(summary, [kind])
        if findings:
            endpoints = list(dict.fromkeys(str(finding.endpoint) for finding in findings))[:MAX_NAMED]
            gain = f"{findings[0].sentence} The gain was not measured"
            yield Action(remedy.format(units.listed(endpoints)), gain, "caching")


def _indexes_to_add(summary: Summary) -> Iterator[Action]:
    for finding in lookup.findings(summary, LACKING)[:MAX_NAMED]:
        example = finding.example
        before, after = (f"{example[side] * 1e3:.2f}" for side in ("before_s", "after_s"))
        instead = f" instead of {finding.index}" if finding.index else ""
        gain = f"{before} → {after} ms for its query in {finding.endpoint}, measured on a copy of the database"
        yield Action(f"Add {example['index']} to {example['model']}{instead}", gain, "indexes")


def _indexes_to_drop(summary: Summary, run: Run, factors: Sequence[Factor]) -> Iterator[Action]:
    rows = lookup.candidates(summary)
    can_go, unneeded = droppable(rows), [row for row in rows if row["redundant_or_unused"]]
    gains = gains_of(can_go)
    if gains:
        why = f"{reasons(can_go, run)}. The section on indexes has the migration"
        gain = f"without {'it' if len(can_go) == 1 else 'them'}, {gains}. {why}"
        what = f"Drop {len(can_go)} of {units.counted(len(rows), 'index', 'indexes')}"
        yield Action(what, gain, "indexes", _effort(factors, index_factors(run.scenario)))
    elif unneeded:
        each = "it is" if len(unneeded) == 1 else "each is"
        why = f"{each} covered by another index or not used by this traffic, but {undecided(unneeded)}"
        yield Action(_to_find_out(unneeded), why, "indexes")


def _to_find_out(rows: Sequence[Row]) -> str:
    """What to do about candidates for removal when it is undecided whether they can be dropped."""
    number = "one index" if len(rows) == 1 else f"{len(rows)} indexes"
    if rows[0].get("changed") or slower_without(rows[0]):
        return f"Find out {'whether one index is' if len(rows) == 1 else f'which of {number} are'} needed after all"
    if rows[0].get("measured_as") is None:
        return f"Measure without {number} to decide whether {'it' if len(rows) == 1 else 'they'} can be dropped"
    return f"Measure longer to decide whether {number} can be dropped"


def _slower_reads(summary: Summary, run: Run, factors: Sequence[Factor]) -> Iterator[Action]:
    """Reads that a switch makes slower on top of all others; it is expected that indexes slow writes down."""
    writing, cached = writing_endpoints(run.scenario), cache_factors(run.scenario)
    slower = [
        (effect.low, effect, factor)
        for factor in factors
        for effect in lookup.by_endpoint(summary, contrast=contrast_name("leave-one-out", str(factor["name"])))
        if effect.verdict == "worse" and effect.endpoint not in writing and effect.low is not None
    ]
    for _, effect, factor in sorted(slower, key=lambda entry: -entry[0])[:MAX_NAMED]:
        name, endpoint = factor["name"], effect.endpoint
        what = f"Exclude {endpoint} from ‘{name}’" if name in cached else f"Check the effect of ‘{name}’ on {endpoint}"
        share = sentences.share(summary, endpoint)
        gain = f"with it, the endpoint takes {estimates.paced(effect)}, {estimates.levels(effect)}" + (
            f"; {share}" if share else ""
        )
        yield Action(what, gain, "endpoints")


def _switches(summary: Summary, run: Run, factors: Sequence[Factor]) -> Iterator[Action]:
    """What to keep, what to remove, and what is undecided, by what each switch does on top of all others."""
    can_go, dropping = len(droppable(summary.indexes)), index_factors(run.scenario)
    for factor in factors:
        effect = lookup.effect(summary, contrast=contrast_name("leave-one-out", str(factor["name"])))
        if effect is not None:
            yield _switch(summary, factor, effect, can_go if factor["name"] in dropping else 0)


def _switch(summary: Summary, factor: Factor, effect: Effect, can_go: int) -> Action:
    """The action for one switch; `can_go` is how many of its indexes can be dropped."""
    name = f"‘{factor['name']}’"
    without, separator = "without it", ": "
    if effect.verdict == "better" and can_go:
        what = f"Keep {name}, except for the {'index' if can_go == 1 else f'{can_go} indexes'} to drop"
        without = "without any of its indexes"
    elif effect.verdict == "better":
        what = f"Keep {name}"
    elif effect.verdict == "worse":
        what = f"Switch off {name}"
    elif effect.verdict == "equivalent":
        what = f"No practical effect: {name} changes service time by less than the margin; remove it"
        without, separator = "Without it", ". "
    else:
        what = f"Undecided: this run cannot tell whether {name} helps; measure longer or decide on other grounds"
        without, separator = "Without it", ". "
    pace = estimates.paced(estimates.reverse(effect))
    gain = f"{without}, requests would take {pace}{_costs(summary, str(factor['name']))}"
    return Action(what, gain, "switches", factor.get("effort"), separator)


def _costs(summary: Summary, factor: str) -> str:
    """Where a switch makes something slower, besides what it does on average."""
    costs = []
    for group, name in ((WRITES, "writes"), (MISSES, "cache misses")):
        effect = lookup.effect(summary, group, contrast=contrast_name("leave-one-out", factor))
        if effect is not None and effect.verdict == "worse":
            costs.append(f"{name} take {estimates.paced(effect)}")
    return f"; with it, {' and '.join(costs)}" if costs else ""


def _effort(factors: Sequence[Factor], names: Sequence[str]) -> str | None:
    return next((factor["effort"] for factor in factors if factor["name"] in names and factor.get("effort")), None)


def lines(summary: Summary, run: Run) -> list[str]:
    """Return the actions as text, one per line."""
    return [action.sentence for action in actions(summary, run)]
