from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.stats.levels import CellLevels, Counted, Strata, jackknife_error
from perflab.analysis.stats.pairs import Groups, Pairs
from perflab.analysis.stats.statistics import mean


def counted(codes: list[int], rounds: list[int], groups: int = 1) -> Counted:
    strata = Strata(np.array(codes), np.arange(groups), np.ones(groups), groups)
    return Counted.of(strata, np.array(rounds), np.ones(len(codes), dtype=bool))


def test_a_level_is_a_sum_over_requests_and_no_mean_of_rounds():
    levels = counted([0, 0, 0], [0, 0, 1]).levels(np.array([1.0, 3.0, 8.0]))

    assert levels.level[0] == 4
    assert levels.without[0].tolist() == [8.0, 2.0]
    assert levels.rounds[0] == 2


def test_a_group_without_requests_has_no_level():
    levels = counted([0, 0], [0, 1], groups=2).levels(np.array([1.0, 1.0]))

    assert np.isnan(levels.level[1])
    assert levels.rounds.tolist() == [2, 0]


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = np.array([1.0, 2.0, 4.0, 4.0])
    levels = counted([0] * 4, [0, 1, 2, 3]).levels(values)

    assert jackknife_error(levels.without, levels.present)[0] == pytest.approx(values.std(ddof=1) / 2)


def test_a_round_without_requests_takes_no_part():
    levels = counted([0, 0, 0], [0, 1, 3]).levels(np.array([1.0, 2.0, 6.0]))

    assert jackknife_error(levels.without, levels.present)[0] == pytest.approx(np.std([1, 2, 6], ddof=1) / 3**0.5)


def traffic(reads: int, writes: int, rounds: int = 4) -> pd.DataFrame:
    rows = [
        {
            "round": r,
            "step": s,
            "cell": cell,
            "endpoint": "read" if s < reads else "write",
            "latency_s": 1.0 + 9 * (s >= reads),
        }
        for r in range(rounds)
        for s in range(reads + writes)
        for cell in ("a", "b")
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("reads", [5, 8, 9])
def test_all_is_weighted_as_the_scenario_says_whatever_traffic_came(reads):
    pairs = Pairs.of(traffic(reads, 10 - reads), weights={"read": 90, "write": 10})
    groups = pairs.groups(())

    table = Counted.of(Strata.of(pairs, groups), pairs.round_of, np.ones(pairs.steps, dtype=bool))

    assert table.levels(pairs.values("latency_s")[:, 0]).level[0] == pytest.approx(0.9 * 1 + 0.1 * 10)
    assert table.n[0] == 40


def test_a_part_of_an_endpoints_requests_has_that_part_of_its_weight():
    pairs = Pairs.of(traffic(5, 5), weights={"read": 60, "write": 40})
    half = pairs.of_steps("step").to_numpy() % 2
    groups = Groups(half.astype(np.int64), pd.DataFrame({"endpoint": ["even", "odd"]}), family=False)

    strata = Strata.of(pairs, groups)

    assert strata.weight.tolist() == pytest.approx([60 * 3 / 5, 40 * 2 / 5, 60 * 2 / 5, 40 * 3 / 5])


@pytest.mark.parametrize("weights", [None, {"read": 1.0}])
def test_without_weights_of_all_endpoints_traffic_counts_as_it_came(weights):
    pairs = Pairs.of(traffic(5, 5), weights=weights)
    strata = Strata.of(pairs, pairs.groups(()))

    level = Counted.of(strata, pairs.round_of, np.ones(pairs.steps, dtype=bool)).levels(pairs.values("latency_s")[:, 0])

    assert level.level[0] == pytest.approx(
        mean(pairs.values("latency_s")[:, 0], np.zeros(pairs.steps, dtype=int), 1)[0]
    )


def test_a_stratum_in_one_round_only_keeps_its_mean_where_that_round_is_left_out():
    strata = Strata(np.array([0, 0, 1]), np.array([0, 0]), np.array([0.5, 0.5]), 1)
    table = Counted.of(strata, np.array([0, 1, 1]), np.ones(3, dtype=bool))

    assert table.levels(np.array([1.0, 3.0, 10.0])).without[0].tolist() == pytest.approx([6.5, 5.5])


def test_the_levels_of_a_cell_are_kept_while_the_steps_are_the_same():
    pairs = Pairs.of(traffic(30, 10))
    groups = pairs.groups(("endpoint",))
    kept, every = CellLevels(Strata.of(pairs, groups), pairs.round_of), np.ones(pairs.steps, dtype=bool)
    values = pairs.values("latency_s")[:, 0] + np.arange(pairs.steps)

    first = kept.of(every, ("all_off", values), ("all_on", 2 * values))
    again = kept.of(every.copy(), ("all_off", values), ("twin", values))
    fewer = every.copy()
    fewer[:5] = False
    narrowed = kept.of(fewer, ("all_off", values), ("twin", values))

    assert again[0] is first[0] and again[1][0] is first[1][0]
    assert (first[1][1].level == 2 * first[1][0].level).all()
    expected = Counted.of(Strata.of(pairs, groups), pairs.round_of, fewer).levels(values)
    assert narrowed[1][0].level.tolist() == expected.level.tolist() != first[1][0].level.tolist()
