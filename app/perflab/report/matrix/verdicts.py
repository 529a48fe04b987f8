"""A claim over all points of a matrix, in sentences: where it holds, where it flips, on what machines disagree."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from perflab import units
from perflab.report.matrix.points import Matrix, MatrixPoint, Values, key_of, place
from perflab.run.scenario import value_text

# The verdicts in the order of the sentence, with the words before the points.
WORDS = {
    "supported": "holds for", "refuted": "is refuted for", "inconclusive": "cannot be told for",
    "not measured": "was not measured for", "failed": "has no run, because it failed, for", "missing": "has not been run for",
}  # fmt: skip
EVERYWHERE = {
    "supported": "It holds at every point.", "refuted": "It is refuted at every point.",
    "inconclusive": "It cannot be told at any point.", "not measured": "It was not measured at any point.",
    "failed": "No point has a run, because all failed.", "missing": "No point has been run.",
}  # fmt: skip
DECIDED = ("supported", "refuted")
MOST_LISTED = 3


def verdict_of(point: MatrixPoint, claim: str) -> str:
    """Return the verdict of a point, or why there is none.

    Args:
        point: The point.
        claim: The claim's id.
    """
    if point.state != "done":
        return point.state
    return point.claims[claim].verdict if claim in point.claims else "not measured"


def sentence(matrix: Matrix, claim: str) -> str:
    """Return where a claim holds, where it is refuted, and where that is not known.

    Args:
        matrix: The matrix.
        claim: The claim's id.
    """
    parts = []
    for verdict, words in WORDS.items():
        points = [point for point in matrix.points if verdict_of(point, claim) == verdict]
        if points and len(points) == len(matrix.points):
            return EVERYWHERE[verdict]
        if points:
            parts.append(f"{words} {places(matrix, points)}")
    return f"It {'; it '.join(parts)}."


def places(matrix: Matrix, points: Sequence[MatrixPoint]) -> str:
    """Return points in words: as a product of values where they are one, else one by one, or their number if over three.

    Args:
        matrix: The matrix.
        points: Some of its points.
    """
    chosen = {key_of(point.values) for point in points}
    several = [point for point in matrix.points if key_of(point.values) in chosen]
    on = ""
    if len(several) > len(points):  # only some of the machines that ran them
        machines = sorted({str(point.machine) for point in points})
        if len(machines) > 1 or len(points) != len(chosen):
            return _listed(matrix, [f"{place(point.values)} on {value_text(point.machine)}" for point in points])
        on = f" on {value_text(machines[0])}"
    projections = []
    for key, values in matrix.dimensions:
        present = [value for value in values if any(key_of(((key, value),)) in _singles(p.values) for p in points)]
        projections.append((key, values, present))
    product = list(itertools.product(*([(key, value) for value in present] for key, _, present in projections)))
    if {key_of(combination) for combination in product} == chosen:
        limited = [
            f"{value_text(key)} = {_either(present)}" for key, all_, present in projections if len(present) < len(all_)
        ] or [f"{value_text(key)} = {_either(present)}" for key, _, present in projections]
        return " with ".join(limited) + on
    return _listed(matrix, [place(point.values) for point in points]) + on


def flips(matrix: Matrix, claim: str) -> list[str]:
    """Return between which neighbouring values the verdict changes from supported to refuted, or back.

    Points that are not decided between the two are named.

    Args:
        matrix: The matrix.
        claim: The claim's id.
    """
    changes = []
    for key, others, line in _lines(matrix):
        decided = [(n, verdict_of(p, claim)) for n, p in enumerate(line) if verdict_of(p, claim) in DECIDED]
        for (first, before), (second, after) in itertools.pairwise(decided):
            if before == after:
                continue
            low, high = (value_text(dict(line[n].values)[key]) for n in (first, second))
            between = [value_text(dict(p.values)[key]) for p in line[first + 1 : second]]
            open_ = f"; {units.listed(between)} {'is' if len(between) == 1 else 'are'} open" if between else ""
            at = f" (at {others})" if others else ""
            changes.append(f"From {before} to {after} between {value_text(key)} = {low} and {high}{at}{open_}.")
    return changes


def disagreements(matrix: Matrix, claim: str) -> list[str]:
    """Return at which points one machine supports a claim and another refutes it.

    Args:
        matrix: The matrix.
        claim: The claim's id.
    """
    sentences = []
    for _, group in itertools.groupby(matrix.points, key=lambda point: key_of(point.values)):
        points = list(group)
        verdicts = {point.machine: verdict_of(point, claim) for point in points}
        if set(DECIDED) <= set(verdicts.values()):
            machines = units.listed(
                [f"{value_text(machine or '?')}: {verdict}" for machine, verdict in verdicts.items()]
            )
            sentences.append(f"{place(points[0].values)}: the machines disagree ({machines}).")
    return sentences


def _lines(matrix: Matrix) -> Iterator[tuple[str, str, list[MatrixPoint]]]:
    """Yield the points along each dimension: its key, what is constant in words, and the points in the order of its values."""
    for key, _ in matrix.dimensions:
        lines: dict[str, list[MatrixPoint]] = {}
        for point in matrix.points:
            rest = tuple(pair for pair in point.values if pair[0] != key)
            machine = value_text(point.machine or "?") if matrix.is_replicated else ""
            words = ", ".join(filter(None, [place(rest), f"machine {machine}" if machine else ""]))
            lines.setdefault(words, []).append(point)
        for words, line in lines.items():
            yield key, words, line


def _singles(values: Values) -> set[str]:
    return {key_of((pair,)) for pair in values}


def _either(values: Sequence[Any]) -> str:
    texts = [value_text(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def _listed(matrix: Matrix, texts: Sequence[str]) -> str:
    if len(texts) > MOST_LISTED:
        return f"{len(texts)} of {len(matrix.points)} points"
    return units.listed([f"({text})" for text in texts])
