"""One HTML file with the page's style and its policy: no script, nothing from the network."""

from __future__ import annotations

from perflab.report.html import Markup, element, join
from perflab.report.page import TEMPLATE, TEMPLATES

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
# On paper every page but the first has the title at its top; in templates/page/index.html.j2, too.
HEADER = (
    '@page {{ @top-left {{ content: "{}"; font: 8pt sans-serif; color: #333; }} }}\n'
    "@page :first {{ @top-left {{ content: none; }} }}\n"
)


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
            element("style", Markup(css), Markup(HEADER.format(_in_css(title)))),
        ]
    )
    skip = element("a", "Skip to the content", class_="skip", href="#main")
    body = element("body", skip, element("main", *children, id="main"))
    return f"<!DOCTYPE html>\n{element('html', element('head', head), body, lang='en')}\n"


def _in_css(text: str) -> str:
    """A text as it may stand between quotes in a style element."""
    text = " ".join(text.split())
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("<", "\\3c ")):
        text = text.replace(plain, escaped)
    return text
