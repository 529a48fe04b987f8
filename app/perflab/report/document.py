"""One HTML file with the page's style and its policy: no script, nothing from the network."""

from __future__ import annotations

from perflab.report.html import Markup, element, join
from perflab.report.page import TEMPLATE, TEMPLATES

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def document(title: str, *children: str | Markup | None) -> str:
    """A whole file around what its `main` holds."""
    css = (TEMPLATES / TEMPLATE / "page.css").read_text(encoding="utf-8")
    head = join(
        [
            Markup('<meta charset="utf-8">'),
            Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Markup('<meta name="color-scheme" content="light dark">'),
            element("title", title),
            Markup('<link rel="icon" href="data:,">'),
            element("style", Markup(css)),
        ]
    )
    main = element("main", *children)
    return f"<!DOCTYPE html>\n{element('html', element('head', head), element('body', main), lang='en')}\n"
