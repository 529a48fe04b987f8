"""What a SELECT compares and sorts by, read from its text as Django writes it: SQLite's plans do not say.

Only what stands at its top is read: conditions of joins and subqueries are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

CLAUSES = (" WHERE ", " GROUP BY ", " HAVING ", " ORDER BY ", " LIMIT ")
_NAME = r'"((?:[^"]|"")+)"'
# A column of a table and what it is compared by; not with another column, which is a join.
_CONDITION = re.compile(rf"^\(*{_NAME}\.{_NAME}\s*(=|<=|>=|<|>|IS NULL|BETWEEN|IN)(?!\s*\(*{_NAME}\.)")
_SORT_KEY = re.compile(rf"^{_NAME}\.{_NAME}(?: (ASC|DESC))?$")


@dataclass(frozen=True, slots=True)
class Asked:
    """Of one table: the columns compared for equality, those compared otherwise, and those sorted by, descending or not."""

    equal: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()


def asked_of(statement: str, table: str) -> Asked:
    """What a statement asks of a table."""
    clauses = _clauses(statement)
    equal: list[str] = []
    ranges: list[str] = []
    for part in conjuncts(clauses.get(" WHERE ", "")):
        match = _CONDITION.match(part)
        if match and match.group(1) == table:
            (equal if match.group(3) in ("=", "IS NULL") else ranges).append(match.group(2))
    order = []
    for key in _split(clauses.get(" ORDER BY ", ""), ","):
        match = _SORT_KEY.match(key.strip())
        if match is None or match.group(1) != table:
            break
        order.append((match.group(2), match.group(3) == "DESC"))
    kept = tuple(dict.fromkeys(equal))
    return Asked(kept, tuple(column for column in dict.fromkeys(ranges) if column not in kept), tuple(order))


def conjuncts(condition: str) -> list[str]:
    """A condition's comparisons that all have to hold; those beside an OR are left out, for no single index does for them."""
    text = _unwrapped(condition.strip())
    if len(_split(text, " OR ")) > 1:
        return []
    parts = _split(text, " AND ")
    return [one for part in parts for one in conjuncts(part)] if len(parts) > 1 else [text] * bool(text)


def _clauses(statement: str) -> dict[str, str]:
    """The text of each clause at the top of a statement."""
    found = [(at, word) for at in _top(statement) for word in CLAUSES if statement.startswith(word, at)]
    ends = [*(at for at, _ in found), len(statement)][1:]
    return {word: statement[at + len(word) : end] for (at, word), end in zip(found, ends, strict=True)}


def _split(text: str, by: str) -> list[str]:
    """A text's parts between a separator that stands in no brackets and no quotes."""
    cuts = [at for at in _top(text) if text.startswith(by, at)]
    begins = [0, *(at + len(by) for at in cuts)]
    return [text[begin:end] for begin, end in zip(begins, [*cuts, len(text)], strict=True)]


def _top(text: str) -> Iterator[int]:
    """The places of a text that are in no brackets and no quotes."""
    depth, quote = 0, ""
    for at, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        else:
            depth += (sign == "(") - (sign == ")")
            if depth == 0:
                yield at


def _unwrapped(text: str) -> str:
    """Without the brackets around the whole."""
    while text.startswith("(") and text.endswith(")") and list(_top(text)) == [len(text) - 1]:
        text = text[1:-1].strip()
    return text
