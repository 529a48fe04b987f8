"""What stands out in a summary, each a sentence with the numbers it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from perflab import units
from perflab.analysis.database.findings import REMOVABLE
from perflab.analysis.responses.findings import WORDS
from perflab.report import estimates, lookup, sentences
from perflab.report.lookup import Effect, Summary
from perflab.run.cells import READS, WRITES

Tone = Literal["good", "bad", "note"]
MAX_SHOWN = 5  # findings of the ledgers; the first page is read in a minute
MAX_WORSE = 3


@dataclass(frozen=True)
class Finding:
    """One sentence for people, and the effect or figures behind it."""

    sentence: str
    tone: Tone
    evidence: Mapping[str, Any]


def findings(summary: Summary) -> list[Finding]:
    """Return what a reader should know besides the claims and what to do, the most important first."""
    return [
        *_responses(summary), *_controls(summary), *_problems(summary), *_attribution(summary), *_reads_and_writes(summary),
        *_endpoints(summary),
    ]  # fmt: skip


def _responses(summary: Summary) -> Iterator[Finding]:
    same = lookup.equivalence(summary)
    changed, compared, unknown = (same.get(name) or 0 for name in ("changed", "compared", "unknown"))
    if changed:
        rows = [row for row in same.get("by_endpoint", []) if row["changed"]]
        names = ", ".join(f"{row['endpoint']} ({row['changed']:,})" for row in rows)
        yield Finding(f"{changed:,} of {compared:,} responses differ from the baseline's: {names}.", "bad", same)
    if unknown:
        yield Finding(f"{unknown:,} requests failed in one of the two cells and were left out.", "bad", same)
    endpoints = same.get("nondeterministic") or []
    if endpoints:
        text = f"Responses of {units.listed(endpoints)} are nondeterministic, whatever is switched on, and could not be compared."
        yield Finding(text, "note", same)


def _problems(summary: Summary) -> Iterator[Finding]:
    """What the ledgers found; wrong responses have their own section, and indexes to drop are among the actions."""
    rows = [row for row in lookup.findings(summary) if row["class"] not in (*WORDS, *REMOVABLE)]
    for row in rows[:MAX_SHOWN]:
        yield Finding(row["sentence"], "bad" if row["severity"] == "error" else "note", row)
    if len(rows) > MAX_SHOWN:
        yield Finding(f"{len(rows) - MAX_SHOWN} more findings are in the sections below.", "note", {"rows": len(rows)})


def _endpoints(summary: Summary) -> Iterator[Finding]:
    """What changed most, by the end of the interval that is nearer to no change."""
    rows = lookup.by_endpoint(summary)
    better = sorted((row for row in rows if row["verdict"] == "better"), key=lambda row: float(row["high"]))
    worse = sorted((row for row in rows if row["verdict"] == "worse"), key=lambda row: -float(row["low"]))
    if better:
        yield _changed(summary, "Largest gain", better[0], "good")
    for row in worse[:MAX_WORSE]:
        yield _changed(summary, "Regression", row, "bad")
    if len(rows) > 1:
        yield Finding(_counts(rows, len(better), len(worse)), "note", {"rows": len(rows)})


def _counts(rows: list[Effect], better: int, worse: int) -> str:
    """`8 of 21 endpoints are faster, 3 slower, 10 inconclusive.`."""
    others = {word: sum(row["verdict"] == word for row in rows) for word in ("equivalent", "inconclusive")}
    first = f"{better} of {len(rows)} endpoints {'is' if better == 1 else 'are'} faster, {worse} slower"
    return ", ".join([first, *(f"{number} {word}" for word, number in others.items() if number)]) + "."


def _changed(summary: Summary, label: str, row: Effect, tone: Tone) -> Finding:
    share = sentences.share(summary, row["endpoint"])
    name = f"{row['endpoint']} ({share})" if share else row["endpoint"]
    return Finding(f"{label}: {name}, {estimates.paced(row)}, {estimates.levels(row)}.", tone, row)


def _reads_and_writes(summary: Summary) -> Iterator[Finding]:
    """What the mean over all requests hides where the two went different ways."""
    reads, writes = (lookup.effect(summary, part) for part in (READS, WRITES))
    if reads is None or writes is None or reads["verdict"] == writes["verdict"]:
        return
    share = f"; writes are {units.percent(writes['n'] / (reads['n'] + writes['n']), 0)} of requests"
    text = f"Reads are {estimates.paced(reads)}, writes are {estimates.paced(writes)}{share}."
    yield Finding(text, "bad" if "worse" in (reads["verdict"], writes["verdict"]) else "note", writes)


def _attribution(summary: Summary) -> Iterator[Finding]:
    sentence = sentences.attribution(summary)
    if sentence is not None:
        yield Finding(sentence, "note", lookup.shares(summary)[0])


def _controls(summary: Summary) -> Iterator[Finding]:
    """The controls that cast doubt on the run."""
    aa_control, positive_control, carry_over = (
        lookup.control(summary, name) for name in ("twin", "canary", "carry_over")
    )
    if aa_control.get("practically_significant"):
        yield Finding(str(aa_control["sentence"]), "bad", aa_control)
    if carry_over.get("reported"):
        yield Finding(
            str(carry_over["sentence"]), "bad" if carry_over.get("practically_significant") else "note", carry_over
        )
    if positive_control.get("detected") is False:
        yield Finding(str(positive_control["sentence"]), "bad", positive_control)
