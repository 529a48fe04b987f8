"""Figures for whoever draws: Axes that show themselves, or on axes of one's own."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perflab.errors import InputError
from perflab.explore import Run
from perflab.report import figures


@pytest.mark.parametrize("name", figures.ALL)
def test_every_figure_is_drawn_as_axes_that_show_themselves(run: Run, name: str) -> None:
    ax = run.figure(name)
    assert isinstance(ax, Axes)
    html = ax._repr_html_()  # type: ignore[attr-defined]
    assert html.count("<figure") == 1 and html.count("<svg") == 1
    assert figures.ALL[name].description(run.figure_data).split()[0] in html


def test_it_is_shown_as_it_is_then(run: Run) -> None:
    ax = run.figure("before_after")
    assert isinstance(ax, Axes)
    assert "changed by me" not in ax._repr_html_()  # type: ignore[attr-defined]
    ax.set_xlabel("changed by me")
    assert "changed by me" in ax._repr_html_()  # type: ignore[attr-defined]


def test_it_is_drawn_on_axes_of_ones_own(run: Run) -> None:
    own: Any = Figure().subplots(1, 2)[1]
    is_own = run.figure("queries", own) is own
    assert is_own
    assert own.get_yticklabels() and not hasattr(own, "_repr_html_"), "pyplot shows its own figures"


def test_without_a_name_all_are_listed_with_what_they_find(run: Run) -> None:
    listed = repr(run.figure())
    assert all(f"  {name}: " in listed for name in figures.ALL)


def test_a_name_that_no_figure_has(run: Run) -> None:
    with pytest.raises(InputError, match="no figure 'pie'; use one of before_after,"):
        run.figure("pie")
