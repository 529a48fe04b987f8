from __future__ import annotations

import pytest

from perflab.report.figures import words
from tests.perflab import summaries


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.058, "−94.2%"),
        (1.031, "+3.1%"),
        (9.4, "9.40×"),
        (1.0004, "+0.04%"),
        (0.004, "−99.60%"),
        (None, "–"),
    ],
)
def test_change(ratio, text):
    assert words.change(ratio) == text


def test_a_change_has_the_digits_of_its_interval():
    assert words.change(0.451, 0.35, 0.56) == "−55%" and words.change(2.71, 2.24, 3.27) == "2.7×"
    assert words.change(1.004, 0.9, 1.1) == "+0.4%" and words.change(0.451, 0.44, 0.46) == "−54.9%"


def effect(**values):
    return summaries.effect(**{"ratio": 0.5, "difference": -1.0, "verdict": "better", **values})


@pytest.mark.parametrize(
    ("saved", "text"),
    [
        (effect(), "fell by 50.0%"),
        (effect(ratio=1.1, verdict="worse"), "rose by 10.0%"),
        (effect(ratio=3.0, verdict="worse"), "rose to 3.00 times its former value"),
        (effect(ratio=1.001, verdict="equivalent"), "stayed the same within the margin"),
        (effect(ratio=0.9, verdict="inconclusive"), "did not change significantly (−10.0% on average)"),
        (effect(ratio=None, difference=2.0, verdict="worse"), "rose from zero"),
        (effect(ratio=None, difference=None, verdict="inconclusive"), "cannot be compared"),
    ],
)
def test_fell(saved, text):
    assert words.fell(saved) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.4, 0.6, "−60% to −40%"),
        (0.97, 0.99, "−3.0% to −1.0%"),
        (0.9, 191.0, "−10% to 190×"),
        (1.0, 1.0, "in every round"),
        (None, None, "no interval"),
    ],
)
def test_interval(low, high, text):
    assert words.interval(low, high) == text


def test_cells():
    assert words.cell("all_off") == "all off"
    assert words.cell_in_lines("indexes+queries") == "indexes\n+ queries"
