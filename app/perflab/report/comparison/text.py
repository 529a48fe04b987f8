"""Two runs side by side, and the gate's budgets, as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from perflab.analysis.gate.check import GateCheck, is_open, outcome
from perflab.report.comparison.comparison import Comparison, Row
from perflab.report.text import clean, cut
from perflab.units import aligned


def text(comparison: Comparison) -> str:
    """The whole comparison: A is the first run, B the second."""
    a, b = comparison.a, comparison.b
    parts = [f"A  {a.run_id}  {comparison.summary_a['verdict']}\nB  {b.run_id}  {comparison.summary_b['verdict']}"]
    warning = comparison.warning()
    if warning is not None:
        parts.append(warning)
    parts.append(_facts(comparison))
    if comparison.changes:
        parts += ["Changes, B against A", "\n".join([*lines(comparison.told()), comparison.untold() or ""]).strip()]
    found = ("levels", "change")
    parts += ["Claims", _side_by_side("claim", comparison.claims(), ("change", "verdict"))]
    parts += [
        "All requests, everything off → everything on",
        _side_by_side("mean or quantile", comparison.effects(), found),
    ]
    parts += ["Service time by endpoint", _side_by_side("endpoint", comparison.endpoints(), found)]
    parts += ["Queries by endpoint", _side_by_side("endpoint", comparison.endpoints(), ("queries",))]
    return "\n\n".join(parts)


def lines(budgets: Sequence[GateCheck]) -> list[str]:
    """A line per budget, its columns aligned."""
    width = max((len(clean(budget.name)) for budget in budgets), default=0)
    return [f"{budget.verdict:<12}  {clean(budget.name):<{width}}  {clean(budget.sentence)}" for budget in budgets]


def closing(budgets: Sequence[GateCheck], *, pass_inconclusive: bool = False) -> str:
    """What all budgets come to, in one line."""
    word, total = outcome(budgets), len(budgets)
    worse, open_ = [b for b in budgets if b.verdict == "worse"], [b for b in budgets if is_open(b)]
    undecided = f"{len(open_)} of {total} budgets could not be decided"
    if word == "worse":
        return f"worse: {len(worse)} of {total} budgets ({'; '.join(clean(budget.name) for budget in worse)})"
    if word == "inconclusive":
        return (
            f"passes: nothing is known to be worse, but {undecided}"
            if pass_inconclusive
            else f"inconclusive: {undecided}"
        )
    claims = sum(b.verdict == "inconclusive" for b in budgets)
    return f"fine: none of {total} budgets is worse" + (f"; {claims} claims stay open" if claims else "")


def _facts(comparison: Comparison) -> str:
    facts = comparison.facts()
    if not facts:
        return "The same machine, versions, settings and data."
    told = [f"{name}\n  A  {clean(a)}\n  B  {clean(b)}" for name, a, b in facts]
    return "\n".join(["What is different about them", *told])


def _side_by_side(label: str, rows: Sequence[Row], fields: Sequence[str]) -> str:
    if not rows:
        return "None in either run."
    head = [label, *(f"{side}: {name}" for side in "AB" for name in fields)]
    body = [
        [cut(row.label), *(clean(getattr(found, name)) for found in (row.a, row.b) for name in fields)] for row in rows
    ]
    found = aligned([head, *body])
    return "\n".join([found[0], "-" * max(map(len, found)), *found[1:]])
