"""HTML from Python; everything is escaped unless it is markup already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from perflab.report.plain import as_text
from perflab.units import UNKNOWN

__all__ = [
    "Column",
    "Markup",
    "Section",
    "below",
    "bullets",
    "code_block",
    "element",
    "join",
    "note",
    "paragraph",
    "section",
    "table",
]


def element(tag: str, *children: str | Markup | None, **attributes: str | None) -> Markup:
    """Return one element, its plain children escaped.

    Args:
        tag: The element's name.
        children: Text, markup, or None, which is left out.
        attributes: `class_` is written as class, and `_` in a name as `-`; None leaves an attribute out.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{written}>{join(children)}</{tag}>")  # noqa: S704  children are escaped by join


def join(children: Iterable[str | Markup | None]) -> Markup:
    """Return the children one after the other, without those that are None."""
    return Markup("").join(child for child in children if child is not None)


def below(text: str, *, whole: bool = False, tag: str = "span") -> Markup:
    """Return a line in small type to stand below what it explains, also in a notebook, which has no style of the page.

    Args:
        text: The line.
        whole: Whether the line may not be broken.
        tag: The element's name.
    """
    return element(tag, text, class_="reason whole" if whole else "reason", style="display: block")


def paragraph(text: str | None, class_: str | None = None) -> Markup | None:
    """Return a paragraph; None where there is no text."""
    return element("p", text, class_=class_) if text else None


def note(text: str) -> Markup:
    """Return a paragraph in small type that explains a table or chart."""
    return element("p", text, class_="note")


def bullets(sentences: Iterable[str], class_: str | None = None) -> Markup | None:
    """Return sentences as a list; None where there is none."""
    items = [element("li", sentence) for sentence in sentences]
    return element("ul", *items, class_=class_) if items else None


def code_block(text: str) -> Markup:
    """Return lines that keep their spaces; it can be scrolled with the keyboard."""
    return element("pre", element("code", text), tabindex="0")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its heading, and whether it holds numbers."""

    heading: str
    number: bool = False


def table(
    caption: str, columns: Sequence[Column], rows: Iterable[Sequence[str | Markup]], *, stacked: bool = False
) -> Markup:
    """Return a table whose first cell in each row is the heading of that row.

    The roles keep it a table for screen readers where the style turns its rows into cards.

    Args:
        caption: What the table shows; also its name for screen readers.
        columns: One for each cell of a row.
        rows: The cells, as text or markup.
        stacked: Whether rows become cards on a narrow screen; without it the table scrolls sideways.
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
    """A part of the page that displays itself in a notebook, and as text where there is no HTML.

    `identifier` and `heading` are those of a landmark, for the list of contents.
    """

    markup: Markup
    identifier: str | None = None
    heading: str | None = None

    @property
    def text(self) -> str:
        """The section as plain text."""
        return as_text(self.markup)

    def with_more(self, *more: Markup) -> Section:
        """Return this landmark with more at its end."""
        end = Markup("</section>")
        inner = join([Markup(self.markup.removesuffix(end)), *more])  # noqa: S704  it was markup before
        return replace(self, markup=inner + end)

    def _repr_html_(self) -> str:
        return str(self.markup)

    def __repr__(self) -> str:
        return self.text


def section(identifier: str, heading: str, *children: str | Markup | None) -> Section:
    """Return a landmark with its heading.

    Args:
        identifier: The anchor that links lead to.
        heading: What stands above it and in the list of contents.
        children: What it holds; None is left out.
    """
    parts = (element("h2", heading, id=identifier), *children)
    return Section(element("section", *parts, aria_labelledby=identifier), identifier, heading)
