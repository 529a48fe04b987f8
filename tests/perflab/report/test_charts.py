"""Figures in the page: inline, described, and without anything that reaches out of it."""

from __future__ import annotations

import re

import pandas as pd

from perflab.report import charts, figures
from perflab.run.store import Run
from perflab.run.summary import Summary

SVG = """<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="100pt" height="50pt" viewBox="0 0 100 50" xmlns="http://www.w3.org/2000/svg">
 <metadata><rdf>https://matplotlib.org/</rdf></metadata>
 <!-- a comment -->
 <defs><clipPath id="p1"><rect/></clipPath></defs>
 <g id="axes_1" clip-path="url(#p1)" style="fill: #1F2933"><use xlink:href="#p1"/></g>
</svg>"""


def test_a_figure_is_described_and_keeps_to_itself() -> None:
    made = charts.figure(SVG, "one", "It <fell>", "Mean", "A chart & more", {"#1f2933": "--ink"})
    assert 'role="img" aria-labelledby="one-title one-description"' in made
    assert '<title id="one-title">It &lt;fell&gt;</title><desc id="one-description">A chart &amp; more</desc>' in made
    assert "http" not in made
    assert 'width="100pt"' not in made
    assert "var(--ink, #1f2933)" in made


def test_ids_of_two_figures_do_not_meet() -> None:
    first, second = (charts.inline(SVG, name, {}) for name in ("one", "two"))
    ids = [set(re.findall(r'\bid="([^"]+)"', text)) for text in (first, second)]
    assert not ids[0] & ids[1]
    for text, own_ids in zip((first, second), ids, strict=True):
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', text)) <= own_ids


def test_all_figures_are_in_the_page_with_title_and_description(run: Run, summary: Summary) -> None:
    made = charts.section_of(run, summary)._repr_html_()
    count = len(figures.ALL) - 2  # no traffic went before the rounds of this run, and none was sent under load
    assert made.count("<svg ") == made.count('role="img"') == made.count("<desc ") == count
    for name in figures.ALL:
        assert (run.directory / "figures" / f"{name}.svg").is_file()


def test_figures_that_are_there_are_not_drawn_again(run: Run, summary: Summary) -> None:
    charts.section_of(run, summary)
    path = run.directory / "figures" / "queries.svg"
    before = path.stat().st_mtime_ns
    charts.section_of(run, summary)
    assert path.stat().st_mtime_ns == before
    charts.section_of(run, summary, draw=True)
    assert path.stat().st_mtime_ns > before


def test_the_data_of_a_chart_unfolds_as_a_table_and_unknown_is_no_number() -> None:
    frame = pd.DataFrame({"endpoint": ["<job>"], "before": [0.0123456], "low": [float("nan")], "n": [1200]})
    made = charts.data_of(frame, "It fell")
    assert made is not None
    assert made.startswith("<details><summary>")
    for shown in ("&lt;job&gt;", "0.01235", ">–<", ">1,200<", "It fell: data"):
        assert shown in made
    assert charts.data_of(frame.iloc[:0], "It fell") is None
    assert "Times are in seconds." in made
    counts = charts.data_of(frame, "It fell", in_seconds=False)
    assert counts is not None and "seconds" not in counts and "Low and high" in counts


def test_an_index_with_a_name_is_a_column() -> None:
    frame = pd.DataFrame({"all_off": [1.5]}, index=pd.Index(["job"], name="endpoint"))
    made = charts.data_of(frame, "It fell")
    assert made is not None and ">endpoint<" in made and ">all off<" in made
