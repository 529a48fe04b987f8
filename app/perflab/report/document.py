"""One HTML file with the page's style and its policy: no script, nothing from the network."""

from __future__ import annotations

from pathlib import Path

from perflab.report.html import Markup, element, join

TEMPLATES = Path(__file__).parent / "templates"
TEMPLATE = "page"
# Cells with this tag are for readers of the notebook and do not appear on the page.
NOTEBOOK_ONLY = "notebook-only"
# A browser enforces it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
# On paper every page but the first has the title at its top.
HEADER = (
    '@page {{ @top-left {{ content: "{}"; font: 8pt sans-serif; color: #333; }} }}\n'
    "@page :first {{ @top-left {{ content: none; }} }}\n"
)
CLOSING = "</main>\n</body>\n</html>\n"


def document(title: str, *children: str | Markup | None) -> str:
    """Return a whole file.

    Args:
        title: The file's title.
        children: What its `main` holds; None is left out.
    """
    return f"{opening(title)}{join(children)}{CLOSING}"


def opening(title: str) -> str:
    """Return everything of a file that comes before its content: type, head, style and policy."""
    css = (TEMPLATES / TEMPLATE / "page.css").read_text(encoding="utf-8")
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        Markup('<meta name="generator" content="perflab">'),
        element("title", title),
        Markup('<link rel="icon" href="data:,">'),
        element("style", Markup(css), Markup(HEADER.format(_in_css(title)))),
    )
    skip = element("a", "Skip to the report", class_="skip", href="#main")
    return f'<!DOCTYPE html>\n<html lang="en">{head}\n<body>\n{skip}\n<main id="main">\n'


def from_notebook(notebook: Path, title: str) -> str:
    """Return an executed notebook as one HTML file, without its code.

    Costs 0.5 s to import nbconvert, and 0.1 s.
    """
    import nbformat
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    exporter = HTMLExporter(
        template_name=TEMPLATE,
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input=True,
        exclude_anchor_links=True,
        config=Config(
            {"TagRemovePreprocessor": {"enabled": True, "remove_cell_tags": {NOTEBOOK_ONLY}},
             "HTMLExporter": {"preprocessors": ["nbconvert.preprocessors.TagRemovePreprocessor"]}}
        ),
    )  # fmt: skip
    node = nbformat.read(notebook, as_version=4)
    around = {"opening": opening(title), "closing": CLOSING}
    body, _ = exporter.from_notebook_node(node, resources={"metadata": {"name": title}, "page": around})
    return str(body)


def _in_css(text: str) -> str:
    """A text as it may stand between quotes in a style element."""
    text = " ".join(text.split())
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("<", "\\3c ")):
        text = text.replace(plain, escaped)
    return text
