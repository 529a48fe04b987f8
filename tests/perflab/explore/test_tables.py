"""A few facts under a caption."""

from __future__ import annotations

from markupsafe import Markup

from perflab.explore.tables import STYLE, Table


def test_facts_are_a_table_and_lines() -> None:
    made = Table("Sizes", {"rows": 12345, "none": None, "yes": True})
    assert repr(made) == "Sizes\n  rows: 12,345\n  none: –\n  yes: True"
    assert "<caption>Sizes</caption>" in made._repr_html_() and "12,345" in made._repr_html_()


def test_text_is_escaped_and_markup_is_not() -> None:
    made = Table("<b>", {"<i>": "<script>", "chip": Markup("<span>ok</span>")})._repr_html_()
    assert "<script>" not in made and "<b>" not in made and "<i>" not in made
    assert "<span>ok</span>" in made


def test_the_style_is_for_a_notebook_alone() -> None:
    rules = [line for line in STYLE.splitlines() if "{" in line]
    assert len(rules) == 4 and all(line.startswith(".jp-RenderedHTMLCommon ") for line in rules)
    assert STYLE in Table("x", {})._repr_html_()
