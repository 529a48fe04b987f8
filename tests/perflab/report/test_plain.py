"""Markup as plain text."""

from __future__ import annotations

from perflab.report.html import Column, below, bullets, code_block, element, join, section, table
from perflab.report.plain import as_text


def test_a_table_is_aligned_and_what_stands_below_is_set_apart() -> None:
    rows = [["<b>", join([element("span", "1", class_="whole"), below("0 to 2")])], [element("code", "a & b"), "1,000"]]
    text = as_text(table("Cells", [Column("Cell"), Column("n", True)], rows))
    assert text == "Cells\n  Cell   n\n  <b>    1 · 0 to 2\n  a & b  1,000"


def test_a_table_without_a_head_has_names_and_values() -> None:
    rows = [element("tr", element("th", name), element("td", value)) for name, value in (("a", "1"), ("b", "2"))]
    assert as_text(element("table", element("caption", "Facts"), *rows)) == "Facts\n  a: 1\n  b: 2"


def test_headings_paragraphs_lists_and_definitions_are_lines() -> None:
    terms = element("dl", element("dt", "cell"), element("dd", "One combination."))
    made = section("x", "Heading", element("p", "One  <line>."), bullets(["a", "b"]), terms)
    assert made.text == "Heading\n\nOne <line>.\n- a\n- b\ncell: One combination."


def test_code_keeps_its_lines_and_spaces() -> None:
    assert as_text(join([element("p", "Plan"), code_block("Sort\n  Scan")])) == "Plan\nSort\n  Scan"


def test_of_a_folded_part_its_summary_remains_and_of_a_chart_its_description() -> None:
    folded = element(
        "details", element("summary", "Three plans"), element("p", "hidden"), table("t", [Column("a")], [["b"]])
    )
    assert as_text(folded) == "Three plans"
    drawing = element(
        "svg", element("title", "It fell"), element("desc", "Dot chart. It fell."), element("text", "5 ms")
    )
    caption = element("figcaption", "It fell")
    assert as_text(element("figure", caption, drawing, folded)) == "Dot chart. It fell."


def test_a_style_is_no_text() -> None:
    assert as_text("<style>.a {color: red}</style><p>b</p>") == "b"
