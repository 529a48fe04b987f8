"""A heat map that is a table: endpoints by cells, the number in every field, darker where there is more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from perflab.report.figures import theme


def draw(
    ax: Axes,
    table: pd.DataFrame,
    rows: Sequence[str],
    columns: Sequence[str],
    text: Callable[[float], str],
) -> None:
    """Draw a table of numbers that are 0 or more. Shades are logarithmic, because fields differ by factors.

    A field without a number stays empty, with a dash. The first row, all requests together, is set apart.

    Args:
        ax: The axes to draw on.
        table: The numbers.
        rows: The label of each row.
        columns: The label of each column.
        text: How a number is written.
    """
    numbers = table.to_numpy(dtype=float)
    positive = numbers[np.isfinite(numbers) & (numbers > 0)]
    low, high = (positive.min(), positive.max()) if len(positive) else (1.0, 1.0)
    norm = colors.LogNorm(low, high if high > low else low * 10)
    for (row, column), number in np.ndenumerate(numbers):
        if np.isfinite(number):
            shade = float(norm(number)) if number > 0 else 0.0
            ax.add_patch(
                Rectangle((column - 0.49, row - 0.47), 0.98, 0.94, facecolor=theme.HEAT(shade), edgecolor="none")
            )
            colour = theme.text_on(shade)
        else:
            colour = theme.MUTED
        weight = "bold" if row == 0 else "normal"
        ax.text(
            column,
            row,
            text(float(number)),
            ha="center",
            va="center_baseline",
            fontsize=8.5,
            color=colour,
            fontweight=weight,
        )
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_xticks(range(len(columns)), columns)
    ax.xaxis.tick_top()
    ax.tick_params(axis="x", length=0)
    theme.rows_down(ax, list(rows))
    ax.get_yticklabels()[0].set_fontweight("bold")
    ax.axhline(0.5, color=theme.INK, linewidth=0.8)
    for spine in ax.spines.values():
        spine.set_visible(False)
