"""What to do now: each action with the gain that was measured of it, or that it was not measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from perflab import units
from perflab.analysis.database.indexes import droppable, slower_without
from perflab.analysis.database.mistakes.findings import CLASSES as OF_QUERIES
from perflab.analysis.database.queries import REPEATED, is_switched_off
from perflab.analysis.memory import MEMORY_GROWTH
from perflab.analysis.responses.findings import WORDS
from perflab.analysis.responses.further import CLASSES as OF_RESPONSES
from perflab.analysis.responses.statuses import FIRST, KINDS
from perflab.report import lookup
from perflab.report.first_page.action import MAX_NAMED, Action, Factor, apart_s, named
from perflab.report.first_page.switch_actions import slower_reads, switches
from perflab.report.html import Markup, element
from perflab.report.lookup import Row
from perflab.report.sections.indexes import HEADING as NEEDED
from perflab.report.sections.indexes import gains_of, reasons, undecided
from perflab.run.metrics import in_words
from perflab.run.records import Finding
from perflab.run.scenario import index_factors
from perflab.run.store import Run
from perflab.run.summary import Summary

# What to do about each class of finding about responses that no comparison of cells shows, about queries, a cache and a process.
REMEDIES = {
    "depends_on_history": "Keep nothing in the process that the response of {} depends on",
    "stale_304": "Let ETag and Last-Modified of {} change with every write",
    "cached_absence": "Do not keep in {} that something is absent, or forget it when it is created",
    "ignores_header": "Make the header a part of the key under which responses of {} are kept",
    "pages_overlap": "Order the rows of {} by something unique, and page by page without a gap",
    "open_to_anyone": "Check who may read {}",
    "lock_in_read": "Read without locks and writes in {}",
    "waits": "Find out what the queries of {} wait for",
    "scan_count": "Count less in {}: keep the number, estimate it, or page without it",
    "sort_unserved": "Replace DISTINCT over a join by EXISTS in {}",
    "cache_never_read": "Have {} use the cache, or remove the cache",
    "delete_in_vain": "Delete the keys that responses are stored under in {}",
    "invalidation_before_commit": "Delete cache entries after the commit (transaction.on_commit) in {}",
    "counter_race": "Count with the cache's own incr in {}",
    "cache_unbounded": "Give entries of {} a time to live, and the same key for the same request",
    "ttl_short": "Store the responses of {} for longer",
    "serialised": "Lock the key in {}, not everything",
    "repeated_lookup": "Fetch the entries of {} together",
    "compression_loss": "Store the entries of {} uncompressed",
    MEMORY_GROWTH: "Find what a process keeps of each request: a list that only grows, a cache without a limit",
}


def actions(summary: Summary, run: Run) -> list[Action]:
    """Return what the run recommends; nothing from a run that is not complete.

    What is wrong comes first, then the greatest gain. What has an unknown gain comes before what has none. What rests on times
    is left out where the controls withhold verdicts on them.
    """
    if not run.complete:
        return []
    urgent = [*_unanswered(summary), *_wrong_responses(summary), *_mistakes(summary, of_responses=True)]
    others = [*_repeated_queries(summary, run), *_mistakes(summary, of_responses=False)]
    if not lookup.withheld(summary):
        factors = run.scenario.get("factors") or [{"name": name} for name in run.factors]
        others += [
            *_indexes_to_add(summary, run), *_indexes_to_drop(summary, run, factors), *slower_reads(summary, run, factors),
            *switches(summary, run, factors),
        ]  # fmt: skip
    return [*urgent, *sorted(others, key=_by_gain)]


def _by_gain(action: Action) -> tuple[int, float]:
    saves_s = action.saves_s
    return (1, 0.0) if saves_s is None else (0, -saves_s) if saves_s > 0 else (2, 0.0)


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
        what = f"Repair {units.listed(named)}{more} first"
        yield Action(what, findings[0].sentence.removesuffix("."), "endpoints")


def _wrong_responses(summary: Summary) -> Iterator[Action]:
    """Wrong responses come before any gain."""
    wrong = [
        finding for finding in lookup.findings(summary) if finding.severity == "error" and finding.kind not in FIRST
    ]
    if not wrong:
        return
    places: dict[str, list[str]] = {}
    for finding in wrong[:MAX_NAMED]:
        places.setdefault(_returned(finding), []).append(str(finding.endpoint or finding.table))
    named = [f"{units.listed(list(dict.fromkeys(where)))} ({what})" for what, where in places.items()]
    more = f" and {len(wrong) - MAX_NAMED} more" if len(wrong) > MAX_NAMED else ""
    section = (
        "responses"
        if wrong[0].kind in (*WORDS, *OF_RESPONSES)
        else "endpoints"
        if wrong[0].kind in KINDS
        else "caching"
    )
    yield Action("Fix wrong responses first", f"{', '.join(named)}{more}; no gain counts until then", section)


def _returned(finding: Finding) -> str:
    """What was wrong, without the explanation that the finding itself has in brackets."""
    return WORDS.get(finding.kind, in_words(finding.kind)).partition(" (")[0]


def _repeated_queries(summary: Summary, run: Run) -> Iterator[Action]:
    """Queries that repeat in a request with everything on, those first that take most time of all requests."""
    findings = [each for each in lookup.findings(summary, [REPEATED]) if not is_switched_off(each)]
    if not findings:
        return
    costs = {id(finding): _cost_s(summary, run, finding) for finding in findings}
    findings.sort(key=lambda finding: -(costs[id(finding)] or 0.0))
    endpoints = list(dict.fromkeys(str(finding.endpoint) for finding in findings))
    costs_s = [cost for cost in costs.values() if cost is not None]
    query = "query" if len(findings) == 1 else "queries"
    takes = "it takes" if len(findings) == 1 else "they take"
    spent = f" In the check requests {takes} {units.seconds(sum(costs_s))} of the mean request."
    yield Action(
        f"Remove the repeated (N+1) {query} in {named(endpoints)}",
        f"{findings[0].sentence}{spent if costs_s else ''} The saving was not measured", "queries",
        saves_s=sum(costs_s) if costs_s else None,
    )  # fmt: skip


def _cost_s(summary: Summary, run: Run, finding: Finding) -> float | None:
    """The seconds that all but the first of the repeated queries take in the mean request, by the checks."""
    sql = finding.example.get("sql")
    rows = [
        row for row in summary.queries if row["endpoint"] == finding.endpoint and row["sql"] == sql and row["times"] > 1
    ]
    part = lookup.part_of(summary, run, [str(finding.endpoint)])
    if not rows or part is None:
        return None
    return part * min(float(row["seconds"]) * (1 - 1 / float(row["times"])) for row in rows)


def _mistakes(summary: Summary, of_responses: bool) -> Iterator[Action]:
    """What has a remedy of its own, about responses or about anything else: one action for each class.

    An index to add is an action of its own.
    """
    helpful = lookup.lacking(summary)
    for kind, remedy in REMEDIES.items():
        findings = lookup.findings(summary, [kind]) if (kind in OF_RESPONSES) == of_responses else []
        findings = [finding for finding in findings if finding not in helpful]
        if findings:
            endpoints = list(dict.fromkeys(str(finding.endpoint) for finding in findings))
            what, sentence = remedy.format(named(endpoints)), findings[0].sentence
            if of_responses:
                yield Action(what, sentence.removesuffix("."), "responses")
            else:
                section = "queries" if kind in OF_QUERIES else "endpoints" if kind == MEMORY_GROWTH else "caching"
                yield Action(what, f"{sentence} The gain was not measured", section)


def _indexes_to_add(summary: Summary, run: Run) -> Iterator[Action]:
    findings = lookup.lacking(summary)
    for finding in findings[:MAX_NAMED]:
        example = finding.example
        before, after = (f"{example[side] * 1e3:.2f}" for side in ("before_s", "after_s"))
        instead = f" instead of {finding.index}" if finding.index else ""
        gain = f"{before} → {after} ms for its query in {finding.endpoint}, measured on a copy of the database"
        part = lookup.part_of(summary, run, [str(finding.endpoint)])
        saves_s = None if part is None else part * (example["before_s"] - example["after_s"])
        yield Action(f"Add {example['index']} to {example['model']}{instead}", gain, "indexes", saves_s=saves_s)
    if len(findings) > MAX_NAMED:
        number = units.counted(len(findings) - MAX_NAMED, "more index", "more indexes")
        yield Action(f"Add {number}", "each at least halved the time of its query on a copy of the database", "indexes")


def _indexes_to_drop(summary: Summary, run: Run, factors: Sequence[Factor]) -> Iterator[Action]:
    rows = [row for row in lookup.candidates(summary) if not row.get("package")]
    can_go, unneeded = droppable(rows), [row for row in rows if row["redundant_or_unused"]]
    gains = gains_of(can_go)
    if gains:
        why = f"{reasons(can_go, run)}. The migration is in summary.html, section “{NEEDED}”"
        gain = f"without {'it' if len(can_go) == 1 else 'them'}, {gains}. {why}"
        what = f"Drop {len(can_go)} of {units.counted(len(rows), 'index', 'indexes')}"
        reads = lookup.without_index(can_go[0], "reads")
        saves_s = apart_s(reads) if reads is not None and reads.verdict == "better" else 0.0
        yield Action(what, gain, "indexes", _effort(factors, index_factors(run.scenario)), saves_s=saves_s)
    elif unneeded:
        each = "it is" if len(unneeded) == 1 else "each is"
        why = f"{each} covered by another index or not used by this traffic, but {undecided(unneeded)}"
        yield Action(_to_find_out(unneeded), why, "indexes", saves_s=0.0)


def _to_find_out(rows: Sequence[Row]) -> str:
    """What to do about candidates for removal when it is undecided whether they can be dropped."""
    number = "one index" if len(rows) == 1 else f"{len(rows)} indexes"
    if rows[0].get("changed") or slower_without(rows[0]):
        return f"Find out {'whether one index is' if len(rows) == 1 else f'which of {number} are'} needed after all"
    if rows[0].get("measured_as") is None:
        return f"Measure without {number} to decide whether {'it' if len(rows) == 1 else 'they'} can be dropped"
    return f"Measure longer to decide whether {number} can be dropped"


def _effort(factors: Sequence[Factor], names: Sequence[str]) -> str | None:
    return next((factor["effort"] for factor in factors if factor["name"] in names and factor.get("effort")), None)


def lines(summary: Summary, run: Run) -> list[str]:
    """Return the actions as text, one per line."""
    return [action.sentence for action in actions(summary, run)]
