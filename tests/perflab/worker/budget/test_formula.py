"""A number of queries as a + b*rows, to text and back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perflab.worker.budget.formula import Formula, fitted, parsed

NUMBERS = st.fractions(min_value=0, max_value=50, max_denominator=9)


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({2: 4, 3: 4, 5: 4}, "4"),
        ({2: 2, 3: 3, 5: 5}, "rows"),
        ({2: 6, 3: 8, 5: 12}, "2 + 2*rows"),
        ({2: 3, 3: 5, 5: 9}, "2*rows - 1"),
        ({2: 2, 4: 3, 8: 5}, "1 + 1/2*rows"),
        ({2: 0, 3: 0, 5: 0}, "0"),
    ],
)
def test_the_line_through_all_counts(counts: dict[int, int], text: str) -> None:
    line = fitted(counts)
    assert str(line) == text
    assert parsed(text) == line


def test_counts_on_no_line_are_none() -> None:
    assert fitted({2: 4, 3: 5, 5: 6}) is None


@given(NUMBERS.map(lambda n: n - 10), NUMBERS)
def test_a_formula_is_read_as_it_was_written(fixed: Fraction, per_row: Fraction) -> None:
    formula = Formula(fixed if per_row else abs(fixed), per_row)
    assert parsed(str(formula)) == formula


@pytest.mark.parametrize("text", ["", "2/3/4", "rows*2", "1 + ", "-1", "2, 3 and 3", "٣ + ٣*rows x"])
def test_another_text_is_none(text: str) -> None:
    assert parsed(text) is None


def test_a_denominator_of_zero_is_no_traceback() -> None:
    assert parsed("1/0") == Formula(Fraction(0))
