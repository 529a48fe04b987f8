"""What holds of every figure, whatever the run was like."""

from __future__ import annotations

import functools
import sys
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from matplotlib.axes import Axes

from perflab.report import figures
from perflab.report.figures import theme
from perflab.report.figures.data import Data
from tests.perflab.synthetic import Truth, make_run, make_samples

SMALL = Truth(rounds=3, blocks=3)


@functools.cache
def good_samples():
    return make_samples(SMALL)


def run_of(kind):
    samples = good_samples().copy()
    match kind:
        case "no samples":
            return make_run(SMALL, samples=samples.iloc[:0])
        case "all errors":
            return make_run(SMALL, samples=samples.assign(error="500"))
        case "one round":
            return make_run(SMALL, samples=samples[samples["round"] == 1])
        case "nan":
            return make_run(SMALL, samples=samples.assign(latency_s=float("nan")))
        case "a missing cell":
            return make_run(SMALL, samples=samples[samples["cell"] != "all_on"])
        case "no controls":
            return make_run(SMALL, samples=samples[samples["role"] == "treatment"])
        case "no database clock":
            return make_run(Truth(rounds=3, blocks=3, db_clock=False))
        case "no clock":
            return make_run(SMALL, samples=samples.assign(app_cpu_s=None, db_cpu_s=None, cache_cpu_s=None))
        case "one factor":
            return make_run(Truth(factors=("queries",), rounds=3, blocks=3))
        case "interrupted":
            return make_run(SMALL, samples=samples, status="interrupted")
    return make_run(SMALL, samples=samples)


KINDS = [
    "good", "no samples", "all errors", "one round", "nan", "a missing cell", "no controls", "no database clock",
    "no clock", "one factor", "interrupted",
]  # fmt: skip


@pytest.fixture(scope="module", params=KINDS)
def data(request):
    return Data.of(run_of(request.param))


@pytest.fixture(scope="module")
def good():
    return Data.of(make_run(SMALL))


@pytest.mark.parametrize("figure", figures.ALL.values(), ids=figures.ALL)
def test_every_run_can_be_drawn_and_put_in_words(figure, data):
    ax = figure.draw(data)

    assert isinstance(ax, Axes)
    assert len(ax.figure.axes) == 1  # one scale
    words = [figure.headline(data), figure.subtitle(data), figure.description(data)]
    assert all(w and not any(bad in w for bad in ("nan", "None", "inf ")) for w in words)
    assert not figure.headline(data).endswith(".")
    assert figure.description(data).endswith((".", "…"))


@pytest.mark.parametrize("figure", figures.ALL.values(), ids=figures.ALL)
def test_the_same_data_gives_the_same_bytes(figure, good):
    first, second = (theme.svg(figure.draw(good), figure.headline(good), figure.description(good)) for _ in range(2))

    assert first == second
    assert ET.fromstring(first).tag.endswith("svg")
    assert "<text" in first  # text stays text


@pytest.mark.parametrize("kind", ["no samples", "one round", "a missing cell", "no database clock"])
def test_what_is_missing_can_be_written_as_a_file(kind, tmp_path):
    """Layout happens when a file is written: with few marks, none, or unknown ones, and without a warning."""
    for drawn in figures.save_all(Data.of(run_of(kind)), tmp_path):
        assert ET.parse(drawn.path).getroot().tag.endswith("svg")


@pytest.mark.parametrize("figure", figures.ALL.values(), ids=figures.ALL)
def test_a_figure_can_be_drawn_on_axes_that_are_there(figure, good):
    ax = theme.axes(5)

    assert figure.draw(good, ax) is ax


@pytest.mark.parametrize("figure", figures.ALL.values(), ids=figures.ALL)
def test_an_empty_run_says_so_instead_of_drawing(figure):
    nothing = Data.of(run_of("no samples"))

    assert len(figure.table(nothing)) == 0
    assert figure.description(nothing).startswith("Empty chart. ")
    assert any(text.get_text() for text in figure.draw(nothing).texts)


def test_save_all_writes_a_file_for_each(tmp_path):
    drawn = figures.save_all(run_of("good"), tmp_path / "figures")

    assert [d.name for d in drawn] == list(figures.ALL)
    assert {p.name for p in (tmp_path / "figures").iterdir()} == {f"{name}.svg" for name in figures.ALL}
    html = drawn[0]._repr_html_()
    assert drawn[0].title in html
    assert 'role="img"' in html


def test_save_uses_the_runs_directory_and_a_summary_that_is_there(tmp_path):
    run = make_run(SMALL, directory=tmp_path)
    drawn = figures.save(run, Data.of(run).summary)

    assert {d.path.parent for d in drawn} == {tmp_path / "figures"}


def test_the_callers_settings_stay_as_they_were(good):
    import matplotlib as mpl

    settings: dict[Any, Any] = mpl.rcParams
    before = {name: settings[name] for name in theme.STYLE}
    theme.svg(figures.ALL["controls"].draw(good), "title", "words")

    assert {name: settings[name] for name in theme.STYLE} == before


def test_no_window_system_is_loaded():
    assert "matplotlib.pyplot" not in vars(theme)
    assert not any(name.startswith(("tkinter", "PyQt")) for name in sys.modules)
