"""Findings of the page: what stands out in a summary, each a sentence with the numbers it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from perflab import units
from perflab.analysis.database.findings import REMOVABLE
from perflab.analysis.responses.findings import WORDS
from perflab.report import sentences
from perflab.report.sentences import Effect
from perflab.run.cells import READS, WRITES

Tone = Literal["good", "bad", "note"]
SHOWN = 5  # of what the ledgers found; the first page is for a minute


@dataclass(frozen=True)
class Finding:
    """One sentence for people, and the effect or figures behind it."""

    sentence: str
    tone: Tone
    evidence: Mapping[str, Any]


def findings(summary: Mapping[str, Any]) -> list[Finding]:
    """What a reader should know besides the claims and what to do, the most important first."""
    return [
        *_answers(summary), *_controls(summary), *_problems(summary), *_attribution(summary), *_reads_and_writes(summary),
        *_endpoints(summary),
    ]  # fmt: skip


def _answers(summary: Mapping[str, Any]) -> Iterator[Finding]:
    found = summary.get("equivalence") or {}
    changed, compared = found.get("changed") or 0, found.get("compared") or 0
    if changed:
        where = [row for row in found.get("by_endpoint", []) if row["changed"]]
        names = ", ".join(f"{row['endpoint']} ({row['changed']:,})" for row in where)
        yield Finding(f"{changed:,} of {compared:,} answers are not the baseline's: {names}.", "bad", found)
    unknown = found.get("unknown") or 0
    if unknown:
        yield Finding(f"{unknown:,} requests failed in one of both cells and were left out.", "bad", found)
    by_themselves = found.get("nondeterministic") or []
    if by_themselves:
        text = (
            f"Answers of {units.listed(by_themselves)} change by themselves, whatever is on, and could not be compared."
        )
        yield Finding(text, "note", found)


def _problems(summary: Mapping[str, Any]) -> Iterator[Finding]:
    """What the ledgers found; wrong answers have a section of their own, and indexes that could go are something to do."""
    rows = [row for row in summary.get("findings") or [] if row["class"] not in (*WORDS, *REMOVABLE)]
    for row in rows[:SHOWN]:
        yield Finding(row["sentence"], "bad" if row["severity"] == "error" else "note", row)
    if len(rows) > SHOWN:
        yield Finding(f"{len(rows) - SHOWN} more findings are in the sections below.", "note", {"rows": len(rows)})


def _endpoints(summary: Mapping[str, Any]) -> Iterator[Finding]:
    """What changed most, by the end of the interval that is nearer to no change."""
    rows = sentences.by_endpoint(summary)
    better = sorted((row for row in rows if row["verdict"] == "better"), key=lambda row: float(row["high"]))
    worse = sorted((row for row in rows if row["verdict"] == "worse"), key=lambda row: -float(row["low"]))
    if better:
        yield _changed(summary, "gained most", better[0], "good")
    for row in worse[:3]:
        yield _changed(summary, "got worse", row, "bad")
    if len(rows) > 1:
        open_ = sum(row["verdict"] in ("inconclusive", "equivalent") for row in rows)
        text = (
            f"Of {len(rows)} endpoints {len(better)} {'is' if len(better) == 1 else 'are'} faster, {len(worse)} slower"
        )
        text = f"{text}, and of {open_} the run cannot tell." if open_ else f"{text}."
        yield Finding(text, "note", {"rows": len(rows)})


def _changed(summary: Mapping[str, Any], how: str, row: Effect, tone: Tone) -> Finding:
    share = sentences.share(summary, row["endpoint"])
    what = f"{row['endpoint']} ({share}) {how}" if share else f"{row['endpoint']} {how}"
    return Finding(f"{what}: {sentences.change(row)}, {sentences.levels(row)}.", tone, row)


def _reads_and_writes(summary: Mapping[str, Any]) -> Iterator[Finding]:
    """What the mean over all requests hides where the two went different ways."""
    reads, writes = (sentences.effect(summary, part, "latency_s") for part in (READS, WRITES))
    if reads is None or writes is None or reads["verdict"] == writes["verdict"]:
        return
    share = f"; writes are {units.percent(writes['n'] / (reads['n'] + writes['n']), 0)} of requests"
    text = f"Reads take {sentences.change(reads)}, writes {sentences.change(writes)}{share}."
    yield Finding(text, "bad" if "worse" in (reads["verdict"], writes["verdict"]) else "note", writes)


def _attribution(summary: Mapping[str, Any]) -> Iterator[Finding]:
    sentence = sentences.attribution(summary)
    if sentence is not None:
        yield Finding(sentence, "note", sentences.shares(summary)[0])


def _controls(summary: Mapping[str, Any]) -> Iterator[Finding]:
    control = summary.get("control") or {}
    twin, canary = control.get("twin") or {}, control.get("canary") or {}
    if twin.get("practically_significant"):
        yield Finding(str(twin["sentence"]), "bad", twin)
    before = control.get("carry_over") or {}
    if before.get("reported"):
        yield Finding(str(before["sentence"]), "bad" if before.get("practically_significant") else "note", before)
    if canary.get("detected") is False:
        yield Finding(str(canary["sentence"]), "bad", canary)
