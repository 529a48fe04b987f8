"""How much of a round's traffic and of its checks is replayed."""

from __future__ import annotations

from dataclasses import dataclass

from perflab.experiment.rounds import check_within, replay_within
from tests.perflab.experiment.replay.test_loop import replay_of, step


def test_checks_are_made_in_whole_blocks_as_far_as_the_budget_reaches() -> None:
    replay, workers = replay_of()
    checks = [step(n, phase="check") for n in range(2)]
    assert check_within(replay, [checks, checks, checks], 10.0, clock=iter([0.0, 1.0, 9.0, 11.0]).__next__) == 2
    assert sum(map(len, workers["all_on"].blocks)) == 4


@dataclass
class Ticking:
    """A clock that goes on by itself: each reading takes half a second."""

    now: float = 0.0

    def __call__(self) -> float:
        self.now += 0.5
        return self.now


def test_a_trace_is_cut_to_what_fits_in_whole_blocks() -> None:
    replay, workers = replay_of()
    told: list[float] = []
    blocks = ([step(n * 2, n), step(n * 2 + 1, n)] for n in range(10_000))
    measured = replay_within(replay, blocks, 20.0, lambda rows, share: told.append(share), Ticking())
    assert measured == len(told) == len(workers["all_on"].blocks)
    assert 5 < measured < 20
    assert {len(w.blocks) for w in workers.values()} == {measured}, "the same cut for all cells"
    assert told == sorted(told) and told[-1] <= 1.0


def test_at_least_one_block_is_measured_however_long_the_warm_up_took() -> None:
    replay, _ = replay_of()
    blocks = [[step(n, n, "warmup")] for n in range(50)] + [[step(50, 50)], [step(51, 51)]]
    assert replay_within(replay, blocks, 3.0, lambda rows, share: None, Ticking()) == 1
