"""A few facts, shown as a table in a notebook and as lines elsewhere; and what a notebook's own style gets wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import escape

from perflab.units import UNKNOWN

# JupyterLab sets every cell to the right, as numbers want it, and knows none of the page's classes. Its own class comes first,
# so that nothing of this applies to the page.
STYLE = """<style>
.jp-RenderedHTMLCommon :is(.facts, .scroll) :is(th, td):not(.number) {text-align: left}
.jp-RenderedHTMLCommon :is(.number, .whole) {white-space: nowrap}
.jp-RenderedHTMLCommon .scroll :is(.reason, th code) {font-weight: normal}
.jp-RenderedHTMLCommon :is(.subtitle, .levels) {display: block}
</style>"""


@dataclass(frozen=True, repr=False)
class Table:
    """Named facts under a caption. What is no markup already is escaped; what is None has a dash."""

    caption: str
    facts: Mapping[str, Any]

    def __repr__(self) -> str:
        return "\n".join([self.caption, *(f"  {name}: {_text(value)}" for name, value in self.facts.items())])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{escape(name)}</th><td>{escape(_text(value))}</td></tr>"
            for name, value in self.facts.items()
        )
        return f"{STYLE}<table class='facts'><caption>{escape(self.caption)}</caption>{rows}</table>"


def _text(value: Any) -> Any:
    if value is None:
        return UNKNOWN
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return value if hasattr(value, "__html__") else str(value)
