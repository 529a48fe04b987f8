from __future__ import annotations

import itertools
import re

import pytest
from matplotlib import colors

from perflab.report.figures import theme


def luminance(colour):
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colors.to_rgb(colour)]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True))


def contrast(first, other):
    high, low = sorted((luminance(first), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", [theme.INK, theme.MUTED])
def test_text_can_be_read_on_paper(colour):
    assert contrast(colour, theme.PAPER) >= 4.5
    assert contrast(colour, theme.BAND) >= 4.5


@pytest.mark.parametrize("shade", [n / 20 for n in range(21)])
def test_text_can_be_read_on_every_shade_of_a_heat_map(shade):
    assert contrast(theme.HEAT(shade)[:3], theme.text_on(shade)) >= 4.5


def test_stacked_parts_differ_in_grey():
    greys = sorted(luminance(colour) for colour in theme.PARTS.values())

    assert all(lighter - darker > 0.15 for darker, lighter in itertools.pairwise(greys))


def test_the_heat_map_darkens_evenly():
    shades = [luminance(theme.HEAT(n / 50)[:3]) for n in range(51)]

    assert shades == sorted(shades, reverse=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (2e-3, "2 ms"), (5e-4, "500 µs"), (1.5, "1.5 s"), (1e-3, "1 ms"), (2e-8, "20 ns")],
)
def test_ticks(value, text):
    assert theme.tick_seconds(value) == text


def test_a_file_has_its_words_and_no_date():
    ax = theme.placeholder(theme.axes(1), "There is nothing.")

    drawing = theme.svg(ax, "The finding", "What there is to see")

    assert "The finding" in drawing
    assert "What there is to see" in drawing
    assert not re.search(r"<dc:date>", drawing)
    assert "There is nothing." in drawing
