"""Synthetic rounds of two cells whose true ratio is known. All draws come from one seed and the run's number.

The logarithm of a request's time is the sum of

    log base(endpoint)                      each Step's endpoint is drawn anew, all alike often
    log effect(endpoint)                    the candidate's, and what is to be found
    Step            N(0, step)              a heavy Step is heavy in both cells
    round           N(0, round)             the same for both cells
    cell in round   N(0, cell_in_round)     processes and clones differ: what the interval is about
    endpoint in it  N(0, endpoint_in_round) the same for each endpoint of a cell
    drift           N(0, drift) · (t - 1/2) linear over the round, t from 0 to 1
    pace            AR(1) over the turns    the machine's own, in both cells' turns as they come
    own             AR(1) over the Steps    the process's own
    request         N(0, request)
    tails           1 + tails · |Student t, 3 degrees of freedom|, times as long: its skewness is infinite
    spikes          with probability `spikes` 1 + an Exponential of mean `spike`, times as long

The cells take turns of `block` Steps in random order, as in a run. With `steadier` below 1 the candidate's request noise,
tails and spikes' probability are that many times the baseline's, so that the figures of a round are skewed.

The estimand of `compare` is the ratio of the cells' statistics over all requests that there could be: of their expectations,
for the mean. With the same effect for all endpoints and the same noise in both cells it is the effect exactly, for every
statistic. Otherwise it comes from a large simulation, as the standard deviation between rounds always does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.signal import lfilter

from perflab.run.cells import BASELINE, OPTIMISED

Array = npt.NDArray[Any]

METRIC = "latency_s"
STATISTICS = ("mean", "geomean", "p50", "p95", "p99")
SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
# Rounds that the truth rests on: its error is 1/200 of a round's standard deviation, its deviation's 1/300.
ROUNDS_OF_TRUTH = 40_000
SEED = 20261124


@dataclass(frozen=True)
class Model:
    """What is true of a synthetic run; see above. `effects` is repeated over the endpoints."""

    name: str
    steps: int = 240
    block: int = 20
    endpoints: int = 10
    effects: tuple[float, ...] = (1.0,)
    step: float = 0.25
    round: float = 0.03
    cell_in_round: float = 0.005
    endpoint_in_round: float = 0.003
    drift: float = 0.0
    pace: float = 0.0
    own: float = 0.0
    memory: float = 0.8
    request: float = 0.05
    tails: float = 0.0
    spikes: float = 0.0
    spike: float = 4.0
    steadier: float = 1.0

    @property
    def bases(self) -> Array:
        """Seconds by endpoint, from 0.5 ms to 5 ms."""
        return np.geomspace(0.5e-3, 5e-3, self.endpoints)

    @property
    def log_effects(self) -> Array:
        logs: Array = np.log(np.resize(self.effects, self.endpoints))
        return logs

    @property
    def exact(self) -> float | None:
        """The log ratio where it is the same for every statistic; None where it takes a simulation."""
        alike = len(set(self.effects)) == 1 and self.steadier == 1
        return float(np.log(self.effects[0])) if alike else None


def draw(model: Model, rounds: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Service times, rounds by cells (baseline, candidate) by Steps, and each Step's endpoint, rounds by Steps."""
    steps, blocks = model.steps, model.steps // model.block
    endpoint = rng.integers(model.endpoints, size=(rounds, steps))
    shared = np.log(model.bases)[endpoint] + rng.normal(0, model.step, (rounds, steps))
    shared += rng.normal(0, model.round, (rounds, 1))
    log = np.repeat(shared[:, None, :], 2, axis=1)
    log[:, 1] += model.log_effects[endpoint]
    log += rng.normal(0, model.cell_in_round, (rounds, 2, 1))
    of_endpoint = rng.normal(0, model.endpoint_in_round, (rounds, 2, model.endpoints))
    log += np.take_along_axis(of_endpoint, np.repeat(endpoint[:, None, :], 2, axis=1), axis=2)

    first = rng.integers(2, size=(rounds, blocks))  # which cell begins a block
    turn = 2 * np.arange(blocks) + np.stack([first, 1 - first], axis=1)
    machine = rng.normal(0, model.drift, (rounds, 1)) * (np.arange(2 * blocks) / (2 * blocks) - 0.5)
    machine = machine + model.pace * autocorrelated(rng, (rounds, 2 * blocks), model.memory)
    of_turn = np.take_along_axis(np.repeat(machine[:, None, :], 2, axis=1), turn, axis=2)
    log += np.repeat(of_turn, model.block, axis=2)

    if model.own:
        log += model.own * autocorrelated(rng, log.shape, model.memory)
    steadiness = np.array([1.0, model.steadier])[:, None]
    log += steadiness * rng.normal(0, model.request, log.shape)
    if model.tails:
        log += np.log1p(steadiness * model.tails * np.abs(rng.standard_t(3, log.shape)))
    if model.spikes:
        spiked = rng.random(log.shape) < model.spikes * steadiness
        log += np.log1p(np.where(spiked, rng.exponential(model.spike, log.shape), 0.0))
    return np.exp(log), endpoint


def autocorrelated(rng: np.random.Generator, shape: tuple[int, ...], memory: float) -> Array:
    """AR(1) over the last axis, from its stationary distribution: mean 0, standard deviation 1."""
    fresh = np.sqrt(1 - memory**2)
    shocks = fresh * rng.standard_normal(shape)
    shocks[..., 0] /= fresh
    return np.asarray(lfilter([1.0], [1.0, -memory], shocks, axis=-1))


def samples_of(model: Model, number: int, rounds: int) -> pd.DataFrame:
    """The samples of one run, by its number."""
    latency, endpoint = draw(model, rounds, np.random.default_rng([SEED, number]))
    return table_of(latency, endpoint)


def table_of(latency: Array, endpoint: Array) -> pd.DataFrame:
    rounds, _, steps = latency.shape
    names = np.array([f"endpoint {n}" for n in range(int(endpoint.max()) + 1)], dtype=object)
    return _places(rounds, steps).assign(
        endpoint=names[np.repeat(endpoint[:, None, :], 2, axis=1)].ravel(), latency_s=latency.ravel()
    )


@lru_cache(8)
def _places(rounds: int, steps: int) -> pd.DataFrame:
    """The columns that are the same in every run of this size."""
    size = rounds * steps
    return pd.DataFrame(
        {
            "round": np.repeat(np.arange(1, rounds + 1, dtype=np.int32), 2 * steps),
            "step": np.tile(np.arange(steps, dtype=np.int32), 2 * rounds),
            "cell": np.tile(np.repeat(np.array([BASELINE, OPTIMISED], dtype=object), steps), size // steps),
        }
    )


@dataclass(frozen=True)
class Truth:
    """Of one statistic: the log ratio over all requests there could be, and the standard deviation of rounds' log ratios."""

    log_ratio: float
    deviation: float


@lru_cache(32)
def truth(model: Model, rounds: int = ROUNDS_OF_TRUTH) -> Mapping[str, Truth]:
    """By statistic. Costs some seconds, once per model and process."""
    parts: dict[str, list[Array]] = {name: [] for name in STATISTICS}
    whole: dict[str, list[float]] = {name: [] for name in STATISTICS}
    batch = max(1, min(rounds, 600_000 // model.steps))
    for number, start in enumerate(range(0, rounds, batch)):
        rng = np.random.default_rng([SEED, 2**32 + number])  # no run has this number
        latency, _ = draw(model, min(batch, rounds - start), rng)
        for name in STATISTICS:
            figure = statistic_of(name, latency)
            parts[name].append(np.log(figure[:, 1] / figure[:, 0]))
            if model.exact is None:
                of_all = [statistic_of(name, latency[:, cell].ravel()) for cell in (0, 1)]
                whole[name].append(float(np.log(of_all[1] / of_all[0])))
    logs = {name: np.concatenate(log_ratios) for name, log_ratios in parts.items()}
    return {
        name: Truth(float(np.mean(whole[name])) if model.exact is None else model.exact, float(log_ratios.std(ddof=1)))
        for name, log_ratios in logs.items()
    }


def statistic_of(name: str, latency: Array) -> Array:
    """A statistic over Steps, by numpy alone: what `perflab.analysis` finds is to agree with it."""
    if name == "mean":
        return np.asarray(latency.mean(axis=-1))
    if name == "geomean":
        return np.asarray(np.exp(np.log(latency).mean(axis=-1)))
    return np.asarray(np.quantile(latency, SHARES[name], axis=-1))


QUIET = Model("quiet")
# Everything that a shared machine does, at once.
ROUGH = Model("rough", drift=0.1, pace=0.03, own=0.03, tails=0.03, spikes=0.002)
# The same, and the effect differs by endpoint: a mean, a geometric mean and a median have different ratios.
UNEVEN = Model(
    "uneven",
    effects=(0.4, 1.0, 0.9, 1.1),
    steadier=0.5,
    drift=0.1,
    pace=0.03,
    own=0.03,
    tails=0.03,
    spikes=0.002,
)
MODELS = (QUIET, ROUGH, UNEVEN)
DESCRIPTIONS = (
    "quiet: normal noise of Steps, rounds, cells in rounds and requests.",
    "rough: and drift, an autocorrelated machine, autocorrelated processes, Student t tails and spikes.",
    "uneven: rough; the effect differs by endpoint, and the candidate is steadier, so that a round's figures are skewed.",
)
