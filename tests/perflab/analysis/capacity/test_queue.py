"""The queue, held against closed forms and against a plain loop over events."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from perflab.analysis.capacity import queue
from perflab.analysis.capacity.queue import LEFT_OUT, MAX_SLOTS, QUEUES, REQUESTS, Floats, LongRun, response_times

# Of the closed forms: what a server serves in a second, and what arrives.
MU, LAM = 100.0, 70.0
MANY = 1000  # more slots than requests are ever in the server


def plain_loop(arrivals: list[float], demands: list[float], slots: int, cores: float) -> list[float]:
    """One queue, request by request: those in the slots share the cores equally, each on at most one."""
    now, waiting, left, response = 0.0, list(range(len(arrivals))), dict[int, float](), [math.nan] * len(arrivals)
    while waiting or left:
        while waiting and arrivals[waiting[0]] <= now and len(left) < slots:
            number = waiting.pop(0)
            left[number] = demands[number]
        pace = min(1.0, cores / len(left)) if left else 1.0
        ends = {number: now + rest / pace for number, rest in left.items()}
        comes = [arrivals[number] for number in waiting if arrivals[number] > now]
        moment = min([*ends.values(), *comes[:1]])
        for number in list(left):
            if ends[number] == moment:
                response[number] = moment - arrivals[number]
                del left[number]
            else:
                left[number] -= (moment - now) * pace
        now = moment
    return response


def settled(demands: Floats, slots: int, rate_per_s: float = LAM, cores: float = 1.0) -> Floats:
    """The response times of many queues with these demands, without the first requests, as one row."""
    rng = np.random.default_rng(7)
    arrivals = np.cumsum(rng.exponential(1 / rate_per_s, demands.shape), axis=1)
    return response_times(arrivals, demands, slots, cores)[:, 150:].ravel()


def exponential(queues: int = 400, requests: int = 450) -> Floats:
    return np.random.default_rng(3).exponential(1 / MU, (queues, requests))


def sample() -> Floats:
    """Demands that are spread as those of an exponential distribution are, without chance."""
    return np.asarray(-np.log(1 - (np.arange(2000) + 0.5) / 2000) / MU, dtype=np.float64)


@cache
def fifo() -> LongRun:
    return LongRun(sample(), slots=1, queues=200)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few requests, for what does not depend on how many there are."""
    monkeypatch.setattr(queue, "REQUESTS", 60)
    monkeypatch.setattr(queue, "LEFT_OUT", 20)


# -- closed forms --------------------------------------------------------------------------------------------------


def test_with_one_slot_the_share_of_late_requests_is_that_of_mm1() -> None:
    times = settled(exponential(queues=1500), slots=1)
    for within_s in (0.01, 0.03, 0.06, 0.1):
        assert (times > within_s).mean() == pytest.approx(math.exp(-(MU - LAM) * within_s), rel=0.05)


def test_with_many_slots_requests_share_the_core_and_the_mean_is_that_of_processor_sharing() -> None:
    """It does not depend on how demands are spread: those of equal length take as long in the mean."""
    assert settled(exponential(), MANY).mean() == pytest.approx(1 / (MU - LAM), rel=0.04)
    assert settled(np.full((400, 450), 1 / MU), MANY).mean() == pytest.approx(1 / (MU - LAM), rel=0.04)


def test_equal_demands_in_one_slot_wait_as_pollaczek_and_khinchine_say() -> None:
    times = settled(np.full((400, 450), 1 / MU), slots=1)
    used = LAM / MU
    assert times.mean() == pytest.approx(1 / MU + used / (2 * MU * (1 - used)), rel=0.03)
    assert times.min() == pytest.approx(1 / MU)


def test_two_cores_are_those_of_mm2() -> None:
    """By Erlang's formula for two servers: the mean is 1 / (mu (1 - used²)), waiting in a row or sharing."""
    rate_per_s = 140.0
    used = rate_per_s / (2 * MU)
    for slots in (2, MANY):
        times = settled(exponential(), slots, rate_per_s, cores=2.0)
        assert times.mean() == pytest.approx(1 / (MU * (1 - used**2)), rel=0.05)


# -- event by event ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slots", [1, 2, 5, MANY])
@pytest.mark.parametrize("cores", [1.0, 1.5, 2.0, 8.0])
def test_it_is_the_plain_loop_in_rows_of_any_length(slots: int, cores: float) -> None:
    rng = np.random.default_rng([slots, int(2 * cores)])
    lengths = (0, 1, 7, 40, 25)
    arrivals, demands = np.full((5, 40), np.inf), np.zeros((5, 40))
    for row, length in enumerate(lengths):
        arrivals[row, :length] = np.sort(rng.random(length))
        demands[row, :length] = rng.exponential(0.05, length)
    times = response_times(arrivals, demands, slots, cores)
    for row, length in enumerate(lengths):
        expected = plain_loop(arrivals[row, :length].tolist(), demands[row, :length].tolist(), slots, cores)
        assert times[row, :length] == pytest.approx(expected, rel=1e-9)
        assert np.isnan(times[row, length:]).all(), "nothing arrives there"


def test_a_handful_of_requests_by_hand() -> None:
    arrivals, demands = np.array([[0.0, 1.0, 1.0]]), np.array([[3.0, 1.0, 2.0]])
    assert response_times(arrivals, demands, slots=1)[0] == pytest.approx([3, 3, 5]), "first come, first served"
    assert response_times(arrivals, demands, slots=2)[0] == pytest.approx([5, 2, 5]), "two share, the third waits"
    assert response_times(arrivals, demands, slots=3)[0] == pytest.approx([6, 3, 5]), "three share"
    assert response_times(arrivals, demands, slots=3, cores=3)[0] == pytest.approx([3, 1, 2]), "a core each, no more"


def test_an_idle_server_takes_the_demand_and_a_slot_is_used_again() -> None:
    arrivals = np.arange(5.0)[None]
    demands = np.array([[0.5, 0.25, 0.125, 0.5, 0.75]])
    for slots in (1, 3):
        assert response_times(arrivals, demands, slots)[0] == pytest.approx(demands[0])


def test_more_requests_than_the_most_slots_wait_for_each_other() -> None:
    count = MAX_SLOTS + 1
    times = response_times(np.zeros((1, count)), np.ones((1, count)), MANY)[0]
    assert times[:-1] == pytest.approx(MAX_SLOTS) and times[-1] == pytest.approx(count)


def test_nothing_at_all_takes_no_time() -> None:
    assert response_times(np.zeros((3, 0)), np.zeros((3, 0)), 2).shape == (3, 0)
    assert np.isnan(response_times(np.full((2, 3), np.inf), np.zeros((2, 3)), 2)).all()


# -- the long run --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("late_share", [0.01, 0.05])
def test_capacity_of_mm1_is_its_closed_form(late_share: float) -> None:
    within_s = 0.1
    expected = MU + math.log(late_share) / within_s
    assert fifo().capacity(within_s, late_share) == pytest.approx(expected, rel=0.03)


def test_longer_demands_are_the_same_queue_seen_more_slowly() -> None:
    longer = LongRun(1.3 * sample(), slots=1, queues=200)
    assert longer.rates == pytest.approx(fifo().rates / 1.3)
    assert longer.late(0.1) == pytest.approx(fifo().late(0.1, 1.3), abs=1e-12)
    assert longer.capacity(0.1, 0.05) == pytest.approx(fifo().capacity(0.1, 0.05, 1.3))
    assert longer.mean_s(40.0) == pytest.approx(fifo().mean_s(40.0, 1.3))
    assert longer.at(40.0, 0.1) == pytest.approx(fifo().at(40.0, 0.1, 1.3))


def test_the_mean_is_that_of_mm1_and_grows_with_the_rate() -> None:
    assert fifo().mean_s(50.0) == pytest.approx(1 / (MU - 50), rel=0.03)
    means = [fifo().mean_s(float(rate)) for rate in range(20, 96, 5)]
    assert means == sorted(means) and means[0] < means[-1] / 5


def test_the_share_of_late_requests_grows_with_the_rate_and_falls_with_the_objective() -> None:
    for within_s in (0.02, 0.05, 0.1):
        shares = fifo().late(within_s)
        assert (np.diff(shares) >= 0).all() and shares[0] < shares[-1]
    assert (fifo().late(0.02) >= fifo().late(0.05)).all() and (fifo().late(0.05) >= fifo().late(0.1)).all()
    assert fifo().at(60.0, 0.05) == pytest.approx(math.exp(-(MU - 60) * 0.05), rel=0.05)
    capacities = [fifo().capacity(0.1, share) for share in (0.01, 0.02, 0.05, 0.1, 0.3)]
    assert capacities == sorted(capacities) and len(set(capacities)) == 5


def test_capacity_stays_within_the_rates_that_were_simulated() -> None:
    assert fifo().capacity(1e-4, 0.01) == pytest.approx(fifo().rates[0]), "even a server at rest is too slow"
    assert fifo().capacity(60.0, 0.01) == pytest.approx(fifo().rates[-1]), "an objective that nothing misses"


def test_rates_are_utilisations_of_the_cores_or_of_the_slots_where_these_are_fewer(short: None) -> None:
    used = (0.5, 0.8)
    for slots, cores, together in ((4, 2.0, 2), (1, 2.0, 1), (3, 1.0, 1)):
        run = LongRun(sample(), slots, cores, utilisations=used, queues=2)
        assert run.rates == pytest.approx(np.array(used) * together / sample().mean())


def test_a_seed_gives_the_same_long_run_and_another_one_another(short: None) -> None:
    first, again, other = (LongRun(sample(), 2, seed=seed, queues=5).late(0.05) for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


def test_the_first_requests_of_a_queue_are_left_out(short: None) -> None:
    """Of 60 requests in each of two queues, 20 are: what is late is a share of 80."""
    run = LongRun(sample(), slots=1, utilisations=(0.9,), queues=2)
    counts = [80 * float(run.late(within_s)[0]) for within_s in (0.005, 0.01, 0.02, 0.03, 0.05)]
    assert counts == pytest.approx([*map(round, counts)], abs=1e-9) and 0 < counts[2] < 80


def test_enough_requests_make_up_the_long_run() -> None:
    assert QUEUES * (REQUESTS - LEFT_OUT) >= 300_000
