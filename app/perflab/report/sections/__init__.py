"""The page's sections, one module each.

A section's module has `ID`, its own name and the anchor that links lead to; `HEADING`; and `build(summary, run)`, which returns
a Section, or None where the section does not apply to the run. Add a section by adding its module's name to NAMES and a cell
to notebooks/4_executive_summary.ipynb; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from perflab.report.html import Section
from perflab.run.store import Run
from perflab.run.summary import Summary

# In the page's order.
NAMES = (
    "claims",
    "revisions",
    "controls",
    "switches",
    "endpoints",
    "responses",
    "caching",
    "concurrency",
    "capacity",
    "queries",
    "plans",
    "indexes",
    "profile",
    "distance",
    "method",
    "provenance",
)
# Those that are about the difference between cells: a run without factors lacks them.
COMPARING = frozenset({"claims", "switches", "distance"})

Build = Callable[[Summary, Run], Section | None]


@dataclass(frozen=True, slots=True)
class SectionEntry:
    """One section of the page: its anchor, its heading, and the function that builds it."""

    identifier: str
    heading: str
    build: Build


def _entry(name: str) -> SectionEntry:
    module = import_module(f"{__name__}.{name}")
    return SectionEntry(module.ID, module.HEADING, module.build)


ALL: tuple[SectionEntry, ...] = tuple(map(_entry, NAMES))
