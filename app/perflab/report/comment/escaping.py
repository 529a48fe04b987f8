"""Text of a project or of a stranger as harmless text in Markdown and HTML of GitHub and GitLab.

Names of branches, endpoints and files, and pieces of responses, are chosen by whoever opens a pull request. In a comment they
must neither become markup nor reach anybody: a mention notifies people, `#12` links an issue, `/close` is a command of GitLab.
So every ASCII character that could mean something is written as a numeric reference, which Markdown and HTML both take as that
character and never as markup; and an invisible space comes between the parts of what the forge would look for in the finished
text.
"""

from __future__ import annotations

import re
import unicodedata

from perflab.units import cut

# Zero-width space: GitHub and GitLab look for mentions in the rendered text, where no escape is left.
BREAK = "&#8203;"
# What may stand as it is: letters, digits and these.
_PLAIN = frozenset(" .,;()%+-=?/'\"")
# Where a reference, an address, an emoji or a command begins: before the second part comes a break.
_LINKS = re.compile(
    r"(?<=:)(?=//)|(?<=@)|(?<=\b[wW]{3})(?=\.)"
)  # links are made of these in code, too, where HTML begins it
_REFERENCES = re.compile(
    r"(?<=[@#!~&$^:])(?=\S)"  # @somebody, #12, !12, ~label, &12, $12, ^alert#1, :tada:, https://
    r"|(?<=%)(?=[\w\"'])"  # %milestone, but not the sign after a number
    r"|(?<=\b[wW]{3})(?=\.)"  # www.example.com
    r"|(?<=[A-Za-z]-)(?=\d)"  # GH-12, PROJECT-12
)
_HASH = re.compile(r"(?<![^\W_])[0-9a-fA-F]{7,}(?![^\W_])")  # of a commit; an underscore is no part of one
_HASH_PART = 6  # a link to a commit needs seven digits


def clean(text: object, max_length: int) -> str:
    """Return a text in one line, without characters that cannot be seen or that change the direction, cut to a length.

    Args:
        text: Any text.
        max_length: The number of characters that are kept.
    """
    kept = "".join(
        c if c.isprintable() and unicodedata.category(c) != "Co" else " " for c in str(text)[: 4 * max_length]
    )
    return cut(" ".join(kept.split()), max_length)


def plain(text: object, max_length: int = 300) -> str:
    """Return a text that is nothing but text, in a sentence, in a cell of a table and in HTML.

    Args:
        text: Any text.
        max_length: The number of its characters that are kept.
    """
    words = clean(text, max_length)
    hashes = {
        place for match in _HASH.finditer(words) for place in range(match.start() + _HASH_PART, match.end(), _HASH_PART)
    }
    return _escaped(words, _places(_REFERENCES, words) | hashes)


def code(text: object, max_length: int = 120) -> str:
    """Return a text as code, in which a forge looks for nothing; it stands in Markdown and in HTML.

    Args:
        text: Any text.
        max_length: The number of its characters that are kept.
    """
    words = clean(text, max_length)
    return f"<code>{_escaped(words, _places(_LINKS, words))}</code>"


def marker(name: str) -> str:
    """Return the hidden first line by which a comment is recognised.

    Args:
        name: The comment's name; what is neither a letter, a digit, a dot nor an underscore becomes a hyphen.
    """
    return f"<!-- perflab:{re.sub(r'[^A-Za-z0-9._]+', '-', name)[:80].strip('-') or 'comment'} -->"


def _places(pattern: re.Pattern[str], text: str) -> set[int]:
    return {match.start() for match in pattern.finditer(text)}


def _escaped(text: str, breaks: set[int]) -> str:
    return "".join((BREAK if place in breaks else "") + _character(text, place) for place in range(len(text)))


def _character(text: str, place: int) -> str:
    """Return a character as it is written: an underscore within a word, and a colon at its end, are no markup."""
    c, before, after = text[place], text[place - 1 : place], text[place + 1 : place + 2]
    is_harmless = (c == "_" and before.isalnum() and after.isalnum()) or (c == ":" and after in ("", " "))
    return c if not c.isascii() or c.isalnum() or c in _PLAIN or is_harmless else f"&#{ord(c)};"
