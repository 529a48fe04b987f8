"""The page: its sections as a notebook shows them, and the executed notebook as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from perflab.report import charts
from perflab.report.first_page import hero
from perflab.report.html import Section
from perflab.report.sections import caching as cache_ledger
from perflab.report.sections import concurrency as burst
from perflab.report.sections import distance as farther
from perflab.report.sections import indexes as index_ledger
from perflab.report.sections import plans as query_plans
from perflab.report.sections import profile, sections, switches
from perflab.report.sections import queries as query_ledger
from perflab.report.sections import responses as same_answers
from perflab.run.store import Run

TEMPLATES = Path(__file__).parent / "templates"
TEMPLATE = "page"
# Cells with this tag are for whoever reads the notebook, not for the page.
NOTEBOOK_ONLY = "notebook-only"


@dataclass(frozen=True)
class Page:
    """What 4_executive_summary shows, a section a cell."""

    run: Run
    summary: Mapping[str, Any]

    @cached_property
    def verdict(self) -> Section:
        return hero.verdict(self.summary, self.run)

    @cached_property
    def unsaid(self) -> Section:
        return sections.unsaid(self.summary, self.run)

    @cached_property
    def contents(self) -> Section:
        return sections.contents(self._below)

    @cached_property
    def claims(self) -> Section:
        return sections.claims(self.summary, self.run)

    @cached_property
    def controls(self) -> Section:
        return self._with_charts(sections.controls(self.summary, self.run), "controls")

    @cached_property
    def switches(self) -> Section:
        return self._with_charts(switches.switches(self.summary, self.run), "attribution", "cpu_by_cell")

    @cached_property
    def endpoints(self) -> Section:
        charts_ = ("before_after", "distribution", "service_time", "cpu_by_endpoint")
        return self._with_charts(sections.endpoints(self.summary, self.run), *charts_)

    @cached_property
    def answers(self) -> Section:
        return same_answers.answers(self.summary, self.run)

    @cached_property
    def caching(self) -> Section:
        return self._with_charts(cache_ledger.caching(self.summary, self.run), "hit_rate")

    @cached_property
    def burst(self) -> Section:
        return burst.section_of(self.run)

    @cached_property
    def queries(self) -> Section:
        return self._with_charts(query_ledger.queries(self.summary, self.run), "queries")

    @cached_property
    def plans(self) -> Section:
        return query_plans.plans(self.summary, self.run)

    @cached_property
    def indexes(self) -> Section:
        return index_ledger.indexes(self.summary, self.run)

    @cached_property
    def remaining(self) -> Section:
        return profile.remaining_time(self.run)

    @cached_property
    def distance(self) -> Section:
        return farther.distance(self.summary, self.run)

    @cached_property
    def method(self) -> Section:
        return sections.method(self.summary, self.run)

    @cached_property
    def provenance(self) -> Section:
        return sections.origin(self.summary, self.run)

    @cached_property
    def _charts(self) -> dict[str, Section]:
        return charts.drawn(self.run, self.summary)

    def _with_charts(self, found: Section, *names: str) -> Section:
        return found.with_more(*(self._charts[name] for name in names))

    @property
    def _below(self) -> list[Section]:
        """What comes after the first page and the list of contents."""
        return [
            self.claims, self.controls, self.switches, self.endpoints, self.answers, self.caching, self.burst, self.queries,
            self.plans, self.indexes, self.remaining, self.distance, self.method, self.provenance,
        ]  # fmt: skip

    def sections(self) -> list[Section]:
        """All of them, in the page's order."""
        return [self.verdict, self.unsaid, self.contents, *self._below]


def html(notebook: Path, title: str) -> str:
    """An executed notebook as one HTML file: code hidden, no script, nothing from the network.

    Costs 0.5 s to import nbconvert, and 0.1 s.
    """
    import nbformat
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    exporter = HTMLExporter(
        template_name=TEMPLATE,
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input=True,
        exclude_anchor_links=True,
        config=Config(
            {"TagRemovePreprocessor": {"enabled": True, "remove_cell_tags": {NOTEBOOK_ONLY}},
             "HTMLExporter": {"preprocessors": ["nbconvert.preprocessors.TagRemovePreprocessor"]}}
        ),
    )  # fmt: skip
    node = nbformat.read(notebook, as_version=4)
    body, _ = exporter.from_notebook_node(node, resources={"metadata": {"name": title}})
    return str(body)
