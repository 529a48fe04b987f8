"""Two runs side by side, and the checks of the gate, as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perflab.analysis.gate.check import GateCheck, Verdict, is_open, outcome
from perflab.errors import clean
from perflab.report.comparison.comparison import Comparison, ComparisonRow
from perflab.report.text import cut
from perflab.units import aligned, counted

# What the verdicts are called where there is no baseline.
ALONE: dict[Verdict, str] = {"fine": "passed", "worse": "failed", "inconclusive": "inconclusive"}


def text(comparison: Comparison) -> str:
    """Return the whole comparison; A is the first run, B the second."""
    a, b = comparison.a, comparison.b
    parts = [
        f"A  {a.run_id}  {comparison.summary_a.verdict or ''}\nB  {b.run_id}  {comparison.summary_b.verdict or ''}"
    ]
    warning = comparison.warning()
    if warning is not None:
        parts.append(warning)
    parts.append(_facts(comparison))
    if comparison.changes:
        changes = "\n".join([*lines(comparison.notable()), comparison.unchanged() or ""]).strip()
        parts += ["Changes, B compared with A", changes]
    fields = ("levels", "change")
    words = {"change": "interval"} if comparison.is_alone else {}
    if not comparison.is_alone:
        parts += ["Claims", _side_by_side("claim", comparison.claims(), ("change", "verdict"))]
    parts += [
        "All requests" if comparison.is_alone else "All requests, everything off → everything on",
        _side_by_side("mean or quantile", comparison.effects(), fields, words),
    ]
    parts += ["Service time by endpoint", _side_by_side("endpoint", comparison.endpoints(), fields, words)]
    parts += ["Queries by endpoint", _side_by_side("endpoint", comparison.endpoints(), ("queries",))]
    return "\n\n".join(parts)


def lines(checks: Sequence[GateCheck], *, with_baseline: bool = True) -> list[str]:
    """Return a line per check, its columns aligned.

    Args:
        checks: The checks.
        with_baseline: Whether they compare two runs; a run alone is not worse than anything, it passes or fails.
    """
    width = max((len(clean(check.name)) for check in checks), default=0)
    return [
        f"{_word(check.verdict, with_baseline):<12}  {clean(check.name):<{width}}  {clean(check.sentence)}"
        for check in checks
    ]


def _word(verdict: Verdict, with_baseline: bool) -> str:
    return verdict if with_baseline else ALONE[verdict]


def closing(checks: Sequence[GateCheck], *, pass_inconclusive: bool = False, with_baseline: bool = True) -> str:
    """Return the outcome of all checks in one line.

    Args:
        checks: The checks.
        pass_inconclusive: Whether checks that could not be decided pass.
        with_baseline: Whether they compare two runs.
    """
    verdict, total = outcome(checks), len(checks)
    word = _word(verdict, with_baseline)
    worse = [clean(check.name) for check in checks if check.verdict == "worse"]
    undecided = f"{sum(map(is_open, checks))} of {total} checks could not be decided"
    if verdict == "worse":
        failed = " failed" if with_baseline else ""
        return f"{word}: {len(worse)} of {total} checks{failed} ({'; '.join(worse)})"
    if verdict == "inconclusive":
        return f"passes: no check failed, but {undecided}" if pass_inconclusive else f"inconclusive: {undecided}"
    claims = sum(check.verdict == "inconclusive" for check in checks)
    return f"{word}: none of {total} checks failed" + (
        f"; {counted(claims, 'claim is', 'claims are')} inconclusive" if claims else ""
    )


def _facts(comparison: Comparison) -> str:
    facts = [f"{name}\n  A  {clean(a)}\n  B  {clean(b)}" for name, a, b in comparison.facts()]
    return "\n".join(["How the runs differ", *facts]) if facts else "Machine, versions, settings and data are the same."


def _side_by_side(
    label: str, rows: Sequence[ComparisonRow], fields: Sequence[str], words: Mapping[str, str] | None = None
) -> str:
    if not rows:
        return "None in either run."
    head = [label, *(f"{side}: {(words or {}).get(name, name)}" for side in "AB" for name in fields)]
    body = [
        [cut(row.label), *(clean(getattr(reading, name)) for reading in (row.a, row.b) for name in fields)]
        for row in rows
    ]
    texts = aligned([head, *body])
    return "\n".join([texts[0], "-" * max(map(len, texts)), *texts[1:]])
