"""When a run may stop because its claims are decided, and that its intervals hold although they were looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from perflab.analysis.deciding import claims as deciding
from perflab.analysis.deciding.claims import is_hopeless, may_stop
from perflab.analysis.effects.stopping import MIN_ROUNDS_TO_STOP, OF_LOOKS, confidence_of
from perflab.run.store import Run
from tests.perflab.summaries import claim

META = {"scenario": {"profiles": {"smoke": {"rounds": 8, "decide": True}}}, "parameters": {"profile": "smoke"}}


def verdict_after(monkeypatch: pytest.MonkeyPatch, rounds: int, *claims: Any) -> bool:
    """Whether a run of at most 8 rounds stops after so many, with these claims."""
    seen: list[Run] = []

    def judge(run: Run, pairs: object) -> tuple[Any, None]:
        seen.append(run)
        return claims, None

    monkeypatch.setattr(deciding, "judge", judge)
    monkeypatch.setattr(deciding, "arranged", lambda run: None)
    run: Any = Run(None, {**META, "status": "running"})  # type: ignore[arg-type]  # no file is read
    run.__dict__["samples"] = pd.DataFrame({"round": range(1, rounds + 1)})
    stops = may_stop(run, 8)
    assert all(each.meta["status"] == "complete" for each in seen), "a run that still goes on has no verdict"
    return stops


def test_it_stops_once_no_claim_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    decided = [claim(verdict=verdict, rounds=5) for verdict in ("supported", "refuted")]
    open_ = claim(verdict="inconclusive", rounds=5, estimate=0.5, bound=0.6, low=0.3, high=0.65)
    unmeasured, counted = claim(verdict="not measured", rounds=0), claim(verdict="supported", rounds=0)
    assert verdict_after(monkeypatch, 5, *decided, unmeasured)
    assert not verdict_after(monkeypatch, 5, *decided, open_)
    assert not verdict_after(monkeypatch, MIN_ROUNDS_TO_STOP - 1, *decided), (
        "three rounds know too little of their noise"
    )
    assert not verdict_after(monkeypatch, 5, unmeasured, counted), "nothing that was measured decides anything"


def test_a_claim_that_no_round_left_could_decide_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    near = claim(verdict="inconclusive", rounds=6, estimate=0.5, bound=0.501, low=0.3, high=0.64)
    assert verdict_after(monkeypatch, 6, claim(verdict="supported", rounds=6), near)


@pytest.mark.parametrize(
    ("estimate", "rounds", "hopeless"),
    [
        (10.0, 4, True),  # at the bound
        (10.9, 4, False),  # rounds left more than halve the interval
        (10.9, 8, True),  # none is left
        (12.0, 6, False),
    ],
)
def test_the_rounds_left_decide_what_may_move_away_by_a_standard_error(
    estimate: float, rounds: int, hopeless: bool
) -> None:
    open_ = claim(
        metric="cache_hit_rate", estimate=estimate, bound=10.0, low=estimate - 2.5, high=estimate + 2.5, rounds=rounds
    )
    assert is_hopeless(open_, 8, 0.982) is hopeless


def test_a_claim_without_an_interval_is_waited_for() -> None:
    assert not is_hopeless(claim(estimate=None, low=None, high=None, rounds=5), 8, 0.982)


@pytest.mark.parametrize("most", [*OF_LOOKS])
@pytest.mark.parametrize("distance", [0.0, 0.3])
def test_intervals_hold_wherever_a_run_stops(most: int, distance: float) -> None:
    """Normal rounds whose mean is 0; the run stops at the first look whose interval lies on one side of the bound."""
    runs, rng = 20_000, np.random.default_rng(most)
    meta: Any = {"scenario": {"profiles": {"p": {"rounds": most, "decide": True}}}, "parameters": {"profile": "p"}}
    rounds = np.arange(1, most + 1)
    values = rng.standard_normal((runs, most))
    mean = values.cumsum(axis=1) / rounds
    squares = (values**2).cumsum(axis=1) - rounds * mean**2
    with np.errstate(invalid="ignore", divide="ignore"):
        reach = np.sqrt(squares / (rounds - 1) / rounds) * stats.t.ppf(0.5 + confidence_of(meta) / 2, rounds - 1)
    decides = (np.abs(mean - distance) > reach) & (rounds >= MIN_ROUNDS_TO_STOP)
    stop = np.where(decides.any(axis=1), decides.argmax(axis=1), most - 1)
    covers = np.abs(mean[np.arange(runs), stop]) <= reach[np.arange(runs), stop]
    assert covers.mean() > 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)
