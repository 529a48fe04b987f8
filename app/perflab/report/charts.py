"""Figures inside the page: each an inline SVG that says in words what it shows.

Matplotlib's file has a document type, metadata and ids that repeat from figure to figure. Inside one HTML file the ids need
a prefix, and the rest would only be noise. Ink and paper become the page's own colours, so that the dark page has dark
figures; elsewhere they stay what they were.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from perflab.report.html import Column, Markup, Section, element, section, table
from perflab.run.metrics import title_of
from perflab.run.store import Run
from perflab.units import UNKNOWN, significant

_HEAD = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_OPENING = re.compile(r"<svg\b[^>]*>")
_NAMESPACE = re.compile(r'\sxmlns(:\w+)?="[^"]*"')
_ATTRIBUTE = re.compile(r'\b(width|height|role|aria-\w+)="[^"]*"\s*')
_ID = re.compile(r'\bid="([^"]+)"')
_REFERENCE = re.compile(r'(href="#|url\(#)')
_TEXTS = re.compile(r"<(title|desc)\b[^>]*>.*?</\1>", re.DOTALL)


def figure(
    svg: str, name: str, headline: str, subtitle: str, alt: str, colours: Mapping[str, str], data: Markup | None = None
) -> Markup:
    """A figure element: headline, what is drawn, the drawing with its description for those who do not see it, and its data.

    `colours` maps colours of the file, as #rrggbb, to CSS variables of the page.
    """
    title_id, description_id = f"{name}-title", f"{name}-description"
    drawing = inline(svg, name, colours)
    described = _OPENING.sub(
        lambda opening: (
            f'{_ATTRIBUTE.sub("", opening[0])[:-1].rstrip()} role="img" '
            f'aria-labelledby="{title_id} {description_id}">'
            f"{element('title', headline, id=title_id)}{element('desc', alt, id=description_id)}"
        ),
        drawing,
        count=1,
    )
    caption = element(
        "figcaption",
        element("strong", headline),
        element("span", subtitle, class_="subtitle") if subtitle else None,
    )
    return element(
        "figure",
        caption,
        element(
            "div", Markup(described), class_="drawing", tabindex="0", role="group", aria_label=f"Drawing: {headline}"
        ),
        data,
        id=f"figure-{name}",
    )


def data_of(frame: pd.DataFrame, headline: str) -> Markup | None:
    """What a figure draws, as a table to unfold; None where it draws nothing."""
    if frame.empty:
        return None
    named = [name for name in frame.index.names if name is not None]
    frame = frame.reset_index() if named else frame
    names = {name: title_of(str(name)) for name in frame.columns}
    columns = [Column(word, frame[name].dtype.kind in "fiu") for name, word in names.items()]
    rows = [[_number(value) for value in row] for row in frame.itertuples(index=False)]
    heading = element("summary", "The data of this chart")
    note = element("p", _explained(set(map(str, frame.columns))), class_="note")
    return element("details", heading, table(f"{headline}: data", columns, rows), note)


def _explained(columns: set[str]) -> str:
    """What the columns hold, as far as they are there."""
    said = ["Times are in seconds."]
    if columns & {"ratio", "estimate"}:
        said.append("Ratios are after / before.")
    if "low" in columns:
        said.append("Low and high are the ends of the 95% interval.")
    return " ".join(said)


def _number(value: object) -> str:
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, float | np.floating):
        return UNKNOWN if value != value else significant(float(value), 4)
    return UNKNOWN if value is None else str(value)


def inline(svg: str, name: str, colours: Mapping[str, str]) -> str:
    """An SVG file's text, fit to stand inside an HTML page beside others."""
    text = _HEAD.sub("", svg, count=1)
    for noise in (_METADATA, _COMMENT, _NAMESPACE, _TEXTS):
        text = noise.sub("", text)
    text = _ID.sub(lambda found: f'id="{name}-{found[1]}"', text)
    text = _REFERENCE.sub(lambda found: f"{found[1]}{name}-", text)
    for colour, variable in colours.items():
        text = re.sub(re.escape(colour) + r"\b", f"var({variable}, {colour})", text, flags=re.IGNORECASE)
    return text.strip()


def drawn(run: Run, summary: Mapping[str, Any], *, draw: bool = False) -> dict[str, Section]:
    """All figures of a run by name. Those that are there already are taken as they are, unless told to `draw` them.

    Drawing all of them takes 2 s, importing matplotlib 1 s.
    """
    from perflab.report import figures

    data = figures.Data.of(run, summary)
    folder = run.directory / "figures"
    if draw or not all((folder / f"{name}.svg").is_file() for name in figures.ALL):
        figures.save_all(data, folder)
    found = {}
    for name, one in figures.ALL.items():
        svg = (folder / f"{name}.svg").read_text(encoding="utf-8")
        headline, alt = one.headline(data), one.alt(data)
        numbers = data_of(one.table(data), headline)
        markup = figure(svg, name, headline, one.subtitle(data), alt, figures.theme.PAGE_COLOURS, numbers)
        found[name] = Section(markup, f"{headline}. {alt}")
    return found


def section_of(run: Run, summary: Mapping[str, Any], *, draw: bool = False) -> Section:
    """All figures of a run, one below the other: for a notebook."""
    return section("charts", "Charts").with_more(*drawn(run, summary, draw=draw).values())
