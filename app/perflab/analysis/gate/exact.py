"""Checks of counts: errors, changed responses, queries. No interval and no margin: one more is one too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from perflab.analysis.gate.check import GateCheck, Verdict
from perflab.analysis.gate.matched import MatchedRequests
from perflab.analysis.responses.equivalence import Changed, changed_answers
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import BASELINE, OPTIMISED, TWIN_OFF
from perflab.units import counted, cut, listed

CELLS = (OPTIMISED, BASELINE)
MAX_ERROR_LENGTH = 120


def errors(samples: pd.DataFrame) -> GateCheck:
    """Check that no request failed, in any cell, warm-up included."""
    failed = samples[samples["error"].notna().to_numpy(bool)]
    sentence = f"{len(failed):,} of {len(samples):,} requests failed"
    if len(failed):
        sentence += f": {_counted(failed['endpoint'])}; the first: {_in_one_line(failed['error'].iloc[0])}"
    verdict: Verdict = "worse" if len(failed) else "fine"
    return GateCheck("errors", "exact", verdict, f"{sentence}.", float(len(failed)), n=len(samples))


def responses(
    pairs: Pairs,
    before: Pairs | None,
    *,
    is_matched: bool = True,
    answers: pd.DataFrame | None = None,
    answers_before: pd.DataFrame | None = None,
) -> GateCheck:
    """Check that the responses of all other cells are those of all_off.

    With a baseline, no more may differ than there over the Steps of both runs, and none if none did in the baseline.

    Args:
        pairs: The run's requests, warm-up included.
        before: The baseline's; None without one.
        is_matched: Whether the runs have Steps in common; if not, how many responses may differ is undecided.
        answers: The run's responses that differ, see `answers.changed`.
        answers_before: The baseline's.
    """
    sides = [(pairs, answers)] + ([(before, answers_before)] if before is not None else [])
    named = [(side, _changed(side, rows).nondeterministic) for side, rows in sides]
    by_themselves = sorted({name for _, names in named for name in names})
    # Left out of both runs, even if one of them is too short to show it; single responses are left out one by one.
    whole = sorted({name for side, names in named if TWIN_OFF not in side.cells for name in names})
    if whole:
        pairs = _without(pairs, whole)
        before = None if before is None else _without(before, whole)
    new = _changed(pairs, answers)
    if not new.compared:
        return GateCheck(
            "changed responses", "exact", "inconclusive", "No response could be compared with that of all_off."
        )
    counts = f"{new.changed:,} of {new.compared:,} responses differ from those of {BASELINE}"
    unknown = f"; {new.unknown:,} failed and could not be compared" if new.unknown else ""
    if by_themselves:
        unknown += f"; those of {listed(by_themselves)} are nondeterministic and are not compared"
    if before is None:
        verdict: Verdict = "worse" if new.changed else "fine"
        return GateCheck(
            "changed responses", "exact", verdict, f"{counts}{unknown}.", float(new.changed), n=new.compared
        )
    old = _changed(before, answers_before)
    counts += f"; in the baseline run, {old.changed:,} of {old.compared:,}"
    if not (new.changed and old.changed):
        verdict = "worse" if new.changed else "fine"
    elif is_matched:
        now = _changed(pairs.where(pairs.at(before)), answers)
        then = _changed(before.where(before.at(pairs)), answers_before)
        counts += f"; over the requests in both runs, {now.changed:,} and {then.changed:,} of {now.compared:,}"
        verdict = "worse" if now.changed > then.changed else "fine"
    else:
        verdict = "inconclusive"
    sentence = f"{counts}{unknown}."
    return GateCheck(
        "changed responses", "exact", verdict, sentence, float(new.changed), float(old.changed), n=new.compared
    )


def queries(matched: MatchedRequests) -> Iterator[GateCheck]:
    """Check that no endpoint makes more queries than before over the matched requests, in all_on and in all_off."""
    if not len(matched):
        yield GateCheck("queries", "exact", "inconclusive", f"Queries are not compared: {matched.why}.")
        return
    for cell in CELLS:
        new, old = (side.values(cell, "query_count") for side in (matched.new, matched.old))
        both_known = np.isfinite(new) & np.isfinite(old)
        for endpoint in sorted(set(matched.endpoints)):
            both = (matched.endpoints == endpoint) & both_known
            yield _queries(cell, str(endpoint), int(new[both].sum()), int(old[both].sum()), int(both.sum()))


def _queries(cell: str, endpoint: str, new: int, old: int, n: int) -> GateCheck:
    name = f"queries, {cell}, {endpoint}"
    if not n:
        return GateCheck(
            name, "exact", "inconclusive", f"{endpoint}: no matched request has a known count in both runs."
        )
    count, over = f"{endpoint}: {counted(new, 'query', 'queries')}", f"over {counted(n, 'matched request')}"
    sentence = f"{count} {over}, as before." if new == old else f"{count} instead of {old:,} {over}."
    return GateCheck(name, "exact", "worse" if new > old else "fine", sentence, float(new), float(old), n=n)


def _changed(pairs: Pairs, answers: pd.DataFrame | None) -> Changed:
    """Return the counts of all cells but all_off, added up."""
    cells = [changed_answers(pairs, candidate=cell, answers=answers) for cell in pairs.cells if cell != BASELINE]
    nondeterministic = cells[0].nondeterministic if cells else ()
    return Changed(
        sum(c.compared for c in cells), sum(c.changed for c in cells), sum(c.unknown for c in cells), nondeterministic
    )


def _without(pairs: Pairs, endpoints: Sequence[str]) -> Pairs:
    return pairs.where(~pairs.of_steps("endpoint").isin(list(endpoints)).to_numpy(bool))


def _counted(endpoints: pd.Series[str]) -> str:
    counts = Counter(str(name) for name in endpoints)
    return ", ".join(f"{name} ({count:,})" for name, count in counts.most_common(5))


def _in_one_line(text: object) -> str:
    return cut(" ".join(str(text).split()), MAX_ERROR_LENGTH)
