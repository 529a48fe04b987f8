"""Text of strangers stays text, in Markdown, in tables and in HTML; it reaches nobody."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from perflab.report.comment.escaping import clean, code, marker, plain
from tests.perflab.report.comment.made_up import HOSTILE
from tests.perflab.report.comment.rendered import Outline, reaching, seen

texts = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="@#`*_|<>[]()!&\\~$-:/.wW%^{}'\" \na1g", max_size=40),
    st.lists(st.sampled_from(HOSTILE), max_size=4).map("".join),
)


@given(text=texts)
@example("@a#1!2`|<b>&#64;c")
def test_a_text_in_a_table_is_that_text_and_nothing_else(text: str) -> None:
    outline = Outline(f"| a | b |\n|---|---|\n| {plain(text)} | x{code(text)} |\n")
    assert set(outline.tags) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert outline.tags.count("td") == 2 and outline.tags.count("tr") == 2
    assert outline.attributes == [] and outline.comments == []
    assert reaching(outline) == []
    assert " ".join(seen(outline.code).split()) == " ".join(clean(text, 120).replace("\u200b", "").split())


@given(text=texts)
def test_a_text_in_html_is_that_text_and_nothing_else(text: str) -> None:
    outline = Outline(f"<details><summary>x</summary><ul><li>{plain(text)}</li></ul></details>\n")
    assert outline.tags == ["details", "summary", "ul", "li"]
    assert reaching(outline) == []
    assert seen(outline.text).strip() == f"x{clean(text, 300)}".strip()


@given(text=texts)
def test_a_text_in_a_sentence_makes_no_line_and_no_markup(text: str) -> None:
    outline = Outline(f"**{plain('Verdict: ' + text)}**")
    assert outline.tags == ["p", "strong"]
    assert seen(outline.text).strip() == clean("Verdict: " + text, 300)


@given(text=texts)
def test_a_marker_is_one_comment(text: str) -> None:
    line = marker(text)
    assert line.startswith("<!-- perflab:") and line.endswith(" -->")
    assert line.count("-->") == 1 and "\n" not in line and len(line) <= 100
    assert Outline(f"{line}\n**x**\n").tags == ["p", "strong"]


def test_what_people_write_every_day_stays_readable() -> None:
    sentence = "payments makes 12 queries (at shop/views.py, line 9), 3.4 ms → 5.6 ms: +12% (±1.8%)."
    assert plain(sentence) == sentence
    assert plain("payment_status_idx") == "payment_status_idx"
    assert plain("5%") == "5%"


def test_a_text_is_cut_and_invisible_characters_go() -> None:
    assert clean("a\u202eb\u2066c\x00d", 20) == "a b c d"
    assert clean("x" * 50, 10) == "x" * 9 + "…"
    assert len(plain("@" * 10_000)) <= 300 * 13


@pytest.mark.parametrize("text", ["", "   ", "\n", "\u202e"])
def test_nothing_is_nothing(text: str) -> None:
    assert plain(text) == ""
    assert marker(text) == "<!-- perflab:comment -->"
