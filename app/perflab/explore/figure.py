"""One figure at a time, for whoever draws: matplotlib's own Axes, which show themselves in a notebook."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from perflab.errors import InputError
from perflab.explore.tables import STYLE, Table
from perflab.report import charts, figures


def listed(data: figures.Data) -> Table:
    """The names of all figures, and what each finds in this run."""
    return Table("Figures: run.figure(name)", {name: figure.headline(data) for name, figure in figures.ALL.items()})


def drawn(data: figures.Data, name: str, ax: Axes | None = None) -> Axes:
    """Draw one on `ax`, or on new axes that show themselves; raises InputError for a name that none has."""
    if name not in figures.ALL:
        raise InputError(f"there is no figure {name!r}", hint=f"use one of {', '.join(figures.ALL)}")
    figure = figures.ALL[name]
    axes = figure.draw(data, ax)
    if ax is None:
        # A notebook shows what pyplot drew, and leaves other axes to their repr. pyplot would keep every figure in memory,
        # so these learn to show themselves: as they are then, with whatever was added to them.
        shown: Any = axes
        shown._repr_html_ = lambda: _shown(axes, name, figure.headline(data), figure.subtitle(data), figure.alt(data))
    return axes


def _shown(axes: Axes, name: str, headline: str, subtitle: str, alt: str) -> str:
    """Its own colours on white paper: a notebook's dark look knows nothing of a page's variables."""
    svg = figures.theme.svg(axes, headline, alt)
    return STYLE + str(charts.figure(svg, name, headline, subtitle, alt, {}))
