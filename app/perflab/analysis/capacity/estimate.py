"""Capacity from windows of load: what the queue of the requests' own demands predicts, and how the real system departs from it.

A window's share of late requests depends on when its requests happened to arrive. The queue of the same arrivals and demands
tells how many should have been late. So windows need only tell how the real system departs from that queue: `factor`, by which
demands would have to be longer for as many late requests as there were. With it the long run is computed (queue.py), and capacity
is where it meets the objective. This makes the queue a control variate (Glynn and Szechtman, 2002).

Intervals are a jackknife over rounds of the log, with Student's t: demands, factor and long run are computed anew without each
round. An estimate from the windows alone stands beside it, a logistic curve of the share of late requests against the log rate.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from perflab.analysis.capacity.demands import with_demands
from perflab.analysis.capacity.outcomes import MAX_LAG_S, is_late, lags
from perflab.analysis.capacity.queue import LongRun, response_times
from perflab.run.records import Estimate
from perflab.run.tables import rows_where
from perflab.run.tables.capacity import NEAR

Floats = npt.NDArray[np.float64]
# What the factor may be; the real system is at most this far from its queue.
FACTORS = np.array([*np.exp(0.05 * np.arange(-10, 11)), 2.0, 2.6, 3.5, 5.0, 7.0, 10.0, 16.0])
MIN_ROUNDS = 3
# Utilisations of the long run, as shares of that at capacity; and the highest.
NEARBY = (0.8, 0.94, 1.06, 1.2)
MOST = 0.985
PILOT_QUEUES = 40
# Rates that count, as shares of a first estimate of capacity.
CLOSE = (0.6, 1.5)


@dataclass(frozen=True)
class Question:
    """What capacity is asked of.

    Attributes:
        within_s: The time of the objective.
        late_share: The share of requests that may be late.
        slots: How many requests the server serves at once.
        cores: How many cores server, database and cache have.
        queues: How many independent queues make up the long run.
    """

    within_s: float
    late_share: float
    slots: int
    cores: float
    queues: int = 150


@dataclass
class CellLoad:
    """The load test of one cell.

    Attributes:
        question: What is asked.
        windows: The windows of the cell that count, in their order.
        requests: Their requests, with demands.
    """

    question: Question
    windows: pd.DataFrame
    requests: pd.DataFrame
    _runs: dict[frozenset[int], LongRun] = field(default_factory=dict)

    @cached_property
    def rounds(self) -> list[int]:
        """Return the numbers of the rounds."""
        return sorted(int(number) for number in self.windows["round"].unique())

    @cached_property
    def late(self) -> Floats:
        """Return how many requests of each window were late or failed."""
        late = is_late(self.requests, self.question.within_s)
        return self._by_window(late)

    @cached_property
    def counts(self) -> Floats:
        """Return how many requests each window has."""
        return self._by_window(np.ones(len(self.requests), dtype=np.bool_))

    @cached_property
    def modelled(self) -> Floats:
        """Return how many requests of each window (rows) the queue makes late, by the factor (columns)."""
        ordered = self.requests.sort_values(["round", "window", "intended_s"])
        groups = [rows for _, rows in ordered.groupby(["round", "window"], sort=True)]
        longest = max(len(rows) for rows in groups)
        arrivals, demands = (np.full((len(groups), longest), fill) for fill in (np.inf, 0.0))
        for n, rows in enumerate(groups):
            arrivals[n, : len(rows)] = rows["intended_s"]
            demands[n, : len(rows)] = rows["demand_s"]
        many = np.tile(arrivals, (len(FACTORS), 1))
        longer = (demands[None] * FACTORS[:, None, None]).reshape(-1, longest)
        times = response_times(many, longer, self.question.slots, self.question.cores)
        late = (np.nan_to_num(times, nan=0.0) > self.question.within_s).sum(axis=1, dtype=np.float64)
        return np.asarray(late.reshape(len(FACTORS), len(groups)).T, dtype=np.float64)

    def _by_window(self, values: npt.NDArray[np.bool_]) -> Floats:
        keys = [self.requests["round"].to_numpy(), self.requests["window"].to_numpy()]
        return np.asarray(pd.Series(values).groupby(keys, sort=True).sum(), dtype=np.float64)

    def _of_rounds(self, rounds: Collection[int]) -> npt.NDArray[np.bool_]:
        numbers = self.requests.groupby(["round", "window"], sort=True).size().index.get_level_values(0)
        return np.isin(numbers, list(rounds))

    def factor(self, rounds: Collection[int]) -> float:
        """Return by how much demands would have to be longer for as many late requests as there were.

        Args:
            rounds: The rounds to look at.
        """
        chosen = self._of_rounds(rounds)
        observed, modelled = float(self.late[chosen].sum()), self.modelled[chosen].sum(axis=0)
        rising = np.maximum.accumulate(modelled) + np.arange(len(FACTORS)) * 1e-9
        return float(np.exp(np.interp(observed, rising, np.log(FACTORS))))

    @cached_property
    def pilot(self) -> LongRun:
        """Return a short long run of all demands, at utilisations from low to high."""
        question = self.question
        return LongRun(self._demands(self.rounds), question.slots, question.cores, queues=PILOT_QUEUES)

    def _demands(self, rounds: Collection[int]) -> Floats:
        chosen = self.requests["round"].isin(list(rounds)).to_numpy(bool)
        return self.requests["demand_s"].to_numpy(np.float64)[chosen]

    def long_run(self, rounds: Collection[int]) -> LongRun:
        """Return the long run of the demands in these rounds, at utilisations close to capacity; computed once.

        All are of the same arrivals and utilisations, so that what is wrong with these cancels in the jackknife.

        Args:
            rounds: The rounds.
        """
        key = frozenset(rounds)
        if key not in self._runs:
            question, factor = self.question, self.factor(self.rounds)
            at = self.pilot.capacity(question.within_s, question.late_share, factor) * factor
            used = at * float(self._demands(self.rounds).mean()) / min(question.slots, question.cores)
            self._runs[key] = LongRun(
                self._demands(key), question.slots, question.cores, queues=question.queues,
                utilisations=tuple(min(MOST, share * used) for share in NEARBY),
            )  # fmt: skip
        return self._runs[key]

    def capacity(self, rounds: Collection[int], factor: float | None = None) -> float:
        """Return the capacity in requests a second.

        Args:
            rounds: The rounds to look at.
            factor: By how much the system departs from its queue; what the windows show if None.
        """
        question = self.question
        departure = self.factor(rounds) if factor is None else factor
        return self.long_run(rounds).capacity(question.within_s, question.late_share, departure)

    def within(self, rounds: Collection[int]) -> CellLoad:
        """Return the load test in these rounds alone.

        Args:
            rounds: The rounds.
        """
        if set(self.rounds) <= set(rounds):
            return self
        windows, requests = (
            table[table["round"].isin(list(rounds)).to_numpy(bool)] for table in (self.windows, self.requests)
        )
        return CellLoad(self.question, windows, requests)

    @cached_property
    def log_capacity(self) -> float:
        """Return the log of the capacity, from all rounds."""
        return math.log(self.capacity(self.rounds))

    @cached_property
    def pseudo_values(self) -> Floats:
        """Return the jackknife's pseudo-value of the log capacity for each round; of a single round its own."""
        every = self.rounds
        whole = math.log(self.capacity(every))
        if len(every) == 1:
            return np.array([whole])
        left_out = np.array([math.log(self.capacity([r for r in every if r != number])) for number in every])
        return len(every) * whole - (len(every) - 1) * left_out


def loads(
    windows: pd.DataFrame,
    requests: pd.DataFrame,
    question: Question | Mapping[str, Question],
    samples: pd.DataFrame | None = None,
) -> dict[str, CellLoad]:
    """Return the load test of each cell: windows close to its capacity in which the generator did not lag.

    A request demands less at a higher rate (processors' caches are warm, wake-ups are shared), so windows at other rates tell
    little of capacity.

    Args:
        windows: All windows.
        requests: All requests.
        question: What is asked, of all cells or by the cell.
        samples: The samples of the replay.
    """
    requests = with_demands(windows, requests, samples)
    windows = windows.assign(lag_s=_by_place(windows, lags(requests)))
    windows = windows[(windows["lag_s"] <= MAX_LAG_S).to_numpy(bool) & (windows["kind"] == NEAR).to_numpy(bool)]
    result = {}
    for cell in windows["cell"].astype(str).unique():
        own = question if isinstance(question, Question) else question[cell]
        load = _load(rows_where(windows, cell=cell), rows_where(requests, cell=cell), own)
        if load is not None:
            result[cell] = _close(load)
    return result


def _by_place(windows: pd.DataFrame, values: pd.Series) -> Floats:
    """Return the value of each window, from a series by round, cell and window."""
    places = pd.MultiIndex.from_frame(windows[["round", "cell", "window"]])
    return values.reindex(places).to_numpy(np.float64)


def _load(windows: pd.DataFrame, requests: pd.DataFrame, question: Question) -> CellLoad | None:
    """Return the load test of one cell in these windows; None where nothing is known of their requests' demands."""
    places = pd.MultiIndex.from_frame(requests[["round", "window"]])
    chosen = places.isin(pd.MultiIndex.from_frame(windows[["round", "window"]]))
    own = requests[chosen & np.isfinite(requests["demand_s"].to_numpy(np.float64))]
    return CellLoad(question, windows.sort_values(["round", "window"]), own) if len(own) else None


def _close(load: CellLoad) -> CellLoad:
    """Return the load test in the windows close to a first estimate, unless too few rounds have one."""
    question, factor = load.question, load.factor(load.rounds)
    first = load.pilot.capacity(question.within_s, question.late_share, factor)
    low, high = (share * first for share in CLOSE)
    rates = load.windows["rate_per_s"]
    close = load.windows[((rates >= low) & (rates <= high)).to_numpy(bool)]
    if close["round"].nunique() < min(MIN_ROUNDS, len(load.rounds)):
        return load
    return _load(close, load.requests, load.question) or load


def online(
    windows: Sequence[Mapping[str, Any]],
    requests: Sequence[Mapping[str, Any]],
    question: Question | Mapping[str, Question],
) -> dict[str, float]:
    """Return a first estimate of each cell's capacity from the rounds so far, for the next round's rates.

    Args:
        windows: The rows of their windows.
        requests: The rows of their requests.
        question: What is asked.
    """
    cells = loads(pd.DataFrame(windows), pd.DataFrame(requests), question)
    return {
        cell: load.pilot.capacity(load.question.within_s, load.question.late_share, load.factor(load.rounds))
        for cell, load in cells.items()
    }


def interval(pseudo_values: Floats, confidence: float, centre: float | None = None) -> Estimate:
    """Return exp of an estimate on the log scale with its interval (Student's t); without one below three rounds.

    Args:
        pseudo_values: One for each round.
        confidence: Of the interval.
        centre: The estimate; the mean of the pseudo-values if None.
    """
    middle, rounds = float(pseudo_values.mean()) if centre is None else centre, len(pseudo_values)
    if rounds < MIN_ROUNDS:
        return Estimate(math.exp(middle))
    from scipy import stats  # 0.4 s, and a run needs no interval

    error = float(pseudo_values.std(ddof=1)) / math.sqrt(rounds)
    half = float(stats.t.ppf(0.5 + confidence / 2, rounds - 1)) * error
    return Estimate(math.exp(middle), math.exp(middle - half), math.exp(middle + half))
