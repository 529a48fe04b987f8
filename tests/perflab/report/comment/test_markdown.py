"""The comment: short, harmless, the worst first; and the summary of a job, which may be long."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perflab.errors import InputError
from perflab.report.comment.changes import WORST_FIRST, Change, Changes, worst_first
from perflab.report.comment.markdown import MAX_LENGTH, MAX_LINES, MAX_ROWS, MAX_SUMMARY, comment, job_summary, within
from tests.perflab.report.comment.made_up import HOSTILE, changes, rows
from tests.perflab.report.comment.rendered import Outline, reaching, seen

LINK = "https://github.example/o/r/actions/runs/7"
texts = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(HOSTILE), max_size=6).map(" ".join))
some = st.builds(Change, texts, st.sampled_from(WORST_FIRST), texts, st.one_of(st.none(), texts))
anything = st.builds(
    lambda scenario, run, before, after, made, notes: changes(
        scenario=scenario, run_id=run, before=before, after=after, rows=worst_first(made), notes=tuple(notes)
    ),
    texts, texts, texts, texts, st.lists(some, max_size=30), st.lists(texts, max_size=5),
)  # fmt: skip


def test_a_comment_reads_well() -> None:
    made = changes(responses=3, rows=(Change("list", "changed", "3 of 120 responses differ."),), notes=("A note.",))
    assert comment(made, link=LINK) == (
        "<!-- perflab:shop -->\n"
        "**This pull request changed 3 responses, 0 query counts, and no time (±1.8%).**\n"
        "\n"
        "| | What | How |\n"
        "|---|---|---|\n"
        "| changed | <code>list</code> | 3 of 120 responses differ. |\n"
        "\n"
        "<details><summary>How this was measured</summary><ul><li>A note.</li></ul></details>\n"
        "\n"
        "perflab, <code>shop</code> <code>20261123-101500</code>: <code>main</code> → <code>HEAD</code>"
        f" · [report and data]({LINK})\n"
    )


def test_where_nothing_changed_it_says_so() -> None:
    text = comment(changes())
    assert "Nothing changed, and nothing is undecided." in text
    assert "|---|" not in text


@settings(max_examples=60, deadline=None)
@given(made=anything, name=st.one_of(st.none(), texts))
def test_whatever_a_run_holds_a_comment_is_short_and_harmless(made: Changes, name: str | None) -> None:
    text = comment(made, name, LINK)
    assert text.count("\n") <= MAX_LINES
    assert len(text) <= MAX_LENGTH
    assert text.startswith("<!-- perflab:") and text.splitlines()[1].startswith("**This pull request changed ")
    outline = Outline(text)
    assert set(outline.tags) <= {
        "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "details", "summary", "ul", "li", "a",
    }  # fmt: skip
    assert outline.attributes == [("href", LINK)]
    assert len(outline.comments) == 1
    assert reaching(outline) == []
    assert not any(line.startswith("/") for line in text.splitlines())


def test_the_largest_comment_keeps_within_its_limits() -> None:
    text = comment(changes(rows=rows(1_000, "@" * 2_000), notes=("#1" * 1_000,) * 1_000), link=LINK)
    assert text.count("\n") <= MAX_LINES
    assert MAX_LENGTH * 0.7 < len(text) <= MAX_LENGTH
    assert "more lines are in the report" in text
    assert Outline(text).tags.count("tr") == MAX_ROWS + 1


def test_rows_beyond_the_table_are_folded() -> None:
    text = comment(changes(rows=rows(13)))
    assert "<summary>3 more, and how this was measured</summary>" in text
    assert all(f"<code>endpoint {place}</code>" in text for place in range(13))
    assert seen(Outline(text).code).count("shop/views.py:12 index") == 13


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "x", "https://", "//x.example", "file:///etc/passwd", "https://x/" + "y" * 3_000]
)
def test_a_link_is_a_web_address(link: str) -> None:
    with pytest.raises(InputError, match="no web address"):
        comment(changes(), link=link)


def test_a_link_cannot_end_itself() -> None:
    outline = Outline(comment(changes(), link='https://x.example/a)b "c" <d>'))
    assert outline.attributes == [("href", "https://x.example/a%29b%20%22c%22%20%3Cd%3E")]


def test_a_summary_has_every_row_and_the_report_of_the_run() -> None:
    text = job_summary(changes(rows=rows(40), notes=("A note.",)), "# The report\n", LINK)
    assert text.startswith("## This pull request changed 0 responses")
    assert text.count("| worse |") == 40
    assert "- A note." in text and text.endswith("# The report\n")


def test_a_summary_is_cut_at_a_line_within_1_mib() -> None:
    text = job_summary(changes(), "é" * 999 + "\n" + ("– a line of the report\n" * 100_000))
    assert MAX_SUMMARY - 1_000 < len(text.encode()) <= MAX_SUMMARY
    assert text.endswith("– a line of the report\n\nThe rest is left out: a summary has at most 1 MiB.\n")
    assert within("é\n" * 10, 1_000) == "é\n" * 10


def test_a_hostile_name_cannot_be_another_comment() -> None:
    made = replace(changes(), scenario="shop -->\n<!-- perflab:other -->")
    assert comment(made).splitlines()[0] == "<!-- perflab:shop-perflab-other -->"
