"""A number of queries as `a + b*rows`, and the exact line through what was counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

_NUMBER = r"\d+(?:/\d+)?"
_FORMULA = re.compile(rf"(?:({_NUMBER}) \+ )?(?:({_NUMBER})\*)?rows(?: - ({_NUMBER}))?")


@dataclass(frozen=True, slots=True)
class Formula:
    """A number of queries: `fixed`, and `per_row` more for each row."""

    fixed: Fraction
    per_row: Fraction = Fraction(0)

    def __str__(self) -> str:
        if not self.per_row:
            return str(self.fixed)
        rows = "rows" if self.per_row == 1 else f"{self.per_row}*rows"
        if self.fixed < 0:
            return f"{rows} - {-self.fixed}"
        return f"{self.fixed} + {rows}" if self.fixed else rows

    def __sub__(self, other: Formula) -> Formula:
        return Formula(self.fixed - other.fixed, self.per_row - other.per_row)


def parsed(text: str) -> Formula | None:
    """Return the formula that a text is, such as `3`, `rows` or `2 + 3*rows`; None for any other text."""
    if re.fullmatch(_NUMBER, text):
        return Formula(_fraction(text, 0))
    match = _FORMULA.fullmatch(text)
    if match is None:
        return None
    fixed, per_row, less = match.groups()
    return Formula(_fraction(fixed, 0) - _fraction(less, 0), _fraction(per_row, 1))


def _fraction(text: str | None, default: int) -> Fraction:
    try:
        return Fraction(text or default)
    except (ValueError, ZeroDivisionError):
        return Fraction(default)


def fitted(counts: Mapping[int, int]) -> Formula | None:
    """Return the line that all counts lie on exactly; None where they lie on none.

    Args:
        counts: The number of queries by the number of rows, for two numbers of rows or more.
    """
    (rows, count), *_, (more_rows, more_count) = sorted(counts.items())
    per_row = Fraction(more_count - count, more_rows - rows)
    line = Formula(count - per_row * rows, per_row)
    return line if all(line.fixed + line.per_row * n == counts[n] for n in counts) else None
