"""Figures inside the page: each an inline SVG that says in words what it shows.

Matplotlib's file has a document type, metadata and ids that repeat from figure to figure. Inside one HTML file the ids need
a prefix, and the rest would only be noise. Ink and paper become the page's own colours, so that the dark page has dark
figures; elsewhere they stay what they were.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from perflab.report.html import Markup, Section, element, section
from perflab.store import Run

_HEAD = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_OPENING = re.compile(r"<svg\b[^>]*>")
_NAMESPACE = re.compile(r'\sxmlns(:\w+)?="[^"]*"')
_ATTRIBUTE = re.compile(r'\b(width|height|role|aria-\w+)="[^"]*"\s*')
_ID = re.compile(r'\bid="([^"]+)"')
_REFERENCE = re.compile(r'(href="#|url\(#)')
_TEXTS = re.compile(r"<(title|desc)\b[^>]*>.*?</\1>", re.DOTALL)


def figure(svg: str, name: str, headline: str, subtitle: str, alt: str, colours: Mapping[str, str]) -> Markup:
    """A figure element: headline, what is drawn, the drawing, and its description for those who do not see it.

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
        element("div", Markup(described), class_="drawing", tabindex="0"),
        id=f"figure-{name}",
    )


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


def section_of(run: Run, summary: Mapping[str, Any], *, draw: bool = False) -> Section:
    """All figures of a run. Those that are there already are taken as they are, unless told to `draw` them.

    Drawing all of them takes 2 s, importing matplotlib 1 s.
    """
    from perflab import figures

    data = figures.Data.of(run, summary)
    folder = run.directory / "figures"
    if draw or not all((folder / f"{name}.svg").is_file() for name in figures.ALL):
        figures.save_all(data, folder)
    parts, lines = [], []
    for name, drawn in figures.ALL.items():
        svg = (folder / f"{name}.svg").read_text(encoding="utf-8")
        headline, alt = drawn.headline(data), drawn.alt(data)
        parts.append(figure(svg, name, headline, drawn.subtitle(data), alt, figures.theme.PAGE_COLOURS))
        lines.append(f"{headline}. {alt}")
    return section("charts", "Charts", *parts, text="\n\n".join(lines))
