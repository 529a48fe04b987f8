"""Parts of what is shown: as markup and as text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from perflab.explore.parts import LONGEST, code, count, cut, joined, number, rows_of, said, text
from perflab.report.html import Column, element


def test_a_table_is_aligned_as_text_and_escaped_as_markup() -> None:
    markup, lines = rows_of(
        "Cells", [Column("Cell"), Column("n", True)], [["<b>", "1"], [element("code", "a & b"), "1,000"]]
    )
    assert lines == "Cells\n  Cell   n\n  <b>    1\n  a & b  1,000"
    assert "&lt;b&gt;" in markup and "<b>" not in markup


def test_parts_are_joined_and_empty_text_leaves_no_line() -> None:
    markup, lines = joined([said("<One>."), (element("hr"), ""), code("  two")])
    assert lines == "<One>.\n  two"
    assert markup == '<p>&lt;One&gt;.</p><hr></hr><pre style="margin-bottom: 1em"><code>  two</code></pre>'


def test_what_is_null_is_a_dash() -> None:
    for nothing in (None, pd.NA, np.nan):
        assert number(nothing) is None and count(nothing) == "–" and text(nothing) == "–"
    assert count(np.int32(1200)) == "1,200" and number("1.5") == 1.5


def test_what_is_long_is_cut() -> None:
    assert cut("x" * LONGEST) == "x" * LONGEST
    assert cut("x" * (LONGEST + 1)) == "x" * (LONGEST - 1) + "…"
