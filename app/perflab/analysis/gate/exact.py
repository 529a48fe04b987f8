"""Budgets that are counts: errors, changed answers, queries. No interval, no margin: one more is one too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from perflab.analysis.gate.check import Budget, Verdict
from perflab.analysis.gate.matched import Common
from perflab.analysis.responses.equivalence import Changed, changed_answers
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import BASELINE, OPTIMISED
from perflab.units import counted, cut, listed

CELLS = (OPTIMISED, BASELINE)
LONGEST_ERROR = 120


def errors(samples: pd.DataFrame) -> Budget:
    """Requests that failed, in all cells and the warm-up too; none may."""
    failed = samples[samples["error"].notna().to_numpy(bool)]
    said = f"{len(failed):,} of {len(samples):,} requests failed"
    if len(failed):
        said += f": {_counted(failed['endpoint'])}; the first: {_in_one_line(failed['error'].iloc[0])}"
    verdict: Verdict = "worse" if len(failed) else "fine"
    return Budget("errors", "exact", verdict, f"{said}.", float(len(failed)), n=len(samples))


def answers(pairs: Pairs, before: Pairs | None, *, alike: bool = True) -> Budget:
    """Answers that are not those of all_off, over all other cells; none may be without a baseline.

    With one, no more may be than there over the Steps that both runs have, and none where the baseline had none. Runs that are
    not `alike` have no Step in common, and how many answers may differ then is open.
    """
    by_themselves = sorted(
        {name for side in (pairs, before) if side is not None for name in _changed(side).nondeterministic}
    )
    if by_themselves:  # left out of both runs, also where one of them is too short to tell
        pairs = _without(pairs, by_themselves)
        before = None if before is None else _without(before, by_themselves)
    new = _changed(pairs)
    if not new.compared:
        return Budget("changed answers", "exact", "inconclusive", "No answer could be compared with that of all_off.")
    said = f"{new.changed:,} of {new.compared:,} answers are not those of {BASELINE}"
    unknown = f"; {new.unknown:,} failed and could not be compared" if new.unknown else ""
    if by_themselves:
        unknown += f"; those of {listed(by_themselves)} change by themselves and are not compared"
    if before is None:
        verdict: Verdict = "worse" if new.changed else "fine"
        return Budget("changed answers", "exact", verdict, f"{said}{unknown}.", float(new.changed), n=new.compared)
    old = _changed(before)
    said += f"; in the baseline {old.changed:,} of {old.compared:,}"
    if not (new.changed and old.changed):
        verdict = "worse" if new.changed else "fine"
    elif alike:
        now, then = (_changed(side.where(side.at(other))) for side, other in ((pairs, before), (before, pairs)))
        said += f"; over the requests of both, {now.changed:,} and {then.changed:,} of {now.compared:,}"
        verdict = "worse" if now.changed > then.changed else "fine"
    else:
        verdict = "inconclusive"
    sentence = f"{said}{unknown}."
    return Budget("changed answers", "exact", verdict, sentence, float(new.changed), float(old.changed), n=new.compared)


def queries(common: Common) -> Iterator[Budget]:
    """Queries per endpoint over the common Steps, with everything on and with everything off; no more than before."""
    if not len(common):
        yield Budget("queries", "exact", "inconclusive", f"Queries are not compared: {common.why}.")
        return
    for cell in CELLS:
        new, old = (side.values(cell, "query_count") for side in (common.new, common.old))
        known = np.isfinite(new) & np.isfinite(old)
        for endpoint in sorted(set(common.endpoints)):
            asked = common.endpoints == endpoint
            both = asked & known
            yield _queries(cell, str(endpoint), int(new[both].sum()), int(old[both].sum()), int(both.sum()))


def _queries(cell: str, endpoint: str, new: int, old: int, n: int) -> Budget:
    name = f"queries, {cell}, {endpoint}"
    if not n:
        return Budget(name, "exact", "inconclusive", f"{endpoint}: no common request has a known count in both runs.")
    asked, over = f"{endpoint}: {counted(new, 'query', 'queries')}", f"over {counted(n, 'common request')}"
    said = f"{asked} {over}, as before." if new == old else f"{asked} instead of {old:,} {over}."
    return Budget(name, "exact", "worse" if new > old else "fine", said, float(new), float(old), n=n)


def _changed(pairs: Pairs) -> Changed:
    """The answers of all cells but all_off, added up."""
    found = [changed_answers(pairs, candidate=cell) for cell in pairs.cells if cell != BASELINE]
    restless = found[0].nondeterministic if found else ()
    return Changed(
        sum(f.compared for f in found), sum(f.changed for f in found), sum(f.unknown for f in found), restless
    )


def _without(pairs: Pairs, endpoints: Sequence[str]) -> Pairs:
    return pairs.where(~pairs.of_steps("endpoint").isin(list(endpoints)).to_numpy(bool))


def _counted(endpoints: pd.Series[str]) -> str:
    counts = Counter(str(name) for name in endpoints)
    return ", ".join(f"{name} ({count:,})" for name, count in counts.most_common(5))


def _in_one_line(text: object) -> str:
    return cut(" ".join(str(text).split()), LONGEST_ERROR)
