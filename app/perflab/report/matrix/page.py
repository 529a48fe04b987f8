"""matrix.html and matrix.json: a heat map for each claim, with the interval of each point, and the sentences about it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from perflab import units
from perflab.errors import clean
from perflab.report import estimates
from perflab.report.document import document
from perflab.report.html import Column, Markup, below, bullets, element, join, note, section, table
from perflab.report.matrix.points import Matrix, MatrixPoint, key_of, place, read
from perflab.report.matrix.verdicts import disagreements, flips, sentence, verdict_of
from perflab.report.parts import SIGNS, chip
from perflab.run.records import ClaimResult
from perflab.run.scenario import value_text
from perflab.run.writer import write_json, write_text

WIDTH, HEIGHT, MARGIN = 120, 12, 3
MOST_SENTENCES = 8
NOTE = (
    "Each cell is a run of its own: the estimate, its 95% interval, and the verdict. The bar shows the interval on the same axis "
    "in all cells of a claim, the tall line is the claim's bound. Intervals hold one by one, not for all points at once."
)
BLOCKED = (
    "Each verdict compares cells that took turns on one machine. Points on different machines differ by the machine, too: only "
    "those of the same machine tell what a value changes."
)
Scale = tuple[float, float]


def write(folder: Path) -> Path:
    """Write both files of a matrix, and return the path of the page.

    Args:
        folder: The matrix's folder.

    Raises:
        StoreError: There is no matrix in it, or it cannot be written to.
    """
    matrix = read(folder)
    write_json(folder / "matrix.json", as_dict(matrix))
    write_text(folder / "matrix.html", page(matrix))
    return folder / "matrix.html"


def as_dict(matrix: Matrix) -> dict[str, Any]:
    """Return what matrix.json holds.

    Args:
        matrix: The matrix.
    """
    return {
        **matrix.facts,
        "machines": list(matrix.machines),
        "claims": [
            {
                "id": claim.id, "statement": claim.statement, "sentence": sentence(matrix, name),
                "flips": flips(matrix, name), "disagreements": disagreements(matrix, name),
            }
            for name, claim in matrix.claims.items()
        ],
        "points": [point.as_dict() for point in matrix.points],
    }  # fmt: skip


def page(matrix: Matrix) -> str:
    """Return the whole file.

    Args:
        matrix: The matrix.
    """
    name, done = str(matrix.facts.get("name")), [point for point in matrix.points if point.state == "done"]
    over = units.listed([value_text(key) for key, _ in matrix.dimensions])
    count = units.counted(len(matrix.points), "point")
    lead = f"{len(done)} of {count} done" if len(done) < len(matrix.points) else count
    machines = f", on {units.listed([*map(value_text, matrix.machines)])}" if matrix.machines else ""
    claims = matrix.claims
    return document(
        f"perflab: {name}",
        element(
            "p", f"perflab · {matrix.facts.get('scenario')} · profile {matrix.facts.get('profile')}", class_="eyebrow"
        ),
        element("h1", f"{name}: over {over}"),
        element("p", f"{lead}{machines}.", class_="lead"),
        note(NOTE) if claims else element("p", "No point has the result of a claim."),
        note(BLOCKED) if len(matrix.machines) > 1 else None,
        *(_claim(matrix, name, claim, number) for number, (name, claim) in enumerate(claims.items())),
        _points(matrix),
    )


def _claim(matrix: Matrix, name: str, claim: ClaimResult, number: int) -> Markup:
    changes, contradictions = flips(matrix, name), disagreements(matrix, name)
    return section(
        f"claim-{number}", clean(claim.statement),
        element("p", sentence(matrix, name), class_="lead"),
        bullets(_some([*contradictions, *changes]), "findings"),
        note(f"Judged by {estimates.judged_by(claim)}."),
        *_maps(matrix, name),
    ).markup  # fmt: skip


def _some(sentences: Sequence[str]) -> list[str]:
    rest = len(sentences) - MOST_SENTENCES
    return [*sentences[:MOST_SENTENCES], *([f"And {rest} more; matrix.json has all."] if rest > 0 else [])]


def _maps(matrix: Matrix, claim: str) -> Iterator[Markup]:
    """Yield the heat maps of a claim: one for each combination of the values beyond two dimensions, and for each machine.

    The last dimension but one runs down, the last one across; a single one runs across.
    """
    *others, (across, heads) = matrix.dimensions
    down = others.pop() if others else None
    rest = itertools.product(*([(key, value) for value in values] for key, values in others))
    by_machine = matrix.machines if matrix.is_replicated else (None,)
    scale, statement = _scale(matrix, claim), clean(matrix.claims[claim].statement)
    columns = [
        Column(value_text(down[0]) if down else "Statistic"),
        *(Column(f"{value_text(across)} = {value_text(v)}") for v in heads),
    ]
    for constant, machine in itertools.product(list(rest), by_machine):
        captions = [f"{value_text(key)} = {value_text(value)}" for key, value in constant]
        captions += [f"machine {value_text(machine)}"] if machine else []
        words = ", ".join(captions) or "estimate, 95% interval and verdict"
        by_key = {key_of(p.values): p for p in matrix.points if machine is None or p.machine in (machine, None)}
        rows: list[list[str | Markup]] = []
        for value in down[1] if down else (None,):
            left = (*constant, *(((down[0], value),) if down else ()))
            cells = [_cell(by_key.get(key_of((*left, (across, head)))), claim, scale, matrix) for head in heads]
            rows.append([value_text(value) if down else "Estimate", *cells])
        yield table(f"{statement}: {words}", columns, rows)


def _cell(point: MatrixPoint | None, claim: str, scale: Scale | None, matrix: Matrix) -> str | Markup:
    """Return one cell of a heat map."""
    if point is None:
        return units.UNKNOWN
    verdict = verdict_of(point, claim)
    kind = SIGNS[verdict][1]
    lines: list[Markup | None] = []
    result = point.claims.get(claim)
    if result is not None:
        text = estimates.estimate(result)
        value = text.value if text.known else "no estimate"
        link = element("a" if point.page else "span", value, href=point.page, class_="whole")
        lines.append(element("div", link))
        lines += [below(text.interval, whole=True) if text.interval else None, _bar(result, scale)]
    lines.append(chip(verdict))
    reason = point.reason or (result.reason if result is not None else None)
    if reason:
        lines.append(below(units.cut(clean(reason), 120)))
    if len(matrix.machines) > 1 and not matrix.is_replicated and point.machine:
        lines.append(below(f"on {value_text(point.machine)}"))
    return element("div", *lines, class_=f"heat {kind}")


def _scale(matrix: Matrix, claim: str) -> Scale | None:
    """Return the ends of the axis of a claim, which holds all intervals and the bound; None where there is no interval."""
    results = [point.claims[claim] for point in matrix.points if claim in point.claims]
    ends = [end for result in results if result.low is not None and result.high is not None
            for end in (result.low, result.high, float(result.bound))]  # fmt: skip
    return (min(ends), max(ends)) if ends and min(ends) < max(ends) else None


def _bar(result: ClaimResult, scale: Scale | None) -> Markup | None:
    """Return an interval as a line, its estimate as a dot, and the bound as a tall line."""
    if scale is None or result.low is None or result.high is None or result.estimate is None:
        return None
    low, high, estimate, bound = (
        f"{MARGIN + (value - scale[0]) / (scale[1] - scale[0]) * (WIDTH - 2 * MARGIN):.1f}"
        for value in (result.low, result.high, result.estimate, float(result.bound))
    )
    middle = f"{HEIGHT / 2:g}"
    return element(
        "svg",
        element("line", x1=bound, x2=bound, y1="0", y2=str(HEIGHT), stroke="currentColor", stroke_width="1"),
        element("line", x1=low, x2=high, y1=middle, y2=middle, stroke="currentColor", stroke_width="3"),
        element("circle", cx=estimate, cy=middle, r="3.5", fill="currentColor"),
        aria_hidden="true", width=str(WIDTH), height=str(HEIGHT), viewBox=f"0 0 {WIDTH} {HEIGHT}",
    )  # fmt: skip


def _points(matrix: Matrix) -> Markup:
    """Return the list of all points, with the verdicts of machines beside each other."""
    claims = matrix.claims
    columns = [Column("Point"), Column("Machine"), *(Column(clean(claim.statement)) for claim in claims.values())]
    rows = [[_link(point), value_text(point.machine or units.UNKNOWN), *_verdicts(point, list(claims))]
            for point in matrix.points]  # fmt: skip
    return section("points", "Points", table("Every point, with its machine and its verdicts", columns, rows)).markup


def _link(point: MatrixPoint) -> Markup:
    return element("a" if point.page else "span", place(point.values), href=point.page)


def _verdicts(point: MatrixPoint, claims: Sequence[str]) -> list[str | Markup]:
    chips = [join([chip(verdict_of(point, claim))]) for claim in claims]
    if point.reason and chips:
        chips[0] = join([chips[0], below(units.cut(clean(point.reason), 200))])
    return [*chips]
