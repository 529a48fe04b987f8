"""A line the size of a word."""

from __future__ import annotations

import re

import pytest

from perflab.report.runs.sparkline import HEIGHT, MARGIN, WIDTH, sparkline


def points(markup: str) -> list[tuple[float, float]]:
    points = re.search(r'points="([^"]*)"', markup)
    assert points is not None
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in points[1].split())]


@pytest.mark.parametrize("values", [[], [1.0]])
def test_fewer_than_two_values_are_no_line(values: list[float]) -> None:
    assert sparkline(values, "nothing") is None


def test_it_goes_from_left_to_right_and_up_for_more() -> None:
    (x0, y0), (x1, y1), (x2, y2) = points(str(sparkline([1.0, 3.0, 2.0], "three")))
    assert (x0, x2) == (MARGIN, WIDTH - MARGIN) and x0 < x1 < x2
    assert y1 == MARGIN < y2 < y0 == HEIGHT - MARGIN


def test_a_small_change_is_drawn_as_a_small_one() -> None:
    ys = [y for _, y in points(str(sparkline([1.00, 1.01], "almost the same")))]
    assert 0 < max(ys) - min(ys) < 3


@pytest.mark.parametrize("values", [[0.0, 0.0], [2.0] * 500])
def test_what_never_changes_is_a_line_in_the_middle(values: list[float]) -> None:
    assert {y for _, y in points(str(sparkline(values, "level")))} == {HEIGHT / 2}


def test_it_says_what_it_shows_and_needs_no_colour() -> None:
    made = str(sparkline([1.0, 2.0], '"><script>'))
    assert 'role="img"' in made and "<script>" not in made
    assert "&#34;&gt;&lt;script&gt;" in made
    assert set(re.findall(r'(?:stroke|fill)="([^"]*)"', made)) == {"currentColor", "none"}
    assert "<circle" in made, "the newest has a mark of its own"


def test_five_hundred_values_stay_small_and_inside() -> None:
    made = str(sparkline([1 + number % 9 for number in range(500)], "many"))
    assert len(made) < 8_000
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points(made))
