"""How it was measured, in plain words, and a glossary."""

from __future__ import annotations

from perflab.report.html import Section, paragraph, section
from perflab.report.sections.glossary import glossary
from perflab.run.store import Run
from perflab.run.summary import Summary

ID = "method"
HEADING = "Method"
GARBAGE = (
    "Objects that a process loaded before its first measured block are excluded from Python's garbage collection "
    "(gc.freeze), as in servers that load the project before they fork."
)


def build(summary: Summary, run: Run) -> Section:
    """Return the method in a few paragraphs, with this run's numbers."""
    rounds = run.samples["round"].nunique() if len(run.samples) else 0
    cells, switches = sum(cell["role"] == "treatment" for cell in run.cells), len(run.factors)
    if not switches:
        return section(ID, HEADING, *map(paragraph, _alone(rounds)), glossary(is_alone=True))
    each = "with the switch off and on" if switches == 1 else f"one for each combination of the {switches} switches"
    were = "was one round, with" if rounds == 1 else f"were {rounds} rounds, each with"
    paragraphs = (
        (
            f"The same traffic was replayed in {cells} cells, {each}. Each cell has its own process, cache and copy of the "
            "database. Service time runs from the call of the project's WSGI application to the last byte of its response."
        ),
        (
            "Cells take turns, a few requests each, in an order drawn at random every time. Drift in machine speed therefore "
            "affects all cells equally. Two cells are always compared on the same requests."
        ),
        (
            f"There {were} new processes, new copies and new traffic. The 95% interval is a t interval "
            "over the rounds, widened where samples are small or skewed; with fewer than three rounds there is none."
        ),
        "Every measured response was compared with the baseline's response to the same request.",
        GARBAGE,
    )
    return section(ID, HEADING, *map(paragraph, paragraphs), glossary())


def _alone(rounds: int) -> tuple[str, ...]:
    """The method of a run without switches."""
    were = "was one round" if rounds == 1 else f"were {rounds} rounds"
    return (
        (
            "The traffic was replayed with the project as it is, in a process with its own cache and copy of the database, and "
            "in a second, identical one (the A/A control). The two take turns, a few requests each, in an order drawn at random "
            "every time. Service time runs from the call of the project's WSGI application to the last byte of its response."
        ),
        (
            f"There {were}, each with new processes, new copies and new traffic. The 95% interval is a t interval over the "
            "rounds; with fewer than three rounds there is none."
        ),
        GARBAGE,
    )
