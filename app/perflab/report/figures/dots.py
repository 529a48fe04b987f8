"""What the figures of dots before and after share: labels down the side, and the legend of hollow and filled circles."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from perflab.report.figures import theme
from perflab.report.figures.data import Data
from perflab.run.cells import ALL


def finish(ax: Axes, data: Data, rows: pd.DataFrame) -> None:
    """Write the endpoints down the side, ALL in bold, and explain the circles.

    Args:
        ax: The axes that were drawn on.
        data: The run.
        rows: The rows that were drawn, with a column `endpoint`.
    """
    theme.rows_down(ax, [data.label(str(endpoint)) for endpoint in rows["endpoint"]])
    ax.get_yticklabels()[0].set_fontweight("bold" if rows.iloc[0]["endpoint"] == ALL else "normal")
    ax.spines["left"].set_visible(False)
    looks = {"all off": (theme.OFF, theme.PAPER), "all on": (theme.ON, theme.ON)}
    marks = [
        Line2D([], [], marker="o", color="none", markeredgecolor=edge, markerfacecolor=face, label=label)
        for label, (edge, face) in looks.items()
    ]
    ax.legend(handles=marks, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, handletextpad=0.1, borderpad=0)
