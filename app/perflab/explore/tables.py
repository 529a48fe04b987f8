"""A few facts, shown as a table in a notebook and as lines elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import escape

from perflab.units import UNKNOWN


@dataclass(frozen=True, repr=False)
class Table:
    """Named facts under a caption. What is no markup already is escaped; what is None has a dash."""

    caption: str
    facts: Mapping[str, Any]

    def __repr__(self) -> str:
        return "\n".join([self.caption, *(f"  {name}: {_text(value)}" for name, value in self.facts.items())])

    def _repr_html_(self) -> str:
        # Left: a notebook's own style sets numbers to the right, and these are mostly words.
        rows = "".join(
            f"<tr><th scope='row' style='text-align: left'>{escape(name)}</th>"
            f"<td style='text-align: left'>{escape(_text(value))}</td></tr>"
            for name, value in self.facts.items()
        )
        return f"<table><caption>{escape(self.caption)}</caption>{rows}</table>"


def _text(value: Any) -> Any:
    if value is None:
        return UNKNOWN
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return value if hasattr(value, "__html__") else str(value)
