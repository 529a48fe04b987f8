"""Figures of a run: a theme, and one file per figure. Nothing else in perflab imports matplotlib.

A figure is a subclass of Figure in a module of its own, which holds one as `FIGURE`. Add a figure by adding its module's name
to NAMES.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib import import_module
from pathlib import Path

from perflab.report.figures import theme
from perflab.report.figures.data import Data
from perflab.report.figures.figure import Figure
from perflab.run.store import Run
from perflab.run.summary import Summary
from perflab.run.writer import write_text

__all__ = ["ALL", "Data", "Drawn", "Figure", "save", "save_all", "theme"]

# In the order of a notebook that shows all of them: what changed, in what, by what, and how far to trust it. On the page each
# stands in its section, in this order where a section has several.
NAMES = (
    "before_after",
    "distribution",
    "service_time",
    "queries",
    "attribution",
    "cpu_by_cell",
    "cpu_by_endpoint",
    "warm_up",
    "hit_rate",
    "load",
    "controls",
)


def _figure(name: str) -> Figure:
    figure: Figure = import_module(f"{__name__}.{name}").FIGURE
    return figure


ALL: dict[str, Figure] = {name: _figure(name) for name in NAMES}


@dataclass(frozen=True)
class Drawn:
    """A figure as a file, and its words. A notebook displays it with headline and description."""

    name: str
    path: Path
    title: str
    subtitle: str
    alt: str

    def _repr_html_(self) -> str:
        drawing = self.path.read_text(encoding="utf-8")
        svg = drawing[drawing.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{escape(self.alt)}" ', 1)
        return f"<figure><figcaption><b>{escape(self.title)}</b><br>{escape(self.subtitle)}</figcaption>{svg}</figure>"


def save(run: Run, summary: Summary | None = None) -> list[Drawn]:
    """Draw all figures of a run into its `figures` folder.

    Args:
        run: The run.
        summary: Its summary, if there is one already; computing it takes some seconds.
    """
    return save_all(Data.of(run, summary), run.directory / "figures")


def save_all(source: Run | Data, directory: Path) -> list[Drawn]:
    """Write every figure as SVG; the same data gives the same bytes. All figures take about 2 s.

    Args:
        source: The run, or what figures draw of it.
        directory: Where the files go.
    """
    data = Data.of(source)
    drawn = []
    for name, figure in ALL.items():
        title, subtitle, alt = figure.headline(data), figure.subtitle(data), figure.description(data)
        path = Path(directory) / f"{name}.svg"
        write_text(path, theme.svg(figure.draw(data), title, alt))
        drawn.append(Drawn(name, path, title, subtitle, alt))
    return drawn
