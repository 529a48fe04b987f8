"""The figure of the time after a flush."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from perflab.report.figures import ALL
from perflab.report.figures.data import Data
from tests.perflab.summaries import summary_of

warm_up = ALL["warm_up"]


def data(*rates: float) -> Data:
    """Parts of five seconds and a hundred lookups each."""
    parts: list[dict[str, Any]] = [
        {"until_s": 5.0 * number, "requests": 120, "executed": 90, "failed": 0, "hits": round(100 * rate),
         "misses": round(100 - 100 * rate)}
        for number, rate in enumerate(rates, 1)
    ]  # fmt: skip
    return Data(summary_of(), pd.DataFrame(), (), (), warm=parts)


RISING = data(0.1, 0.2, 0.3, 0.4, *[0.6] * 44)


def test_the_headline_says_how_long_caches_are_cold_and_what_that_is() -> None:
    assert warm_up.headline(RISING) == "After a flush, 25% of lookups hit for 20 s; then 60% do"
    assert warm_up.headline(data(*[0.5] * 10)) == "Empty caches make no difference: 50% of lookups hit from the start"


def test_the_points_are_shares_of_all_lookups_of_equal_times() -> None:
    table = warm_up.table(RISING)
    assert len(table) == 24
    assert table["lookups"].sum() == 4800
    assert table["hit_rate"].iloc[:3].tolist() == pytest.approx([0.15, 0.35, 0.6])
    assert warm_up.description(RISING).endswith(
        "The hit rate rises from 15% in the first 10 s to 60% after 4 min 00 s."
    )


def test_without_traffic_before_the_rounds_or_without_a_lookup_the_page_has_no_such_figure() -> None:
    nothing = data()
    assert not warm_up.applies(nothing) and warm_up.headline(nothing) == "How caches warm up is unknown"
    parts = [{"until_s": 5.0, "hits": 0, "misses": 0}]
    assert not warm_up.applies(Data(summary_of(), pd.DataFrame(), (), (), warm=parts))
    assert warm_up.applies(RISING)
