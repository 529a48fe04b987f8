"""Figures inside the page: each an inline SVG with a description in words.

Matplotlib's file has a document type, metadata and ids that repeat from figure to figure. Inside one HTML file the ids need
a prefix, and the rest is useless. Ink and paper become the page's own colours, so that the dark page has dark figures;
elsewhere the colours stay as they were.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from perflab.report.html import Column, Markup, Section, element, section, table
from perflab.run.metrics import title_of
from perflab.run.store import Run
from perflab.run.summary import Summary
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
    """Return a figure element.

    Args:
        svg: The text of matplotlib's file.
        name: The figure's name, from which ids inside the page are made.
        headline: The finding in words.
        subtitle: What is drawn.
        alt: The description for those who do not see the drawing.
        colours: Colours of the file, as #rrggbb, and the CSS variables of the page that replace them.
        data: The numbers that are drawn.
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


def data_of(frame: pd.DataFrame, headline: str, *, in_seconds: bool = True) -> Markup | None:
    """Return what a figure draws as a folded table; None where it draws nothing.

    Args:
        frame: The numbers that are drawn.
        headline: The figure's finding, from which the table's caption is made.
        in_seconds: Whether there are times among the numbers.
    """
    if frame.empty:
        return None
    named = [name for name in frame.index.names if name is not None]
    frame = frame.reset_index() if named else frame
    names = {name: title_of(str(name)) for name in frame.columns}
    columns = [Column(word, frame[name].dtype.kind in "fiu") for name, word in names.items()]
    rows = [[_number(value) for value in row] for row in frame.itertuples(index=False)]
    heading = element("summary", "The data of this chart")
    explained = _explained(set(map(str, frame.columns)), in_seconds)
    note = element("p", explained, class_="note") if explained else None
    return element("details", heading, table(f"{headline}: data", columns, rows), note)


def _explained(columns: set[str], in_seconds: bool) -> str:
    """What the columns hold."""
    sentences = ["Times are in seconds."] if in_seconds else []
    if columns & {"ratio", "estimate"}:
        sentences.append("Ratios are after / before.")
    if "low" in columns:
        sentences.append("Low and high are the ends of the 95% interval.")
    return " ".join(sentences)


def _number(value: Any) -> str:
    if pd.isna(value):
        return UNKNOWN
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return f"{value:,}"
    return significant(float(value), 4) if isinstance(value, float | np.floating) else str(value)


def inline(svg: str, name: str, colours: Mapping[str, str]) -> str:
    """Return an SVG file's text in a form that can stand inside an HTML page beside others.

    Args:
        svg: The file's text.
        name: The figure's name, the prefix of its ids.
        colours: Colours of the file, as #rrggbb, and the CSS variables of the page that replace them.
    """
    text = _HEAD.sub("", svg, count=1)
    for noise in (_METADATA, _COMMENT, _NAMESPACE, _TEXTS):
        text = noise.sub("", text)
    text = _ID.sub(lambda match: f'id="{name}-{match[1]}"', text)
    text = _REFERENCE.sub(lambda match: f"{match[1]}{name}-", text)
    for colour, variable in colours.items():
        text = re.sub(re.escape(colour) + r"\b", f"var({variable}, {colour})", text, flags=re.IGNORECASE)
    return text.strip()


def illustrated() -> frozenset[str]:
    """Return the sections of the page that have figures. Importing matplotlib for it takes 1 s."""
    from perflab.report import figures

    return frozenset(chart.section for chart in figures.ALL.values())


def by_section(run: Run, summary: Summary, *, draw: bool = False) -> dict[str, list[Markup]]:
    """Return all figures of a run, by the section of the page that they belong to.

    Drawing all of them takes 2 s, importing matplotlib 1 s.

    Args:
        run: The run.
        summary: Its summary.
        draw: Whether to draw figures again whose files are there already.
    """
    from perflab.report import figures

    data = figures.Data.of(run, summary)
    folder = run.directory / "figures"
    if draw or not all((folder / f"{name}.svg").is_file() for name in figures.ALL):
        figures.save_all(data, folder)
    drawings: dict[str, list[Markup]] = {}
    for name, chart in figures.ALL.items():
        if not chart.applies(data):
            continue
        svg = (folder / f"{name}.svg").read_text(encoding="utf-8")
        headline, colours = chart.headline(data), figures.theme.PAGE_COLOURS
        numbers = data_of(chart.table(data), headline, in_seconds=chart.in_seconds)
        markup = figure(svg, name, headline, chart.subtitle(data), chart.description(data), colours, numbers)
        drawings.setdefault(chart.section, []).append(markup)
    return drawings


def section_of(run: Run, summary: Summary, *, draw: bool = False) -> Section:
    """Return all figures of a run as one section, for a notebook.

    Args:
        run: The run.
        summary: Its summary.
        draw: Whether to draw figures again whose files are there already.
    """
    return section("charts", "Charts").with_more(*chain(*by_section(run, summary, draw=draw).values()))
