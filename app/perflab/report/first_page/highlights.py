"""What stands out in a summary, each a sentence with the numbers it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from perflab import units
from perflab.analysis.database.findings import REMOVABLE
from perflab.analysis.database.queries import is_switched_off
from perflab.analysis.responses.findings import WORDS
from perflab.analysis.responses.statuses import FIRST
from perflab.report import estimates, lookup, sentences
from perflab.report.first_page.causes import causes, left_out
from perflab.run.cells import CANARY, READS, TWIN, WRITES
from perflab.run.records import Effect
from perflab.run.scenario import writing_endpoints
from perflab.run.store import Run
from perflab.run.summary import Summary

Tone = Literal["good", "bad", "note"]
MAX_SHOWN = 5  # causes of what the ledgers found; the first page is read in a minute
MAX_WORSE = 3


@dataclass(frozen=True)
class Highlight:
    """One sentence for people, and what it rests on: an effect, a finding, an attribution, counts, or a control."""

    sentence: str
    tone: Tone
    evidence: Any


def highlights(summary: Summary, run: Run) -> list[Highlight]:
    """Return what a reader should know besides the claims and what to do, the most important first."""
    return [
        *_unanswered(summary), *_responses(summary), *_controls(summary), *_problems(summary), *_attribution(summary),
        *_reads_and_writes(summary, run), *_endpoints(summary, run), *_removed(summary),
    ]  # fmt: skip


def _unanswered(summary: Summary) -> Iterator[Highlight]:
    """Endpoints that never succeeded, or were left out: of them nothing else on the page is true."""
    for finding in lookup.findings(summary, FIRST):
        yield Highlight(finding.sentence, "bad", finding)


def _responses(summary: Summary) -> Iterator[Highlight]:
    equivalence = summary.equivalence
    changed, compared, unknown = (equivalence.get(name) or 0 for name in ("changed", "compared", "unknown"))
    if changed:
        rows = [row for row in equivalence.get("by_endpoint", []) if row["changed"]]
        names = ", ".join(f"{row['endpoint']} ({row['changed']:,})" for row in rows)
        yield Highlight(
            f"{changed:,} of {compared:,} responses differ from the baseline's: {names}.", "bad", equivalence
        )
    if unknown:
        was = "was" if unknown == 1 else "were"
        text = f"{units.counted(unknown, 'request')} failed in all_off or all_on and {was} left out of the comparison."
        yield Highlight(text, "bad", equivalence)
    endpoints = equivalence.get("nondeterministic") or []
    by_themselves = equivalence.get("by_themselves")
    if by_themselves:
        number = units.counted(by_themselves, "response")
        text = f"{number} of {units.listed(endpoints)} changed by themselves{_whatever(summary, 'was')}, and are not compared."
        yield Highlight(text, "note", equivalence)
    elif endpoints:
        which = f"{units.listed(endpoints)} are nondeterministic{_whatever(summary, 'is')}"
        text = f"Responses of {which}, and could not be compared."
        yield Highlight(text, "note", equivalence)


def _whatever(summary: Summary, verb: str) -> str:
    return "" if summary.levels else f", whatever {verb} switched on"


def _problems(summary: Summary) -> Iterator[Highlight]:
    """What the ledgers found; wrong responses have their own section, and indexes to drop are among the actions."""
    others = [finding for finding in lookup.findings(summary) if finding.kind not in (*WORDS, *REMOVABLE, *FIRST)]
    by_cause = causes([finding for finding in others if not is_switched_off(finding)])
    for cause in by_cause[:MAX_SHOWN]:
        yield Highlight(cause.sentence, "bad" if cause.first.severity == "error" else "note", cause.findings)
    if len(by_cause) > MAX_SHOWN:
        rest = by_cause[MAX_SHOWN:]
        yield Highlight(left_out(rest), "note", rest)


def _removed(summary: Summary) -> Iterator[Highlight]:
    """Queries that repeat only with something off: what the switches are for."""
    findings = [finding for finding in lookup.findings(summary) if is_switched_off(finding)]
    if not findings:
        return
    number = len({finding.endpoint for finding in findings})
    most = max(findings, key=lambda finding: finding.count).sentence
    if number > 1:
        repeat = f"{number} endpoints repeat a query within one request if a switch is off"
        most = f"{repeat}; with everything on, they do not. The worst: {most}"
    yield Highlight(most, "note", findings)


def _endpoints(summary: Summary, run: Run) -> Iterator[Highlight]:
    """What changed most, by the end of the interval that is nearer to no change."""
    effects = lookup.by_endpoint(summary)
    better = sorted((effect for effect in effects if effect.verdict == "better"), key=lambda effect: effect.high or 0.0)
    worse = sorted((effect for effect in effects if effect.verdict == "worse"), key=lambda effect: -(effect.low or 0.0))
    if better:
        yield _changed(summary, run, "Largest gain", better[0], "good")
    # Holm's test may find a change that the wider simultaneous interval leaves open: the table says so, a line here cannot.
    clearly_worse = [effect for effect in worse if (effect.low or 0.0) > 1][:MAX_WORSE]
    for effect in clearly_worse:
        yield _changed(summary, run, "Regression", effect, "bad")
    if len(effects) > 1:
        others = [effect.endpoint for effect in worse if effect not in clearly_worse]
        yield Highlight(_counts(effects, len(better), len(worse), others), "note", effects)


def _counts(effects: list[Effect], better: int, worse: int, not_listed: list[str]) -> str:
    """`8 of 21 endpoints are faster, 3 slower, 10 inconclusive.`, with the slower ones that have no line of their own."""
    slower = f"{worse} slower"
    if not_listed:
        few = len(not_listed) <= MAX_WORSE
        slower += f" ({units.listed(not_listed) if few else f'{len(not_listed)} of them'}: see “By endpoint”)"
    others = {word: sum(effect.verdict == word for effect in effects) for word in ("equivalent", "inconclusive")}
    first = f"{better} of {len(effects)} endpoints {'is' if better == 1 else 'are'} faster, {slower}"
    return f"{', '.join([first, *(f'{number} {word}' for word, number in others.items() if number)])}."


def _changed(summary: Summary, run: Run, label: str, effect: Effect, tone: Tone) -> Highlight:
    share = sentences.share(summary, run, [effect.endpoint])
    name = f"{effect.endpoint} ({share})" if share else effect.endpoint
    return Highlight(f"{label}: {name} takes {estimates.paced(effect)}, {estimates.levels(effect)}.", tone, effect)


def _reads_and_writes(summary: Summary, run: Run) -> Iterator[Highlight]:
    """What the mean over all requests hides where the two went different ways."""
    reads, writes = (lookup.effect(summary, part) for part in (READS, WRITES))
    if reads is None or writes is None or reads.verdict == writes.verdict:
        return
    share = sentences.share(summary, run, sorted(writing_endpoints(run.scenario)))
    text = f"Reads take {estimates.paced(reads)}, writes {estimates.paced(writes)}"
    text += f"; writes are {share}." if share else "."
    yield Highlight(text, "bad" if "worse" in (reads.verdict, writes.verdict) else "note", writes)


def _attribution(summary: Summary) -> Iterator[Highlight]:
    whole, sentence = lookup.effect(summary), sentences.attribution(summary)
    several = len(lookup.shares(summary)) > 1
    if sentence is not None and several and (whole is None or whole.verdict != "equivalent"):  # nothing to divide
        yield Highlight(sentence, "note", lookup.shares(summary))


def _controls(summary: Summary) -> Iterator[Highlight]:
    """The controls that cast doubt on the run."""
    aa_control, positive_control, carry_over = (lookup.control(summary, name) for name in (TWIN, CANARY, "carry_over"))
    if aa_control.get("practically_significant"):
        yield Highlight(str(aa_control["sentence"]), "bad", aa_control)
    if carry_over.get("reported"):
        tone: Tone = "bad" if carry_over.get("practically_significant") else "note"
        yield Highlight(str(carry_over["sentence"]), tone, carry_over)
    if positive_control.get("detected") is False:
        yield Highlight(str(positive_control["sentence"]), "bad", positive_control)
