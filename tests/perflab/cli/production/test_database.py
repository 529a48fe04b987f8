"""What the database did for a request, against the prediction: told, for the mix of production."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from perflab.cli.production.collecting import Side
from perflab.cli.production.database import CALLS, TIME, compare
from perflab.run.cells import WHOLE
from perflab.run.summary import Summary
from perflab.scenario.production.access_logs import DayFigures, Period
from perflab.scenario.production.statements import DatabaseDay, Snapshots
from tests.perflab.summaries import summary_of

DAY = date(2026, 11, 2)


def summary() -> Summary:
    common = {"rounds": 5, "n": 100, "scale": "log", "standard_error": 0.02}
    return summary_of(
        effects=[
            {
                "endpoint": "list",
                "metric": CALLS,
                "before": 10.0,
                "after": 2.0,
                "ratio": 0.2,
                **common,
                "standard_error": 0.0,
            },
            {
                "endpoint": "book",
                "metric": CALLS,
                "before": 2.0,
                "after": 2.0,
                "ratio": 1.0,
                **common,
                "standard_error": 0.0,
            },
            {"endpoint": "list", "metric": TIME, "before": 0.1, "after": 0.05, "ratio": 0.5, **common},
            {"endpoint": "book", "metric": TIME, "before": 0.02, "after": 0.02, "ratio": 1.0, **common},
        ]
    )


def side(calls: float, seconds: float, start: int = 0, others: int = 0, days: int = 7) -> Side:
    """A period in which half of the requests are of each endpoint, with so many calls and seconds for a request."""
    rng = np.random.default_rng(start)
    period, snapshots = Period(), Snapshots(number=days + 1)
    for k in range(days):
        day = DAY + timedelta(days=start + k)
        noise = float(rng.normal(1, 0.01))
        period.requests[day] = 200 + others
        for name in ("list", "book"):
            period.endpoints.setdefault(name, {})[day] = DayFigures(100, 1.0, 1.0)
        snapshots.days[day] = DatabaseDay(round(200 * calls * noise), 200 * seconds * noise)
    return Side(period, snapshots, "")


def test_calls_and_time_per_request() -> None:
    made = compare(summary(), WHOLE, side(6, 0.06), side(2, 0.035, start=20), [])
    assert made is not None and made.reason is None
    calls, time = made.results[CALLS], made.results[TIME]
    assert calls.predicted.ratio == pytest.approx(1 / 3) and calls.verdict == "agrees"
    assert time.predicted.ratio == pytest.approx(0.035 / 0.06) and time.verdict == "agrees"


def test_more_calls_than_predicted_disagree_and_more_time_may_be_load() -> None:
    made = compare(summary(), WHOLE, side(6, 0.06), side(4, 0.055, start=20), [])
    assert made is not None
    assert (made.results[CALLS].verdict, made.results[TIME].verdict) == ("disagrees", "cannot tell")


def test_what_cannot_be_told_says_why() -> None:
    before, after = side(6, 0.06), side(2, 0.035, start=20)
    without = Side(after.period, None, "")
    assert compare(summary(), WHOLE, without, without, []) is None
    one_sided = compare(summary(), WHOLE, before, without, [])
    assert one_sided is not None and one_sided.reason == "there are snapshots of one side only"
    others = compare(summary(), WHOLE, before, side(2, 0.035, start=20, others=200), [])
    assert others is not None and str(others.reason).startswith("only 67% of the requests")
    nothing = compare(summary_of(), WHOLE, before, after, [])
    assert nothing is not None and str(nothing.reason).startswith("no day has both") and not nothing.results
    no_day = compare(summary(), WHOLE, before, after, list(before.period.requests))
    assert no_day is not None and no_day.reason
