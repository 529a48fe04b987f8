"""The figure of the hit rate under more and less traffic, and its sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.caching.hit_rates import HitRates
from perflab.report import build
from perflab.report.figures import ALL, theme
from perflab.report.figures.data import Data
from perflab.report.figures.hit_rate import GAP, apart
from tests.perflab.saved_run import save
from tests.perflab.summaries import summary_of
from tests.perflab.synthetic import scenario

hit_rate = ALL["hit_rate"]
LINES = pd.DataFrame(
    {
        "rate_per_s": [1.0, 100.0, 10_000.0] * 3,
        "zipf": [0.6] * 3 + [1.0] * 3 + [1.4] * 3,
        "hit_rate": [0.10, 0.5, 0.9, 0.11, 0.6, 0.91, 0.4, 0.7, 0.92],
    }
)
FOUND = HitRates(
    lines=LINES, rate_per_s=50.0, zipf=1.0, here=0.55, measured=0.26, low=0.22, high=0.3, round_s=6.2, bound=0.8,
    crossing=437.0, ceiling=0.93, after_writes=0.07,
)  # fmt: skip


def data(rates: HitRates | None = FOUND, **changes: Any) -> Data:
    return Data(
        summary_of(), pd.DataFrame(), (), (), hit_rates=replace(rates, **changes) if rates and changes else rates
    )


def test_the_headline_says_where_the_bound_is_reached() -> None:
    assert hit_rate.headline(data()) == "A hit rate of 80% requires about 440 requests per second; this scenario has 50"


def test_a_bound_out_of_reach_and_none_at_all() -> None:
    assert hit_rate.headline(data(crossing=None, ceiling=0.75)) == (
        "With this scenario's Zipf exponent of 1, a hit rate of 80% is out of reach: at most 75%, at any request rate"
    )
    assert hit_rate.headline(data(bound=None, crossing=None)) == (
        "55% of lookups hit once caches are warm; this scenario has 50 requests per second"
    )


def test_the_description_has_the_trend_and_both_figures_of_the_run() -> None:
    alt = hit_rate.description(data())
    assert "From 1.0 to 10,000 requests per second the hit rate rises: Zipf 0.6: 10% to 90%; Zipf 1: 11% to 91%;" in alt
    assert alt.endswith("Measured in this run's rounds of 6.20 s, which start from empty caches: 26% (22% to 30%).")
    assert "empty caches: 26%." in hit_rate.description(data(low=None, high=None))
    assert "Nothing was measured" in hit_rate.description(data(measured=None))
    assert "7% of the lookups are the first after a write" in hit_rate.subtitle(data())


def test_lines_differ_by_more_than_colour_and_are_labelled_apart() -> None:
    ax = hit_rate.draw(data())
    drawn = [line for line in ax.lines if np.size(line.get_xdata()) == 3]
    assert len({line.get_linestyle() for line in drawn}) == 3
    zipf: list[Any] = [text for text in ax.texts if "Zipf" in text.get_text()]
    labels = {text.get_text().strip(): text.xy[1] for text in zipf}
    assert [*labels] == ["Zipf 0.6", "Zipf 1 (this scenario)", "Zipf 1.4"]
    assert labels["Zipf 1 (this scenario)"] - labels["Zipf 0.6"] == pytest.approx(GAP)
    assert "claimed: 80%" in [text.get_text() for text in ax.texts]
    assert ax.get_xscale() == "log" and ax.get_ylim() == (0, 1)


def test_what_is_missing_is_not_drawn_and_the_file_can_be_written() -> None:
    unmeasured = data(measured=None, low=None, high=None, bound=None, crossing=None)
    ax = hit_rate.draw(unmeasured)
    legend: Any = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["this scenario, caches warm (modelled)"]
    assert "claimed" not in " ".join(text.get_text() for text in ax.texts)
    for some in (data(), unmeasured):
        assert "<svg" in theme.svg(hit_rate.draw(some), hit_rate.headline(some), hit_rate.description(some))


def test_where_nothing_is_known_it_says_so() -> None:
    assert hit_rate.table(data(None)).empty
    assert hit_rate.description(data(None)).startswith("Empty chart. ")
    assert hit_rate.draw(data(None)).texts[0].get_text() == hit_rate.nothing(data(None))


@pytest.mark.parametrize(
    ("values", "expected"), [([0.1, 0.5], [0.1, 0.5]), ([0.5, 0.49, 0.52], [0.55, 0.49, 0.61]), ([], [])]
)
def test_labels_are_moved_apart(values: list[float], expected: list[float]) -> None:
    assert apart(values, 0.06) == pytest.approx(expected)


def test_a_runs_data_has_them_where_its_scenario_and_its_ledger_have_enough(tmp_path: Any) -> None:
    facts = scenario()
    facts["traffic"] |= {"rate_per_s": 50.0, "zipf": 1.0, "active_users": 400}
    run = save(tmp_path, scenario=facts)
    summary = build(run)
    cache = [{**row, "ttl_s": [300.0]} for row in summary.cache]
    rates = Data.of(run, replace(summary, cache=cache)).hit_rates
    assert rates is not None and 0 < rates.here < 1
    assert rates.measured == pytest.approx(0.7, abs=0.1), "as the synthetic caches hit"
