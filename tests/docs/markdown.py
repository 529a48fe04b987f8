"""The documents as tests read them: blocks of code, code within sentences, links and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
# A line of its own that says which file the block below it is, such as **`cookbook/models.py`**
LABEL = re.compile(r"\*\*`([^`]+)`\*\*(?:, changed)?")
PROMPT = "$ "


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line it begins in, and the file that it is said to be, if any."""

    place: str
    language: str
    text: str
    label: str | None

    @property
    def lines(self) -> list[str]:
        """Its commands: those behind a prompt where there is one, else all; comments are left out."""
        lines = self.text.splitlines()
        if self.language == "console":
            lines = [line.removeprefix(PROMPT) for line in lines if line.startswith(PROMPT)]
        return [code for line in lines if (code := re.split(r"(?:^|\s+)#\s", line)[0].strip())]


@dataclass(frozen=True)
class Document:
    """One of the project's texts."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(PROJECT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> list[Block]:
        return list(self._blocks())

    def _blocks(self) -> Iterator[Block]:
        lines = self.text.splitlines()
        label, start, language = None, None, ""
        for number, line in enumerate(lines, start=1):
            fence = re.fullmatch(r"\s*```(.*)", line)
            if start is not None:
                if fence:
                    yield Block(f"{self.name}:{start}", language, "\n".join(lines[start : number - 1]) + "\n", label)
                    label, start = None, None
            elif fence:
                start, language = number, fence[1].strip()
            elif line.strip():
                match = LABEL.fullmatch(line)
                label = match[1] if match else None

    @cached_property
    def prose(self) -> str:
        """The text without its blocks."""
        return re.sub(r"^\s*```.*?^\s*```\s*$", "", self.text, flags=re.MULTILINE | re.DOTALL)

    @cached_property
    def spans(self) -> list[str]:
        """Code within sentences; a span that is broken over lines is one line."""
        return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", self.prose)]

    @cached_property
    def code(self) -> list[str]:
        """Every line of code that somebody may type: spans, and the commands of blocks that hold some."""
        shell = (block for block in self.blocks if block.language in ("sh", "console"))
        return [*self.spans, *(line for block in shell for line in block.lines)]

    @cached_property
    def links(self) -> list[str]:
        return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", self.prose))

    @cached_property
    def anchors(self) -> set[str]:
        """What can stand behind # in a link: headings as web pages of repositories write them."""
        headings = re.findall(r"^#+ (.+)$", self.prose, flags=re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


NAMES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
DOCUMENTS = [Document(path) for path in (*(PROJECT / name for name in NAMES), *sorted((PROJECT / "docs").glob("*.md")))]
TUTORIAL = Document(PROJECT / "docs" / "tutorial.md")
