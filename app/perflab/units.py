"""Units, and how numbers and lists are written for people: three significant digits, the unit that fits, a dash for unknown."""

from __future__ import annotations

import math
from collections.abc import Sequence

UNKNOWN = "–"


def is_unknown(value: float | None) -> bool:
    return value is None or math.isnan(value)


def significant(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits, never in exponent form."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "∞" if value > 0 else "-∞"
    # Rounded first: 9.999 is 10.0, not 10.00.
    rounded, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    decimals = digits - 1 - int(exponent)
    return f"{float(f'{rounded}e{exponent}'):,.{max(decimals, 0)}f}"


def seconds(value: float | None) -> str:
    """A duration in the unit that fits: 1.23 s, 4.56 ms, 789 µs."""
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
    """A size in bytes, in powers of 1024."""
    if value is None or is_unknown(value):
        return UNKNOWN
    for unit in ("B", "KiB", "MiB"):
        if abs(value) < 1024:
            return f"{significant(value)} {unit}"
        value /= 1024
    return f"{significant(value)} GiB"


def count(value: float | None) -> str:
    if value is None or is_unknown(value):
        return UNKNOWN
    return f"{value:,.0f}" if float(value).is_integer() else significant(value)


def counted(number: float | None, one: str, many: str | None = None) -> str:
    """How many of something: `1 request`, `2 requests`, `3 queries`."""
    return f"{count(number)} {one if number == 1 else many or f'{one}s'}"


def listed(names: Sequence[str]) -> str:
    """a, b and c; `none` of nothing."""
    if not names:
        return "none"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def cut(text: str, longest: int) -> str:
    """A text, its end left out where it is longer than that."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def percent(value: float | None, digits: int = 1) -> str:
    if value is None or is_unknown(value):
        return UNKNOWN
    return f"{value * 100:.{digits}f}%"


def signed(ratio: float | None) -> str:
    """How far a ratio is from no change, with its sign: `+5.3%`."""
    if ratio is None or is_unknown(ratio):
        return UNKNOWN
    return f"{(ratio - 1) * 100:+.1f}%".replace("-", "−")


def clock(value: float | None) -> str:
    """A span for people who wait: 45 s, 3 min 20 s, 1 h 05 min."""
    if value is None or is_unknown(value) or not math.isfinite(value):
        return UNKNOWN
    whole = max(0, round(value))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def in_unit(value: float | None, unit: str) -> str:
    """Write a value of a metric with its unit."""
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
    """Rows of texts as lines, their columns one below the other, two spaces apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
