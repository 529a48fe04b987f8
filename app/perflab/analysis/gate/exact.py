"""Checks of counts: errors and changed responses. No interval and no margin: one more is one too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from perflab.analysis.gate.check import GateCheck, Verdict
from perflab.analysis.responses.equivalence import Changed, changed_answers
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import BASELINE, TWIN_OFF
from perflab.units import cut, listed

RESPONSES = "changed responses"
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

    With a baseline, no endpoint may have more responses of one kind that differ over the Steps of both runs, whatever was
    repaired elsewhere; and none may differ if none did in the baseline.

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
        return GateCheck(RESPONSES, "exact", "inconclusive", "No response could be compared with that of all_off.")
    sentence = f"{new.changed:,} of {new.compared:,} responses differ from those of {BASELINE}"
    unknown = f"; {new.unknown:,} failed and could not be compared" if new.unknown else ""
    if by_themselves:
        unknown += f"; those of {listed(by_themselves)} are nondeterministic and are not compared"
    if before is None:
        verdict: Verdict = "worse" if new.changed else "fine"
        return GateCheck(RESPONSES, "exact", verdict, f"{sentence}{unknown}.", float(new.changed), n=new.compared)
    old = _changed(before, answers_before)
    sentence += f"; in the baseline run, {old.changed:,} of {old.compared:,}"
    if not (new.changed and old.changed):
        verdict = "worse" if new.changed else "fine"
    elif is_matched:
        here, there = pairs.where(pairs.at(before)), before.where(before.at(pairs))
        now, then = _by_kind(here, answers), _by_kind(there, answers_before)
        more = [f"{name} ({now[name]:,} instead of {then[name]:,})" for name in sorted(now) if now[name] > then[name]]
        sentence += f"; over the requests in both runs, {now.total():,} and {then.total():,}"
        sentence += f"; more than before: {listed(more)}" if more else ""
        verdict = "worse" if more else "fine"
    else:
        verdict = "inconclusive"
    counts = float(new.changed), float(old.changed)
    return GateCheck(RESPONSES, "exact", verdict, f"{sentence}{unknown}.", *counts, n=new.compared)


def _by_kind(pairs: Pairs, answers: pd.DataFrame | None) -> Counter[str]:
    """Count the responses that differ, by endpoint and, where it is known, by how they differ."""
    counts: Counter[str] = Counter()
    for endpoint in sorted(set(pairs.of_steps("endpoint").astype(str))):
        of_endpoint = pairs.where((pairs.of_steps("endpoint") == endpoint).to_numpy(bool))
        changed = _changed(of_endpoint, answers).changed
        if not changed:
            continue
        rows = pd.DataFrame() if answers is None else _at(of_endpoint, answers)
        kinds = Counter(map(str, rows["class"])) if len(rows) else Counter({"changed": changed})
        counts.update({f"{endpoint}, {kind}": number for kind, number in kinds.items() if kind != "unstable"})
    return counts


def _at(pairs: Pairs, answers: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of these Steps."""
    steps = pd.MultiIndex.from_arrays([pairs.of_steps("round"), pairs.of_steps("step")])
    return answers[pd.MultiIndex.from_frame(answers[["round", "step"]]).isin(steps)]


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
