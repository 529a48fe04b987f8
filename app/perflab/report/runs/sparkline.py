"""A line chart the size of a word: one number from run to run, as an SVG inside a page.

It is drawn in the colour of the text around it, so that it is dark on paper and light in dark mode.
"""

from __future__ import annotations

from collections.abc import Sequence

from perflab.report.html import Markup, element

WIDTH, HEIGHT, MARGIN = 224, 44, 5
# The height stands for at least this share of the value, so that a small change is drawn as a small change.
MIN_SPAN = 0.2


def sparkline(values: Sequence[float], alt: str) -> Markup | None:
    """Return the values as a line with a dot on the last one; None for fewer than two, which make no line.

    500 values take 6 KB.

    Args:
        values: From the oldest to the newest.
        alt: The description for those who do not see the line.
    """
    if len(values) < 2:
        return None
    points = _points(values)
    x, y = points[-1]
    return element(
        "svg",
        element(
            "polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), fill="none", stroke="currentColor",
            stroke_width="1.5", stroke_linejoin="round", stroke_linecap="round",
        ),
        element("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="3.5", fill="currentColor"),
        role="img", aria_label=alt, width=str(WIDTH), height=str(HEIGHT), viewBox=f"0 0 {WIDTH} {HEIGHT}",
        style="max-width: 100%; height: auto",
    )  # fmt: skip


def _points(values: Sequence[float]) -> list[tuple[float, float]]:
    low, high = min(values), max(values)
    middle = (low + high) / 2
    span = max(high - low, MIN_SPAN * abs(middle)) or 1.0  # nothing but zeros: a line in the middle
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    height = HEIGHT - 2 * MARGIN
    return [
        (MARGIN + number * step, HEIGHT / 2 - (value - middle) / span * height) for number, value in enumerate(values)
    ]
