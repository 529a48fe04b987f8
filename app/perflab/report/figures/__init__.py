"""Figures of a run: a theme, and one file per figure. Nothing else in perflab imports matplotlib.

Each figure's module has the same five functions of `Data`:

    draw(data, ax=None) -> Axes        headline(data): the finding in words       subtitle(data): what is drawn
    alt(data): kind, trend, figures    table(data) -> DataFrame: the numbers that are drawn

A new figure is a new module with these, and an entry in ALL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Protocol, cast

import pandas as pd
from matplotlib.axes import Axes

from perflab.report.figures import (
    attribution,
    before_after,
    controls,
    cpu_by_cell,
    cpu_by_endpoint,
    distribution,
    hit_rate,
    queries,
    service_time,
    theme,
)
from perflab.report.figures.data import Data
from perflab.run.store import Run
from perflab.run.writer import write_text

__all__ = ["ALL", "Data", "Drawn", "Figure", "save", "save_all", "theme"]


class Figure(Protocol):
    """What a figure's module has to offer."""

    def draw(self, data: Data, ax: Axes | None = None) -> Axes: ...

    def headline(self, data: Data) -> str: ...

    def subtitle(self, data: Data) -> str: ...

    def alt(self, data: Data) -> str: ...

    def table(self, data: Data) -> pd.DataFrame: ...


# In the order in which a page shows them: what changed, in what, by what, and how far to trust it.
ALL: dict[str, Figure] = {
    "before_after": cast(Figure, before_after),
    "distribution": cast(Figure, distribution),
    "service_time": cast(Figure, service_time),
    "queries": cast(Figure, queries),
    "cpu_by_cell": cast(Figure, cpu_by_cell),
    "cpu_by_endpoint": cast(Figure, cpu_by_endpoint),
    "attribution": cast(Figure, attribution),
    "hit_rate": cast(Figure, hit_rate),
    "controls": cast(Figure, controls),
}


@dataclass(frozen=True)
class Drawn:
    """A figure as a file, and its words. A notebook shows it with headline and description."""

    name: str
    path: Path
    title: str
    subtitle: str
    alt: str

    def _repr_html_(self) -> str:
        drawing = self.path.read_text(encoding="utf-8")
        svg = drawing[drawing.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{escape(self.alt)}" ', 1)
        return f"<figure><figcaption><b>{escape(self.title)}</b><br>{escape(self.subtitle)}</figcaption>{svg}</figure>"


def save(run: Run, summary: Mapping[str, Any] | None = None) -> list[Drawn]:
    """Draw all figures of a run into its `figures` folder; a summary that is there already saves computing it."""
    return save_all(Data.of(run, summary), run.directory / "figures")


def save_all(source: Run | Mapping[str, Any] | Data, directory: Path) -> list[Drawn]:
    """Write every figure as SVG; the same data gives the same bytes. All figures take about 2 s."""
    data = Data.of(source)
    drawn = []
    for name, figure in ALL.items():
        title, subtitle, alt = figure.headline(data), figure.subtitle(data), figure.alt(data)
        path = Path(directory) / f"{name}.svg"
        write_text(path, theme.svg(figure.draw(data), title, alt))
        drawn.append(Drawn(name, path, title, subtitle, alt))
    return drawn
