"""Load tests whose truth is known: requests that arrive at random at a server that is the queue, or departs from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from perflab.analysis.capacity.estimate import Question
from perflab.analysis.capacity.queue import Floats, response_times
from perflab.run.tables.capacity import CAPACITY_REQUESTS, CAPACITY_WINDOWS, NEAR

QUESTION = Question(within_s=0.1, late_share=0.05, slots=4, cores=1.0, queues=40)
# Of the window's CPU time.
PARTS = {"app_cpu_s": 0.7, "db_cpu_s": 0.2, "cache_cpu_s": 0.1}


@dataclass(frozen=True)
class Server:
    """What is true of a cell.

    Attributes:
        demand_s: What a request demands in the mean; demands are spread as those of an Erlang distribution of two stages.
        factor: By how much requests take longer than their CPU time says.
        rates: The rates of the windows of a round.
    """

    demand_s: float = 0.010
    factor: float = 1.0
    rates: Sequence[float] = (60.0, 75.0, 85.0)

    def demands(self, count: int, rng: np.random.Generator) -> Floats:
        """What this many requests demand."""
        return rng.gamma(2.0, self.demand_s / 2, count)


def window_of(server: Server, place: Mapping[str, Any], rate_per_s: float, seconds: float) -> tuple[Any, list[Any]]:
    """One window and its requests; its place is round, window, cell and kind."""
    rng = np.random.default_rng([place["round"], place["window"], len(place["cell"])])
    count = int(rate_per_s * seconds)
    arrivals, demands = np.sort(rng.random(count)) * seconds, server.demands(count, rng)
    times = response_times(arrivals[None], server.factor * demands[None], QUESTION.slots, QUESTION.cores)[0]
    window = {**place, "rate_per_s": rate_per_s, "seconds": seconds, "generator_cpu_s": 0.0005 * count,
              **{name: share * demands.sum() for name, share in PARTS.items()}}  # fmt: skip
    requests = [
        {**place, "endpoint": "read", "method": "GET", "step": step, "intended_s": at, "sent_s": at + 0.0002,
         "first_byte_s": at + took, "last_byte_s": at + took, "status": 200, "response_bytes": 900,
         "served_s": took, "served_cpu_s": PARTS["app_cpu_s"] * demand}
        for step, (at, demand, took) in enumerate(zip(arrivals, demands, times, strict=True))
    ]  # fmt: skip
    return window, requests


def load_test(
    servers: Mapping[str, Server], rounds: int = 4, seconds: float = 8.0, kinds: Mapping[float, str] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of a load test: windows, and requests.

    Args:
        servers: What is true of each cell.
        rounds: How many rounds there are.
        seconds: How long a window lasts.
        kinds: The kind of the windows at a rate; the others are close to capacity.
    """
    windows, requests = [], []
    for number in range(1, rounds + 1):
        for cell, server in servers.items():
            for place, rate_per_s in enumerate(server.rates):
                kind = (kinds or {}).get(rate_per_s, NEAR)
                at = {"round": number, "window": place, "cell": cell, "kind": kind}
                window, rows = window_of(server, at, rate_per_s, seconds)
                windows.append(window)
                requests += rows
    return CAPACITY_WINDOWS.frame(windows), CAPACITY_REQUESTS.frame(requests)
