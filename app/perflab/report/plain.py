"""Plain text from markup: what a shell or a terminal shows of a part of the page."""

from __future__ import annotations

from html.parser import HTMLParser

from perflab import units

BLOCKS = frozenset({
    "p", "div", "section", "nav", "h1", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd", "figure", "figcaption", "details",
    "summary", "hr",
})  # fmt: skip
HEADINGS = frozenset({"h1", "h2", "h3"})
# Elements that hold nothing for a reader of text. A folded part is represented by its summary, a chart by its description.
SKIPPED = frozenset({"style", "details", "figcaption", "title", "g", "text"})
# Classes of what stands on a line of its own, though it is inside a table's cell or an item of a list.
SEPARATE = frozenset({"reason", "levels", "whole", "claim"})
SEPARATOR = " · "


def as_text(markup: str) -> str:
    """Return markup as lines of text.

    Tables are aligned, list items start with a dash, headings and tables are set apart by an empty line. Of a chart its
    title and description remain, of a folded part its summary.
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    """Collects the lines of a part of the page."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._words: list[str] = []
        self._open: list[str] = []
        self._rows: list[list[str]] = []
        self._has_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        if tag in BLOCKS - {"dd"} | {"pre", "table"} and not self._in("tr"):
            self._flush()
        if tag in HEADINGS and self._lines:
            self._lines.append("")
        if tag == "li":
            self._words.append("- ")
        elif tag == "table":
            self._rows, self._has_head = [], False
        elif tag == "thead":
            self._has_head = True
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._words = []
        elif SEPARATE & set((dict(attrs).get("class") or "").split()):
            self._words.append(SEPARATOR)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        if tag in ("td", "th") and self._rows:
            self._rows[-1].append(self._take())
        elif tag == "table":
            self._table()
        elif tag == "pre":
            self._lines += "".join(self._words).splitlines()
            self._words = []
        elif tag == "dt":
            self._words.append(": ")
        elif tag in BLOCKS | {"caption", "svg"} and not self._in("tr"):
            self._flush()
        if tag in HEADINGS:
            self._lines.append("")
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        hidden = SKIPPED & set(self._open)
        if not hidden or (hidden == {"details"} and self._in("summary") and not self._in("figure")):
            self._words.append(data)

    def text(self) -> str:
        """Return all lines, with no empty line at either end and never two in a row."""
        self._flush()
        kept = [line for n, line in enumerate(self._lines) if line or (n and self._lines[n - 1])]
        return "\n".join(kept).strip("\n")

    def _in(self, tag: str) -> bool:
        return tag in self._open

    def _take(self) -> str:
        words, self._words = " ".join("".join(self._words).split()), []
        return words.removeprefix(SEPARATOR.lstrip())

    def _flush(self) -> None:
        line = self._take()
        if line:
            self._lines.append(line)

    def _table(self) -> None:
        """A table with a head has aligned columns; one without has a name and a value in each line."""
        if self._in("details"):
            return
        rows = [row for row in self._rows if row]
        if self._has_head:
            self._lines += [f"  {line}" for line in units.aligned(rows)] if rows else []
        else:
            self._lines += [f"  {': '.join(row)}" for row in rows]
        self._lines.append("")
