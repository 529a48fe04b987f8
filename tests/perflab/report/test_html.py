"""HTML: everything that is not markup is escaped."""

from __future__ import annotations

from perflab.report.html import Column, Markup, Section, bullets, element, paragraph, section, table

NASTY = "<script>alert('x')</script>"


def test_text_and_attributes_are_escaped() -> None:
    made = element("p", NASTY, title='"><script>', data_label="a")
    assert "<script>" not in made
    assert 'data-label="a"' in made


def test_markup_is_not_escaped_twice() -> None:
    assert element("p", element("b", "a & b")) == "<p><b>a &amp; b</b></p>"


def test_an_attribute_without_a_value_is_left_out() -> None:
    assert element("td", "x", class_=None) == "<td>x</td>"


def test_a_table_has_a_caption_and_headings_with_a_scope() -> None:
    made = table("What", [Column("Name"), Column("n", number=True)], [[NASTY, "5"], ["b", "–"]])
    assert "<caption>What</caption>" in made
    assert made.count('scope="col"') == 2
    assert made.count('scope="row"') == 2
    assert "<script>" not in made
    assert 'class="number unknown"' in made


def test_a_section_is_a_landmark_and_has_a_text_form() -> None:
    made = section("claims", "Claims", element("p", "one"))
    assert isinstance(made, Section)
    assert 'aria-labelledby="claims"' in made._repr_html_()
    assert repr(made) == "Claims\n\none"
    assert isinstance(made.markup, Markup)


def test_what_there_is_not_makes_no_paragraph_and_no_list() -> None:
    assert paragraph("") is None and paragraph(None) is None and bullets([]) is None
    assert bullets(["<a>"]) == "<ul><li>&lt;a&gt;</li></ul>"


def test_more_is_added_inside_the_landmark() -> None:
    made = section("claims", "Claims").with_more(element("p", "more"))
    assert made.markup.endswith("<p>more</p></section>") and made.text == "Claims\n\nmore"
