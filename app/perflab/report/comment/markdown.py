"""The comment on a pull request, and the longer text for a job's summary, as Markdown.

Whatever a run holds is text here and never markup: see escaping.py. A comment has at most MAX_LINES lines; what finds no place in
its table is folded into one of them, as HTML, until MAX_LENGTH is reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlsplit

from perflab.errors import InputError
from perflab.report.comment.changes import Change, Changes
from perflab.report.comment.escaping import code, marker, plain
from perflab.report.comment.sentence import sentence
from perflab.units import counted

MAX_LINES = 20
MAX_LENGTH = 60_000  # GitHub takes 65,536 characters
MAX_ROWS = 10
MAX_SENTENCE = 240
MAX_SUMMARY = 1024 * 1024  # bytes, of a step of GitHub's
# What a web address may hold besides letters, digits and `_.-~`: nothing that ends a link in Markdown or an attribute in HTML.
IN_ADDRESSES = "/:?#=&%,;@+!"
HEAD = ("| | What | How |", "|---|---|---|")
QUIET = "Nothing changed, and nothing is undecided."
CUT_OFF = "\n\nThe rest is left out: a summary has at most 1 MiB.\n"


def comment(changes: Changes, name: str | None = None, link: str | None = None) -> str:
    """Return the comment: a hidden marker, the verdict, a table of what changed or is undecided, the rest folded.

    Args:
        changes: What changed.
        name: The comment's name in its marker; the scenario's by default.
        link: The address of the report or the artefact.

    Raises:
        InputError: The link is no web address.
    """
    end = _footer(changes, link)
    lines = [marker(name or changes.scenario), f"**{plain(sentence(changes))}**", ""]
    shown = changes.rows[:MAX_ROWS]
    lines += [*HEAD, *(_row(row) for row in shown)] if shown else [QUIET]
    lines.append("")
    budget = MAX_LENGTH - len("\n".join([*lines, "", end])) - 1_000
    return "\n".join([*lines, _folded(changes, changes.rows[MAX_ROWS:], budget), "", end]) + "\n"


def job_summary(changes: Changes, report: str = "", link: str | None = None) -> str:
    """Return the text for a job's summary: all rows, all notes, then the report of the run; at most 1 MiB.

    Args:
        changes: What changed.
        report: The report of the run as Markdown, summary.md.
        link: The address of the report or the artefact.

    Raises:
        InputError: The link is no web address.
    """
    rows = [*HEAD, *(_row(row) for row in changes.rows)] if changes.rows else [QUIET]
    notes = [f"- {plain(note, 1_000)}" for note in changes.notes]
    text = "\n".join([f"## {plain(sentence(changes))}", "", *rows, "", *notes, "", _footer(changes, link), "", report])
    return within(text.rstrip("\n") + "\n", MAX_SUMMARY)


def within(text: str, max_bytes: int) -> str:
    """Return a text of at most so many bytes of UTF-8: whole lines, and a sentence that says that some are missing.

    Args:
        text: The text.
        max_bytes: The limit.
    """
    content = text.encode()
    if len(content) <= max_bytes:
        return text
    kept = content[: max_bytes - len(CUT_OFF.encode())]
    return kept[: kept.rfind(b"\n") + 1].decode(errors="ignore").rstrip("\n") + CUT_OFF


def _row(row: Change) -> str:
    return f"| {row.verdict} | {code(row.what, 80)} | {_how(row)} |"


def _how(row: Change) -> str:
    line = f" {code(row.line)}" if row.line and row.line not in row.sentence else ""
    return f"{plain(row.sentence, MAX_SENTENCE)}{line}"


def _folded(changes: Changes, rest: Sequence[Change], budget: int) -> str:
    """Return the part that is folded, in one line of HTML: further rows, then notes, as far as they fit."""
    items, left, size = [], 0, 0
    for item in _items(rest, changes.notes):
        size += len(item)
        if size > budget:
            left += 1
        else:
            items.append(item)
    if left:
        items.append(f"<li>{counted(left, 'more line is', 'more lines are')} in the report.</li>")
    summary = f"{len(rest):,} more, and how this was measured" if rest else "How this was measured"
    return f"<details><summary>{summary}</summary><ul>{''.join(items)}</ul></details>"


def _items(rest: Sequence[Change], notes: Sequence[str]) -> Iterator[str]:
    for row in rest:
        yield f"<li>{row.verdict}: {code(row.what, 80)} {_how(row)}</li>"
    for note in notes:
        yield f"<li>{plain(note, 1_000)}</li>"


def _footer(changes: Changes, link: str | None) -> str:
    run = f"perflab, {code(changes.scenario)} {code(changes.run_id, 60)}: {code(changes.before, 80)} → {code(changes.after, 80)}"
    return f"{run} · [report and data]({_address(link)})" if link else run


def _address(link: str) -> str:
    parts = urlsplit(link)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(link) > 2_000:
        raise InputError("the link is no web address", hint="give one that begins with https://")
    return quote(link, safe=IN_ADDRESSES)
