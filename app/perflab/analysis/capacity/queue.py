"""The queue before a server: response times from arrivals and service demands.

A server has `slots` (processes x threads), and requests wait for a free one, first come, first served. The requests in the slots
share `cores` equally, each on at most one. This is limited processor sharing (Avi-Itzhak and Halfin, 1988); with one slot it is
Lindley's recursion. Many independent queues are computed at once, which costs little more than one of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
# A server may have more threads than requests are ever in it: they share the cores all the same.
MAX_SLOTS = 64


def response_times(arrivals: Floats, demands: Floats, slots: int, cores: float = 1.0) -> Floats:
    """Return the response time of each request, from its arrival to the end of its service.

    Args:
        arrivals: When requests arrive: a row for each independent queue, ascending; infinity after the last one of a row.
        demands: How much service each demands, in seconds of a core; of the same shape.
        slots: How many requests are served at once.
        cores: How many cores serve them.

    Returns:
        Response times of the same shape; NaN where nothing arrives.
    """
    rows, columns = arrivals.shape
    slots = min(slots, MAX_SLOTS)
    last = np.isfinite(arrivals).sum(axis=1)
    padded = np.concatenate([arrivals, np.full((rows, 1), np.inf)], axis=1)
    result = np.full((rows, columns), np.nan)
    every = np.flatnonzero(last)
    rows, last = len(every), last[every]
    left, job = np.full((rows, slots), np.inf), np.zeros((rows, slots), dtype=np.int64)
    now, busy = np.zeros(rows), np.zeros(rows, dtype=np.int64)
    arrived, begun = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    each = np.arange(rows)
    while len(every):
        pace = np.minimum(1.0, cores / np.maximum(busy, 1))
        place = left.argmin(axis=1)
        ends = now + left[each, place] / pace
        comes = padded[every, arrived]
        is_arrival = comes <= ends
        moment = np.minimum(comes, ends)
        left -= ((moment - now) * pace)[:, None]
        now = moment
        ended = np.flatnonzero(~is_arrival)
        whose, which = every[ended], job[ended, place[ended]]
        result[whose, which] = now[ended] - arrivals[whose, which]
        left[ended, place[ended]] = np.inf
        busy[ended] -= 1
        arrived += is_arrival
        # The next one that waits takes a free slot.
        begins = np.flatnonzero((begun < arrived) & (busy < slots))
        if len(begins):
            free = left[begins].argmax(axis=1)
            left[begins, free] = demands[every[begins], begun[begins]]
            job[begins, free] = begun[begins]
            begun[begins] += 1
            busy[begins] += 1
        goes_on = (busy > 0) | (arrived < last)
        if not goes_on.all():
            every, left, job, last = every[goes_on], left[goes_on], job[goes_on], last[goes_on]
            now, busy, arrived, begun = now[goes_on], busy[goes_on], arrived[goes_on], begun[goes_on]
            each = np.arange(len(every))
    return result


# The long run: so many independent queues, each with so many requests, of which the first ones are left out, because a queue
# begins empty.
QUEUES, REQUESTS, LEFT_OUT = 500, 900, 300


class LongRun:
    """The share of late requests in the long run, by the rate of arrivals.

    The queue with demands s times as long, at the rate r, is the queue at the rate r s, seen s times as slowly. So one set of
    simulated rates serves every factor s.

    Args:
        demands: A sample of service demands, in seconds of a core.
        slots: How many requests are served at once.
        cores: How many cores serve them.
        seed: Of the arrivals.
        utilisations: The utilisations to simulate, ascending.
        queues: How many independent queues to simulate.
    """

    UTILISATIONS = (0.2, 0.35, 0.5, 0.6, 0.7, 0.78, 0.85, 0.91, 0.96)

    def __init__(
        self,
        demands: Floats,
        slots: int,
        cores: float = 1.0,
        seed: int = 1,
        utilisations: tuple[float, ...] = UTILISATIONS,
        queues: int = QUEUES,
    ) -> None:
        rng = np.random.default_rng(seed)
        shape = queues, REQUESTS
        gaps, picks = rng.exponential(size=shape), rng.random(shape)
        ordered = np.sort(demands)
        drawn = ordered[np.minimum((picks * len(ordered)).astype(np.int64), len(ordered) - 1)]
        self.rates = np.array(utilisations) * min(cores, slots) / float(demands.mean())
        # All rates in one call: a step of many queues costs little more than one of few.
        arrivals = np.concatenate([np.cumsum(gaps, axis=1) / rate for rate in self.rates])
        times = response_times(arrivals, np.tile(drawn, (len(self.rates), 1)), slots, cores)
        settled = times.reshape(len(self.rates), queues, REQUESTS)[:, :, LEFT_OUT:]
        self._times = [np.sort(each.ravel()) for each in settled]
        self._means = [float(each.mean()) for each in self._times]

    def late(self, within_s: float, factor: float = 1.0) -> Floats:
        """Return the share of requests that take longer than `within_s` at each rate of `rates` / `factor`.

        Args:
            within_s: The time of the objective.
            factor: By how much demands are longer than the sample's.
        """
        shares = [1 - np.searchsorted(times, within_s / factor, side="right") / len(times) for times in self._times]
        return np.maximum.accumulate(np.array(shares))

    def capacity(self, within_s: float, late_share: float, factor: float = 1.0) -> float:
        """Return the rate at which this share of requests is late; the bounds of what was simulated at most and at least.

        Args:
            within_s: The time of the objective.
            late_share: The share that may be late.
            factor: By how much demands are longer than the sample's.
        """
        shares = np.maximum(self.late(within_s, factor), 1e-6)
        place = np.interp(np.log(late_share), np.log(shares), np.log(self.rates))
        return float(np.exp(place)) / factor

    def mean_s(self, rate: float, factor: float = 1.0) -> float:
        """Return the mean response time at one rate.

        Args:
            rate: Requests a second.
            factor: By how much demands are longer than the sample's.
        """
        return float(np.interp(np.log(rate * factor), np.log(self.rates), self._means)) * factor

    def at(self, rate: float, within_s: float, factor: float = 1.0) -> float:
        """Return the share of late requests at one rate.

        Args:
            rate: Requests a second.
            within_s: The time of the objective.
            factor: By how much demands are longer than the sample's.
        """
        return float(np.interp(np.log(rate * factor), np.log(self.rates), self.late(within_s, factor)))
