"""Markdown as a forge renders it: tables on, HTML let through; and what in the result would be a link, a mention or a command."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt

RENDER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# What GitHub and GitLab look for in text that is not code.
REACHES = re.compile(
    r"(?<![\w`])@[\w-]|#\d|(?<!\w)[!~&$%^]\w|\bGH-\d|:[a-z_]+:|https?://|www\.|[\w.]@[\w]|(?<!\w)[0-9a-f]{7,40}(?!\w)"
)
LINKS = re.compile(r"https?://|www\.|\w@\w")  # Markdown makes links of these before it knows of code in HTML


@dataclass
class Outline(HTMLParser):
    """The tags, the addresses and the texts of a page; the texts of code apart."""

    markdown: str
    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str | None]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._depth = 0
        self.feed(RENDER.render(self.markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._depth += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "code"

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        (self.codes if self._depth else self.texts).append(data)

    @property
    def text(self) -> str:
        """What people read outside of code."""
        return "".join(self.texts)

    @property
    def code(self) -> str:
        return "".join(self.codes)


def reaching(outline: Outline) -> list[str]:
    """What would notify somebody, link somewhere or be drawn as something else; a forge looks at each text by itself."""
    return REACHES.findall("\n".join(outline.texts)) + LINKS.findall("\n".join(outline.codes))


def seen(text: str) -> str:
    """A text as people see it: without the invisible space."""
    return text.replace("\u200b", "")
