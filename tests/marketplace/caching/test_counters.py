"""Hits and misses, with several counting at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from marketplace.caching import counters


def test_nobody_loses_a_count() -> None:
    def count(_: int) -> None:
        counters.count("x", "hits")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(400)))
    assert counters.read("x") == counters.Count(hits=400, misses=0)


@pytest.mark.parametrize(
    ("count", "rate"),
    [(counters.Count(0, 0), None), (counters.Count(3, 1), 0.75), (counters.Count(0, 2), 0.0)],
)
def test_hit_rate(count: counters.Count, rate: float | None) -> None:
    assert count.hit_rate == rate
