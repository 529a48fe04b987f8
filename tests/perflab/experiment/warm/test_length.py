"""How long the traffic before the rounds is."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.experiment.warm.length import Progress, ends_s, length_s
from perflab.scenario.loading import load
from perflab.scenario.profiles import resolve
from perflab.worker.protocol import WarmedUp
from tests.perflab.experiment.warm.test_warming import done
from tests.perflab.steps import step_of
from tests.perflab.workload.hamlet import MARKETPLACE

SCENARIO = load(MARKETPLACE)


def progress_of(*parts: tuple[float, WarmedUp]) -> Progress:
    progress = Progress()
    for at_s, part in parts:
        progress.add(at_s, [step_of("/")] * 100, part)
    return progress


@pytest.mark.parametrize(
    ("overrides", "has_cache", "seconds"),
    [
        ({"warm_s": 30}, True, 30.0),
        ({"warm_s": 0}, True, 0.0),
        ({"warm_s": None}, True, None),
        ({"warm_s": None}, False, 0.0),
        ({"warm_s": 30}, False, 30.0),
    ],
)
def test_the_profile_says_how_long_it_is_or_the_hit_rate_decides(
    overrides: dict[str, Any], has_cache: bool, seconds: float | None
) -> None:
    assert length_s(resolve(SCENARIO, "smoke", overrides), has_cache) == seconds


def test_the_traffic_says_it_where_the_profile_does_not() -> None:
    question = resolve(SCENARIO, "smoke", {"warm_s": None})
    data = question.scenario.as_dict()
    for warm, has_cache, seconds in (({"hours": 0.5}, True, 1800), ("auto", True, None), ("auto", False, 0.0)):
        data["traffic"]["warm"] = warm
        scenario = type(SCENARIO).model_validate(data)
        scenario._source = SCENARIO.source
        assert length_s(resolve(scenario, "smoke"), has_cache) == seconds


@pytest.mark.parametrize(
    ("given_s", "at_s", "ttl_s", "why"),
    [
        (30.0, 29.9, None, None),
        (30.0, 30.0, None, "as given"),
        (30.0, 29.9, 10.0, None),
        (None, 299.0, 300.0, None),
        (None, 300.0, 300.0, "longest time to live"),
        (None, 3599.0, float("inf"), None),
        (None, 3600.0, float("inf"), "longest warm-up"),
        (None, 600.0, None, None),
    ],
)
def test_it_ends_as_given_or_when_nothing_older_can_be_left(
    given_s: float | None, at_s: float, ttl_s: float | None, why: str | None
) -> None:
    assert ends_s(given_s, at_s, progress_of((at_s, done(ttl_s=ttl_s)))) == why


def test_it_is_warm_when_the_hit_rate_rises_no_more_while_the_time_doubles() -> None:
    rising = progress_of((20.0, done(10, 90)), (40.0, done(40, 60)), (80.0, done(60, 40)))
    assert rising.hit_rate(20.0, 80.0) == 0.5
    assert not rising.is_warm(80.0)
    steady = progress_of((20.0, done(10, 90)), (40.0, done(40, 60)), (80.0, done(409, 591)))
    assert steady.is_warm(80.0)


def test_few_lookups_tell_nothing_until_there_were_many_requests() -> None:
    parts = [(20.0 * number, done(2, 1)) for number in range(1, 40)]
    assert not progress_of(*parts[:20]).is_warm(400.0), "40 lookups of 2,000 requests"
    assert progress_of(*parts).is_warm(780.0)
