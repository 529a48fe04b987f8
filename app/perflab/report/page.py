"""The page of a run: what 4_executive_summary shows, a part in each cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from perflab.errors import InputError
from perflab.report import charts, sections
from perflab.report.first_page import hero, limitations
from perflab.report.html import Markup, Section, element
from perflab.run.store import Run
from perflab.run.summary import Summary

CONTENTS = "contents"
FIRST_PAGE = {hero.ID: hero.build, limitations.ID: limitations.build}
NOTHING = Section(Markup(""))


@dataclass(frozen=True)
class Page:
    """The parts of one run's page by name: `page["claims"]`."""

    run: Run
    summary: Summary

    def __getitem__(self, name: str) -> Section:
        """Return one part, with its charts; an empty one where the section does not apply to this run.

        Raises:
            InputError: The page has no part of this name.
        """
        if name in FIRST_PAGE:
            return FIRST_PAGE[name](self.summary, self.run)
        if name == CONTENTS:
            return contents(list(self._without_charts.values()))
        if name not in sections.NAMES:
            raise InputError(f"the page has no section {name!r}", hint=f"use one of {', '.join(self.names())}")
        if name not in self._without_charts:
            return NOTHING
        section = self._without_charts[name]
        return section.with_more(*self._charts.get(name, ())) if name in charts.illustrated() else section

    @staticmethod
    def names() -> tuple[str, ...]:
        """Return the names of all parts, in the page's order."""
        return (*FIRST_PAGE, CONTENTS, *sections.NAMES)

    def parts(self) -> list[Section]:
        """Return all parts, in the page's order."""
        return [self[name] for name in self.names()]

    @cached_property
    def _without_charts(self) -> dict[str, Section]:
        built = {
            entry.identifier: entry.build(self.summary, self.run)
            for entry in sections.ALL
            if self.run.factors or entry.identifier not in sections.COMPARING
        }
        return {identifier: section for identifier, section in built.items() if section is not None}

    @cached_property
    def _charts(self) -> dict[str, list[Markup]]:
        return charts.by_section(self.run, self.summary)


def contents(parts: Sequence[Section]) -> Section:
    """Return the list of contents: a link to every part that is a landmark."""
    landmarks = [(part.identifier, part.heading) for part in parts if part.identifier and part.heading]
    items = [element("li", element("a", heading, href=f"#{identifier}")) for identifier, heading in landmarks]
    heading = element("h2", "Contents", id=CONTENTS)
    return Section(element("nav", heading, element("ol", *items), aria_labelledby=CONTENTS, class_="contents"))
