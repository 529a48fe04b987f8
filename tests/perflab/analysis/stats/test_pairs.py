from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.stats.pairs import Pairs
from perflab.errors import InputError
from tests.perflab.analysis.tables import flat, samples_of
from tests.perflab.synthetic import Truth, make_samples


def test_a_matrix_has_a_row_per_step_and_a_column_per_cell():
    pairs = Pairs.of(samples_of({"all_off": [[1, 2], [3, 4]], "all_on": [[5, 6], [7, 8]]}))

    assert pairs.cells == ("all_off", "all_on")
    assert pairs.values("latency_s").tolist() == [[1, 5], [2, 6], [3, 7], [4, 8]]
    assert pairs.round_of.tolist() == [0, 0, 1, 1]


def test_the_order_of_the_rows_does_not_matter():
    table = samples_of({"all_off": [[1, 2], [3, 4]], "all_on": [[5, 6], [7, 8]]})

    shuffled = table.sample(frac=1, random_state=3)

    assert np.array_equal(Pairs.of(shuffled).values("latency_s"), Pairs.of(table).values("latency_s"))


def test_errors_and_infinities_are_unknown():
    table = samples_of({"all_off": [[1, np.inf, 3]]}, error=[None, None, "500"])

    assert Pairs.of(table).values("latency_s")[:, 0] == pytest.approx([1, np.nan, np.nan], nan_ok=True)


def test_warm_up_and_reference_stay_out():
    samples = make_samples(Truth(rounds=2, blocks=2))

    pairs = Pairs.of(samples)

    assert pairs.steps == 2 * 2 * 20
    assert "reference" not in pairs.cells
    assert len(pairs.cells) == 11
    assert Pairs.of(samples, measured_only=False).steps == 2 * 3 * 20


@pytest.mark.parametrize("endpoints", [None, ["payments", "job"]])
def test_what_is_arranged_can_be_narrowed_instead_of_arranged_again(endpoints):
    samples = make_samples(Truth(rounds=2, blocks=3))

    again = Pairs.of(Pairs.of(samples, measured_only=False), endpoints=endpoints)
    fresh = Pairs.of(
        samples[(samples["phase"] == "measured") & (samples["endpoint"].isin(endpoints) if endpoints else True)]
    )

    assert np.array_equal(again.values("latency_s"), fresh.values("latency_s"))
    assert again.round_of.tolist() == fresh.round_of.tolist()


def test_a_cell_that_did_not_replay_a_step_has_no_value_there():
    table = samples_of({"all_off": [[1, 2, 3]], "all_on": [[4, 5, 6]]}).drop(index=[1, 5])

    pairs = Pairs.of(table)

    np.testing.assert_array_equal(pairs.values("latency_s"), [[1, 4], [np.nan, 5], [3, np.nan]])
    assert pairs.present().tolist() == [[True, True], [False, True], [True, False]]
    assert pairs.codes("cell").tolist() == [[0, 1], [-1, 1], [0, -1]]
    codes, names = pairs.coded("cell")
    assert (codes == names["all_on"]).tolist() == [[False, True], [False, True], [False, False]]
    assert (codes == names["all_off"]).tolist() == [[True, False], [False, False], [True, False]]
    assert not pairs.failures().any()


def test_cells_can_be_selected_and_keep_their_order():
    pairs = Pairs.of(samples_of({"all_off": [[1, 2]], "all_on": [[3, 4]], "twin": [[5, 6]]}))

    two = pairs.of_cells(("twin", "all_off", "unknown"))

    assert two.cells == ("all_off", "twin")
    assert two.values("latency_s").tolist() == [[1, 5], [2, 6]]
    assert (two.has("all_on"), two.has("twin")) == (False, True)


def test_a_column_of_steps_is_narrowed_with_them():
    pairs = Pairs.of(make_samples(Truth(rounds=2, blocks=3)), measured_only=False)
    endpoints = pairs.of_steps("endpoint")

    wanted = (endpoints == "job").to_numpy(bool)
    narrowed = pairs.where(wanted)

    assert narrowed.of_steps("endpoint").tolist() == endpoints[wanted].tolist()
    assert narrowed.of_steps("step").tolist() == pairs.of_steps("step")[wanted].tolist()


def test_groups_are_sorted_and_cover_all_steps():
    samples = make_samples(Truth(rounds=1, blocks=3))

    groups = Pairs.of(samples).groups(("endpoint",))

    assert groups.labels["endpoint"].tolist() == sorted(
        set(samples[samples["phase"] == "measured"]["endpoint"]) - {"reference"}
    )
    assert set(groups.codes) == set(range(len(groups)))


@pytest.mark.parametrize("column", ["round", "step", "cell"])
def test_a_key_column_that_is_missing_is_named(column):
    with pytest.raises(InputError, match=column):
        Pairs.of(samples_of({"all_off": flat(1)}).drop(columns=column))


def test_a_metric_that_is_no_column_or_no_number_is_named():
    pairs = Pairs.of(samples_of({"all_off": flat(1)}))

    with pytest.raises(InputError, match="no column 'db_cpu_s'"):
        pairs.values("db_cpu_s")
    with pytest.raises(InputError, match="does not contain numbers"):
        pairs.values("cell")


def test_a_key_that_is_there_twice_is_refused():
    table = samples_of({"all_off": flat(1)})

    with pytest.raises(InputError, match="same round, step and cell"):
        Pairs.of(pd.concat([table, table]))


def test_no_samples():
    pairs = Pairs.of(make_samples(Truth(rounds=1, blocks=1)).iloc[:0])

    assert (pairs.steps, pairs.rounds, pairs.cells) == (0, 0, ())
