"""The simulation's rule of counting hits, held against a dictionary."""

from __future__ import annotations

import numpy as np

from perflab.analysis.caching.cacheable import UNLIMITED_S, CacheableEndpoint
from tests.perflab.analysis.caching.simulation import Events, found_again, simulated

ENDPOINT = CacheableEndpoint("job", free=1.0, lookups=1.0, ttl_s=30.0, rows=1, shares=(1.0,), invalidations=())


def events(*rows: tuple[int, int, float, bool]) -> Events:
    thing, value, at_s, changed = (np.array(column) for column in zip(*rows, strict=True))
    return Events(thing, value, at_s.astype(float), changed.astype(bool))


READ, WRITE = False, True


def test_the_first_read_misses_and_the_next_hit_until_the_time_is_up() -> None:
    rows = [(1, 0, t, READ) for t in (0.0, 4.0, 9.9, 10.0, 19.9, 25.0)]
    assert found_again(events(*rows), 10.0).tolist() == [False, True, True, False, True, False]


def test_a_hit_does_not_keep_an_entry_longer_and_for_ever_is_long() -> None:
    rows = [(1, 0, t, READ) for t in (0.0, 9.0, 18.0)]
    assert found_again(events(*rows), 10.0).tolist() == [False, True, False]
    assert found_again(events(*rows), UNLIMITED_S).tolist() == [False, True, True]
    assert found_again(events(*rows), 0.0).tolist() == [False, False, False]


def test_a_change_makes_all_values_of_its_thing_old_and_comes_before_reads_of_the_same_moment() -> None:
    rows = [
        (1, 0, 0, READ), (1, 1, 0, READ), (2, 0, 0, READ), (1, 0, 5, READ), (1, 0, 5, WRITE), (1, 1, 6, READ), (2, 0, 6, READ),
        (1, 0, 7, READ),
    ]  # fmt: skip
    assert found_again(events(*rows), 100.0).tolist() == [False, False, False, False, False, False, True, True]


def test_order_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    rows = [
        (int(rng.integers(3)), int(rng.integers(2)), float(rng.random() * 50), bool(rng.random() < 0.2))
        for _ in range(300)
    ]
    shuffled = rng.permutation(len(rows))
    straight = found_again(events(*rows), 7.0)
    assert found_again(events(*(rows[n] for n in shuffled)), 7.0).tolist() == straight[shuffled].tolist()
    assert straight.tolist() == one_by_one(rows, 7.0)


def one_by_one(rows: list[tuple[int, int, float, bool]], ttl_s: float) -> list[bool]:
    """The same with a dictionary."""
    kept: dict[tuple[int, int], float] = {}
    hit = [False] * len(rows)
    for n in sorted(range(len(rows)), key=lambda n: (rows[n][2], not rows[n][3])):
        thing, value, at_s, changed = rows[n]
        if changed:
            kept = {key: since for key, since in kept.items() if key[0] != thing}
        elif (thing, value) in kept and at_s < kept[thing, value] + ttl_s:
            hit[n] = True
        else:
            kept[thing, value] = at_s
    return hit


def test_no_events_no_hits() -> None:
    nothing = Events(*(np.empty(0, dtype=kind) for kind in (np.int64, np.int64, float, bool)))
    assert found_again(nothing, 10.0).tolist() == []


def test_a_simulation_is_the_same_for_the_same_seed_and_cold_rounds_hit_less() -> None:
    cold, again = (simulated([ENDPOINT], 20.0, 1.0, 40, 0, 100) for _ in range(2))
    assert cold == again
    assert cold < simulated([ENDPOINT], 20.0, 1.0, 40, 2000, 100, times=20)
