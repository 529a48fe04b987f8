"""HTML from Python, with everything escaped that is not markup already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from perflab.units import UNKNOWN

__all__ = ["Column", "Markup", "Section", "below", "element", "join", "table"]


def element(tag: str, *children: str | Markup | None, **attributes: str | None) -> Markup:
    """One element; a child that is plain text is escaped. `class_` is class, and `_` in a name is `-`."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{written}>{join(children)}</{tag}>")  # noqa: S704  children are escaped by join


def join(children: Iterable[str | Markup | None]) -> Markup:
    return Markup("").join(child for child in children if child is not None)


def below(text: str, *, whole: bool = False, tag: str = "span") -> Markup:
    """A line in small type below what it explains; `whole` keeps it unbroken. In a notebook, without the page's style, too."""
    return element(tag, text, class_="reason whole" if whole else "reason", style="display: block")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its heading, and whether it holds numbers."""

    heading: str
    number: bool = False


def table(
    caption: str, columns: Sequence[Column], rows: Iterable[Sequence[str | Markup]], *, stacked: bool = False
) -> Markup:
    """A table whose first cell in each row is the row's heading.

    On a narrow screen it scrolls by itself, or with `stacked` each row becomes a card; the roles keep it a table for
    screen readers there.
    """
    heads = [
        element("th", c.heading, scope="col", role="columnheader", class_="number" if c.number else None)
        for c in columns
    ]
    body = []
    for row in rows:
        cells = [element("th", row[0], scope="row", role="rowheader")]
        for column, cell in zip(columns[1:], row[1:], strict=True):
            kind = " ".join(["number"] * column.number + ["unknown"] * (cell == UNKNOWN)) or None
            cells.append(element("td", cell, role="cell", class_=kind, data_label=column.heading))
        body.append(element("tr", *cells, role="row"))
    inner = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads, role="row"), role="rowgroup"),
        element("tbody", *body, role="rowgroup"),
        role="table",
        class_="stacked" if stacked else None,
    )
    return element("div", inner, class_="scroll", tabindex="0", role="region", aria_label=caption)


@dataclass(frozen=True)
class Section:
    """A part of the page. It shows itself in a notebook, and as text where there is no HTML.

    `identifier` and `heading` are those of a landmark, for a list of contents.
    """

    markup: Markup
    text: str
    identifier: str | None = None
    heading: str | None = None

    def with_more(self, *more: Section) -> Section:
        """The same landmark with more at its end."""
        end = Markup("</section>")
        inner = join([Markup(self.markup.removesuffix(end)), *(one.markup for one in more)])  # noqa: S704  it was markup before
        return replace(self, markup=inner + end, text="\n\n".join([self.text, *(one.text for one in more)]))

    def _repr_html_(self) -> str:
        return str(self.markup)

    def __repr__(self) -> str:
        return self.text


def section(identifier: str, heading: str, *children: str | Markup | None, text: str = "") -> Section:
    """A landmark with its heading."""
    parts = (element("h2", heading, id=identifier), *children)
    markup = element("section", *parts, aria_labelledby=identifier)
    return Section(markup, f"{heading}\n\n{text}".strip(), identifier, heading)
