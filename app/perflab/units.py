"""Units, and how numbers and lists are written for people: three significant digits, the unit that fits, a dash for unknown."""

from __future__ import annotations

import math
from collections.abc import Sequence

UNKNOWN = "–"


def is_unknown(value: float | None) -> bool:
    """Return whether a value is None or NaN."""
    return value is None or math.isnan(value)


def significant(value: float, digits: int = 3) -> str:
    """Return a number with so many significant digits, never in exponent form."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "∞" if value > 0 else "-∞"
    # Rounded first: 9.999 is 10.0, not 10.00.
    rounded, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    decimals = digits - 1 - int(exponent)
    return f"{float(f'{rounded}e{exponent}'):,.{max(decimals, 0)}f}"


def seconds(value: float | None) -> str:
    """Return a duration in the unit that fits: 1.23 s, 4.56 ms, 789 µs."""
    if value is None or is_unknown(value):
        return UNKNOWN
    size = float(f"{abs(value):.2e}")  # as it will be written, so that 0.9999 s is not 1,000 ms
    if size == 0:
        return "0 s"
    if size < 1e-3:
        return f"{significant(value * 1e6)} µs"
    if size < 1:
        return f"{significant(value * 1e3)} ms"
    return f"{significant(value)} s"


def size(value: float | None) -> str:
    """Return a size in bytes, in powers of 1024."""
    if value is None or is_unknown(value):
        return UNKNOWN
    for unit in ("B", "KiB", "MiB"):
        if abs(value) < 1024:
            return f"{significant(value)} {unit}"
        value /= 1024
    return f"{significant(value)} GiB"


def count(value: float | None) -> str:
    """Return a number of things: 1,200, or 2.50 for a mean."""
    if value is None or is_unknown(value):
        return UNKNOWN
    return f"{value:,.0f}" if float(value).is_integer() else significant(value)


def counted(number: float | None, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `1 request`, `2 requests`, `3 queries`.

    Args:
        number: How many there are; None is unknown.
        one: The noun in the singular.
        many: The plural, where it is not `one` with an s.
    """
    return f"{count(number)} {one if number == 1 else many or f'{one}s'}"


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them: `a, b and c`; `none` without any."""
    if not names:
        return "none"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def quoted(names: Sequence[str]) -> str:
    """Return names in quotation marks, as a sentence has those of switches: `‘a’, ‘b’ and ‘c’`; `none` without any."""
    return listed([f"‘{name}’" for name in names])


def cut(text: str, longest: int) -> str:
    """Return a text, with an ellipsis at its end where it is longer than `longest` characters."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def percent(value: float | None, digits: int = 1) -> str:
    """Return a share as a percentage with so many decimals."""
    if value is None or is_unknown(value):
        return UNKNOWN
    return f"{value * 100:.{digits}f}%"


def times(ratio: float, digits: int = 3) -> str:
    """Return a ratio as a multiple, `2.71×`, with so many significant digits."""
    return f"{significant(ratio, digits)}×"


def relative(change: float) -> str:
    """Return the size of a relative change, `5.3%`; as a multiple where it more than doubles: `190×` for 189.9."""
    if change > 1:
        return times(1 + change, 2)
    return percent(change, 0 if change >= 0.1 else 1)


def signed(ratio: float | None, digits: int = 1) -> str:
    """Return the relative change that a ratio means, with its sign: `+5.3%`, or `2.7×` where it more than doubles.

    Args:
        ratio: The ratio; None is unknown.
        digits: The number of decimals.
    """
    if ratio is None or is_unknown(ratio):
        return UNKNOWN
    if ratio > 2:
        return times(ratio, 2)
    return f"{(ratio - 1) * 100:+.{digits}f}%".replace("-", "−")


def signed_with(ratio: float, low: float, high: float, between: str = "") -> str:
    """Return a change with its interval, with no more digits than this allows: `+18% (−27% to +92%)`.

    Args:
        ratio: The ratio.
        low: The lower end of its interval.
        high: The upper end.
        between: What stands before the interval.
    """
    digits = 0 if high - low >= 0.06 else 1
    return f"{signed(ratio, digits)} ({between}{signed(low, digits)} to {signed(high, digits)})"


def clock(value: float | None) -> str:
    """Return a duration for people who wait: 45 s, 3 min 20 s, 1 h 05 min."""
    if value is None or is_unknown(value) or not math.isfinite(value):
        return UNKNOWN
    whole = max(0, round(value))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def in_unit(value: float | None, unit: str) -> str:
    """Return a value with its unit, one of those in run/metrics.py."""
    if value is None or is_unknown(value):
        return UNKNOWN
    if unit == "s":
        return seconds(value)
    if unit == "bytes":
        return size(value)
    if unit == "share":
        return percent(value)
    return count(value)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of texts as lines with aligned columns, two spaces apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
