"""The recipe for a figure: the time in queries, in a file and a line."""

from __future__ import annotations

import pytest

from tests.recipes.tree import Line, Recipe, Tree, check_size, performed

QUERY_TIME = '''"""Time in queries, by endpoint."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from perflab.report.figures import theme, words
from perflab.report.figures.data import Data
from perflab.report.figures.dots import finish
from perflab.report.figures.figure import Figure


class QueryTimeFigure(Figure):
    """Two dots for each endpoint."""

    section = "queries"

    def table(self, data: Data) -> pd.DataFrame:
        rows = [[effect.endpoint, effect.before, effect.after] for effect in data.effects("query_time_s")]
        return pd.DataFrame(rows, columns=["endpoint", "before", "after"])

    def headline(self, data: Data) -> str:
        whole = data.effect("query_time_s")
        return "Time in queries was not measured" if whole is None else f"Time in queries {words.fell(whole)}"

    def subtitle(self, data: Data) -> str:
        return "Mean milliseconds in queries per request: all off (hollow) and all on (filled)."

    def alt(self, data: Data) -> str:
        return f"Dot chart of {len(self.table(data))} rows. {self.headline(data)}."

    def draw_rows(self, ax: Axes, data: Data, rows: pd.DataFrame) -> None:
        for name, fill in (("before", theme.PAPER), ("after", theme.ON)):
            ax.plot(rows[name] * 1e3, range(len(rows)), "o", color=fill, markeredgecolor=theme.OFF, clip_on=False)
        finish(ax, data, rows)


FIGURE = QueryTimeFigure()
'''
RECIPE = Recipe(
    "Add a figure",
    "app/perflab/report/figures/query_time.py",
    QUERY_TIME,
    {"app/perflab/report/figures/__init__.py": Line('    "query_time",\n', above='    "attribution",\n')},
)
# Which tests of all figures: this figure alone, a full run and an empty one.
SOME = "query_time and not (errors or round or nan or cell or controls or clock or factor or interrupted)"
# Runs in the copy: the sections of a run's page.
ON_THE_PAGE = """
import json
from pathlib import Path
from perflab import report
from tests.perflab import saved_run

page = report.page(saved_run.save(Path("reports")))
print(json.dumps({name: page[name]._repr_html_() for name in ("queries", "endpoints")}))
"""


@pytest.fixture(scope="module")
def with_query_time(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return performed(RECIPE, tmp_path_factory.mktemp("figure"))


def test_a_figure_takes_one_file_and_one_line(with_query_time: Tree) -> None:
    check_size(RECIPE, with_query_time)


def test_it_passes_what_every_figure_has_to_pass(with_query_time: Tree) -> None:
    """Drawn from a full run, an empty one and broken ones, and twice with the same bytes."""
    printed = with_query_time.tests("tests/perflab/report/figures/test_figures.py", "-k", SOME, "-v")
    for test in (
        "test_every_run_can_be_drawn_and_put_in_words[no samples-query_time]",
        "test_every_run_can_be_drawn_and_put_in_words[good-query_time]",
        "test_the_same_data_gives_the_same_bytes[query_time]",
        "test_an_empty_run_says_so_instead_of_drawing[query_time]",
    ):
        assert f"{test} PASSED" in printed


def test_it_stands_in_its_section_of_the_page(with_query_time: Tree) -> None:
    sections = with_query_time.printed(ON_THE_PAGE)
    assert 'id="figure-query_time"' in sections["queries"]
    assert 'id="figure-query_time"' not in sections["endpoints"]
