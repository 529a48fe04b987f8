"""One figure at a time: matplotlib's own Axes, which display themselves in a notebook."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from perflab.errors import InputError
from perflab.explore.tables import STYLE, Table
from perflab.report import charts, figures


def listed(data: figures.Data) -> Table:
    """Return the names of all figures with their headlines for this run."""
    return Table("Figures: run.figure(name)", {name: figure.headline(data) for name, figure in figures.ALL.items()})


def drawn(data: figures.Data, name: str, ax: Axes | None = None) -> Axes:
    """Draw one figure, and return its axes; new axes display themselves.

    Args:
        data: What figures draw of the run.
        name: The figure's name.
        ax: The axes to draw on; None makes new ones.

    Raises:
        InputError: There is no figure of this name.
    """
    if name not in figures.ALL:
        raise InputError(f"there is no figure {name!r}", hint=f"use one of {', '.join(figures.ALL)}")
    figure = figures.ALL[name]
    axes = figure.draw(data, ax)
    if ax is None:
        # A notebook displays what pyplot drew, and of other axes their repr. pyplot would keep every figure in memory, so these
        # display themselves: as they are at that moment, with everything that was added to them.
        shown: Any = axes
        shown._repr_html_ = lambda: _shown(
            axes, name, figure.headline(data), figure.subtitle(data), figure.description(data)
        )
    return axes


def _shown(axes: Axes, name: str, headline: str, subtitle: str, alt: str) -> str:
    """The figure in its own colours on white: a notebook in dark mode does not have the page's variables."""
    svg = figures.theme.svg(axes, headline, alt)
    return STYLE + str(charts.figure(svg, name, headline, subtitle, alt, {}))
