"""Numbers for people: three digits that count, the unit that fits, a dash for what nobody knows."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perflab import units


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1, "1.00"), (12.345, "12.3"), (123.45, "123"), (1234.5, "1,230"), (0.001234, "0.00123"), (-12.345, "-12.3"),
     (9.999, "10.0"), (99.96, "100"), (999.6, "1,000"), (0.9996, "1.00"),
     (1_234_567, "1,230,000"), (math.inf, "∞"), (-math.inf, "-∞")],
)  # fmt: skip
def test_three_digits_count(value: float, text: str) -> None:
    assert units.significant(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 s"), (1.234, "1.23 s"), (0.0045678, "4.57 ms"), (0.000789, "789 µs"), (2.5e-9, "0.00250 µs"), (-0.5, "-500 ms"),
     (123.4, "123 s"), (None, "–"), (math.nan, "–"), (0.0009999, "1.00 ms"), (0.99996, "1.00 s")],
)  # fmt: skip
def test_seconds(value: float | None, text: str) -> None:
    assert units.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 B"), (512, "512 B"), (1024, "1.00 KiB"), (5_000_000, "4.77 MiB"), (3 * 1024**3, "3.00 GiB"),
     (5 * 1024**4, "5,120 GiB"), (None, "–"), (1023.9, "1,020 B")],
)  # fmt: skip
def test_sizes(value: float | None, text: str) -> None:
    assert units.size(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (12, "12"), (12345, "12,345"), (2.25, "2.25"), (44.225, "44.2"), (None, "–"), (math.nan, "–")],
)
def test_counts(value: float | None, text: str) -> None:
    assert units.count(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.9712, 1, "97.1%"), (0, 1, "0.0%"), (1, 0, "100%"), (-0.05, 1, "-5.0%"), (None, 1, "–")],
)
def test_percent(value: float | None, digits: int, text: str) -> None:
    assert units.percent(value, digits) == text


@pytest.mark.parametrize(
    ("ratio", "text"), [(1.053, "+5.3%"), (0.5, "−50.0%"), (191.04, "190×"), (2.71, "2.7×"), (None, "–")]
)
def test_a_signed_change_is_a_multiple_where_it_more_than_doubles(ratio: float | None, text: str) -> None:
    assert units.signed(ratio) == text


@pytest.mark.parametrize(
    ("change", "text"), [(0.053, "5.3%"), (0.163, "16%"), (1.0, "100%"), (190.0355, "190×"), (65.94, "67×")]
)
def test_the_size_of_a_change_has_no_more_digits_than_it_is_worth(change: float, text: str) -> None:
    assert units.relative(change) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 s"), (-3, "0 s"), (45.4, "45 s"), (59.6, "1 min 00 s"), (200, "3 min 20 s"), (3599.7, "1 h 00 min"),
     (3900, "1 h 05 min"), (None, "–"), (math.inf, "–"), (math.nan, "–")],
)  # fmt: skip
def test_spans_for_people_who_wait(value: float | None, text: str) -> None:
    assert units.clock(value) == text


@pytest.mark.parametrize(
    ("unit", "text"),
    [("s", "500 ms"), ("bytes", "0.500 B"), ("share", "50.0%"), ("queries", "0.500"), ("users", "0.500")],
)
def test_a_value_is_written_with_its_unit(unit: str, text: str) -> None:
    assert units.in_unit(0.5, unit) == text
    assert units.in_unit(None, unit) == units.UNKNOWN


@pytest.mark.parametrize("write", [units.significant, units.seconds, units.size, units.count])
@given(value=st.floats(min_value=1e-9, max_value=1e15))
def test_no_number_is_written_with_an_exponent_or_off_by_more_than_its_digits(
    write: Callable[[float], str], value: float
) -> None:
    text = write(value)
    assert "e" not in text.lower()
    number, _, unit = text.replace(",", "").partition(" ")
    factor = {"": 1, "s": 1, "ms": 1e-3, "µs": 1e-6, "B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}[unit]
    assert float(number) * factor == pytest.approx(value, rel=0.0051)


def test_columns_are_one_below_the_other() -> None:
    assert units.aligned([["claim", "before"], ["it", "12 ms"], ["longer", ""]]) == [
        "claim   before",
        "it      12 ms",
        "longer",
    ]
    assert units.aligned([]) == []


def test_how_many_of_what() -> None:
    assert units.counted(1, "request") == "1 request"
    assert units.counted(1200, "request") == "1,200 requests"
    assert units.counted(0, "query", "queries") == "0 queries"
    assert units.counted(None, "row") == "– rows"


@pytest.mark.parametrize(("names", "text"), [("", "none"), ("a", "a"), ("ab", "a and b"), ("abc", "a, b and c")])
def test_a_list_reads_as_a_sentence_does(names: str, text: str) -> None:
    assert units.listed(list(names)) == text


def test_names_of_switches_are_told_from_words() -> None:
    assert units.quoted(["queries", "caching"]) == "‘queries’ and ‘caching’"
    assert units.quoted([]) == "none"


@given(st.text(), st.integers(1, 20))
def test_a_cut_text_is_never_too_long_and_says_that_it_was_cut(text: str, longest: int) -> None:
    short = units.cut(text, longest)
    assert len(short) <= longest
    assert short == text if len(text) <= longest else short.endswith("…")


def test_a_change_with_its_interval_has_no_more_digits_than_this_allows() -> None:
    assert units.signed_with(1.183, 0.731, 1.917) == "+18% (−27% to +92%)"
    assert units.signed_with(1.052, 1.041, 1.063, "95% interval ") == "+5.2% (95% interval +4.1% to +6.3%)"
