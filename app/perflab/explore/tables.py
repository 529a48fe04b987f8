"""A few facts, displayed as a table in a notebook and as lines elsewhere; and corrections of a notebook's own style."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from perflab.report.html import Markup, element
from perflab.report.plain import as_text
from perflab.units import UNKNOWN

# JupyterLab aligns every cell to the right, as numbers need it, and does not know the page's classes. Its own class comes first,
# so that nothing of this applies to the page.
STYLE = """<style>
.jp-RenderedHTMLCommon :is(.facts, .scroll) :is(th, td):not(.number) {text-align: left}
.jp-RenderedHTMLCommon :is(.number, .whole) {white-space: nowrap}
.jp-RenderedHTMLCommon .scroll :is(.reason, th code) {font-weight: normal}
.jp-RenderedHTMLCommon :is(.subtitle, .levels) {display: block}
</style>"""


@dataclass(frozen=True, repr=False)
class Table:
    """Named facts under a caption. What is not markup already is escaped; None is displayed as a dash."""

    caption: str
    facts: Mapping[str, Any]

    def __repr__(self) -> str:
        return as_text(self._markup())

    def _repr_html_(self) -> str:
        return f"{STYLE}{self._markup()}"

    def _markup(self) -> Markup:
        rows = (
            element("tr", element("th", str(name), scope="row"), element("td", _shown(value)))
            for name, value in self.facts.items()
        )
        return element("table", element("caption", self.caption), *rows, class_="facts")


def _shown(value: Any) -> str | Markup:
    if value is None:
        return UNKNOWN
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return value if isinstance(value, Markup) else str(value)
