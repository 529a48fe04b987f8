"""Findings of the page: what stands out in a summary, each a sentence with the numbers it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from perflab.analysis.findings import WORDS
from perflab.analysis.index_findings import SUPERFLUOUS
from perflab.report import sentences
from perflab.report.sentences import Effect

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
        *_answers(summary), *_controls(summary), *_problems(summary), *_attribution(summary), *_endpoints(summary),
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


def _problems(summary: Mapping[str, Any]) -> Iterator[Finding]:
    """What the ledgers found; wrong answers have a section of their own, and indexes that could go are something to do."""
    rows = [row for row in summary.get("findings") or [] if row["class"] not in (*WORDS, *SUPERFLUOUS)]
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
        yield _changed("gained most", better[0], "good")
    for row in worse[:3]:
        yield _changed("got worse", row, "bad")
    if len(rows) > 1:
        open_ = sum(row["verdict"] in ("inconclusive", "equivalent") for row in rows)
        text = f"Of {len(rows)} endpoints {len(better)} {'is' if len(better) == 1 else 'are'} faster, {len(worse)} slower"
        yield Finding(
            f"{text} and {open_} not told apart." if open_ else f"{text}.", "note", {"rows": len(rows)}
        )


def _changed(how: str, row: Effect, tone: Tone) -> Finding:
    return Finding(f"{row['endpoint']} {how}: {sentences.change(row)}, {sentences.levels(row)}.", tone, row)


def _attribution(summary: Mapping[str, Any]) -> Iterator[Finding]:
    sentence = sentences.attribution(summary)
    if sentence is not None:
        yield Finding(sentence, "note", sentences.shares(summary)[0])


def _controls(summary: Mapping[str, Any]) -> Iterator[Finding]:
    control = summary.get("control") or {}
    twin, canary = control.get("twin") or {}, control.get("canary") or {}
    if twin.get("material"):
        yield Finding(str(twin["sentence"]), "bad", twin)
    before = control.get("predecessor") or {}
    if before.get("reported"):
        yield Finding(str(before["sentence"]), "bad" if before.get("material") else "note", before)
    if canary.get("seen") is False:
        yield Finding(str(canary["sentence"]), "bad", canary)
