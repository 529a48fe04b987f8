"""A few facts, shown as a table in a notebook and as lines elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any


@dataclass(frozen=True)
class Table:
    """Named facts under a caption."""

    caption: str
    facts: Mapping[str, Any]

    def __repr__(self) -> str:
        return "\n".join([self.caption, *(f"  {name}: {_text(value)}" for name, value in self.facts.items())])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{escape(name)}</th><td>{escape(_text(value))}</td></tr>"
            for name, value in self.facts.items()
        )
        return f"<table><caption>{escape(self.caption)}</caption>{rows}</table>"


def _text(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
