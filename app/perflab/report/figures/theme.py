"""One look for all figures: readable in black and white and by colour-blind readers, the same file for the same data.

Nothing depends on colour alone: marks differ in shape, areas in lightness, heat maps carry their numbers. The blues and
oranges are Okabe & Ito's (2008). No figure has two scales.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import matplotlib
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

INK = "#1f2933"
MUTED = "#5f6b78"
GRID = "#d5dae0"
PAPER = "#ffffff"
BAND = "#eceff3"
OFF = "#d55e00"
ON = "#0072b2"
# Application, database, cache: dark, middle, light, so that a grey print keeps them apart, too. No hatching: a browser that
# prints it draws every line anew, and makes 12 MB of a page that has 0.7.
PARTS = {"app_cpu_s": "#004b76", "db_cpu_s": "#56b4e9", "cache_cpu_s": "#f7e1b5"}

# Those that a page may replace by its own, for a dark look. The others keep their contrast on both.
PAGE_COLOURS = {INK: "--ink", MUTED: "--muted", GRID: "--rule", PAPER: "--paper", BAND: "--band"}

# A sequence of one hue for numbers; the text on it is black or white, and is not replaced by a page's ink.
HEAT = colors.LinearSegmentedColormap.from_list("perflab", ["#f4f8fb", "#c6dfef", "#7fb6da", "#2f7fb8", "#0b4f80"])
ON_LIGHT, ON_DARK = "#000000", "#fefefe"

STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Helvetica", "Arial"],
    "font.size": 9.0,
    "svg.fonttype": "none",  # text stays text: small files, searchable, read aloud
    "svg.hashsalt": "perflab",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "legend.frameon": False,
}

WIDTH_IN = 9.6


@contextmanager
def applied() -> Iterator[None]:
    """Apply the theme to what is drawn inside; the caller's own settings are restored."""
    style: Any = STYLE
    with matplotlib.rc_context(style):
        yield


def axes(rows: int, *, row_in: float = 0.27, rest_in: float = 1.3) -> Axes:
    """Return new axes on their own figure. No window, no pyplot, nothing to close.

    Args:
        rows: The number of rows that they have room for.
        row_in: The height of a row in inches.
        rest_in: The height of everything else in inches.
    """
    figure = Figure(figsize=(WIDTH_IN, max(2.2, rows * row_in + rest_in)), layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def placeholder(ax: Axes, sentence: str) -> Axes:
    """Write on the axes why there is nothing to draw, and return them."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, sentence, ha="center", va="center", wrap=True, color=MUTED, transform=ax.transAxes)
    return ax


def note(ax: Axes, sentence: str) -> None:
    """Write a remark below the figure, for what a reader must not miss."""
    ax.figure.supxlabel(sentence, fontsize=8, color=MUTED, x=0.01, ha="left")


def rows_down(ax: Axes, labels: list[str]) -> None:
    """Set one row per label, the first on top, without tick marks."""
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.45, -0.55)
    ax.tick_params(axis="y", length=0)


def beside(ax: Axes, place: float, strong: str, light: str = "") -> None:
    """Write a number to the right of a row, and its interval behind it.

    Args:
        ax: The axes.
        place: The row.
        strong: The number.
        light: Its interval.
    """
    where = ax.get_yaxis_transform()
    words: dict[str, Any] = {"transform": where, "ha": "left", "va": "center_baseline"}
    ax.text(1.015, place, strong, fontweight="bold", fontsize=8.5, **words)
    ax.text(1.11, place, light, fontsize=8, color=MUTED, **words)


def tick_seconds(value: float, position: object = None) -> str:
    """Return a duration for a scale, without unnecessary digits: 2 ms, 500 µs."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if abs(value) >= size * 0.9999:
            return f"{value / size:.3g} {unit}"
    return "0" if value == 0 else f"{value * 1e9:.3g} ns"


def log_seconds(ax: Axes) -> None:
    """Set a logarithmic scale of durations with a tick at 1, 2 and 5 of each decade."""
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=20))
    ax.xaxis.set_major_formatter(FuncFormatter(tick_seconds))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.minorticks_off()
    ax.grid(axis="x")


def text_on(shade: float) -> str:
    """Return black or white, whichever can be read on this share of the heat map's range."""
    return ON_DARK if shade > 0.77 else ON_LIGHT


_CLIP = re.compile(r"[ \t]+$", re.MULTILINE)


def svg(ax: Axes, title: str, description: str) -> str:
    """Return the figure as SVG text, byte for byte the same for the same data.

    Args:
        ax: The figure's axes.
        title: A title inside the file, for screen readers.
        description: A description inside the file, for screen readers.
    """
    with applied():
        target = io.StringIO()
        canvas: Any = FigureCanvasSVG(cast(Figure, ax.figure))
        canvas.print_svg(
            target, metadata={"Date": None, "Creator": "perflab", "Title": title, "Description": description}
        )
    return _CLIP.sub("", target.getvalue())
