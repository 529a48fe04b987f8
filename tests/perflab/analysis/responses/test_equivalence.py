from __future__ import annotations

import pytest

from perflab.analysis.responses.equivalence import changed_answers, equivalence
from tests.perflab.analysis.tables import flat, samples_of
from tests.perflab.synthetic import Truth, make_samples, make_trace

TRUTH = Truth(rounds=2, blocks=2)


@pytest.fixture
def samples():
    return make_samples(TRUTH)


def change(samples, cell, count):
    rows = samples.index[(samples["cell"] == cell) & (samples["endpoint"] == "payments")][:count]
    samples.loc[rows, "response_digest"] = "changed"
    return samples.loc[rows]


def test_equal_responses(samples):
    result = equivalence(samples, make_trace(TRUTH))

    assert (result.compared, result.changed, result.unknown) == (120, 0, 0)  # warm-up included
    assert {row.changed for row in result.by_cell} == {0}
    assert "reference" not in {row.cell for row in result.by_cell}
    assert result.examples == []


def test_a_changed_response_is_counted_where_it_is_and_shown(samples):
    rows = change(samples, "all_on", 3)

    result = equivalence(samples, make_trace(TRUTH))

    assert result.changed == 3
    assert {row.cell: row.changed for row in result.by_cell}["twin"] == 0
    assert {row.endpoint: row.changed for row in result.by_endpoint if row.changed} == {"payments": 3}
    assert {(e["round"], e["step"]) for e in result.examples} == set(zip(rows["round"], rows["step"], strict=True))
    assert all(e["path"].startswith("/") for e in result.examples)


def test_other_cells_do_not_count_for_the_total(samples):
    change(samples, "caching", 2)

    result = equivalence(samples)

    assert result.changed == 0
    assert {row.cell: row.changed for row in result.by_cell}["caching"] == 2


def test_examples_are_few(samples):
    samples.loc[samples["cell"] == "all_on", "response_digest"] = "changed"

    result = equivalence(samples)

    assert result.changed == 120
    assert len(result.examples) == 10


def test_a_failed_response_is_unknown_not_equal():
    table = samples_of({"all_off": flat(1), "all_on": flat(1)}, response_digest="same")
    table.loc[0, "response_digest"] = None

    result = changed_answers(table)

    assert (result.compared, result.changed, result.unknown) == (5, 0, 1)


def test_a_read_of_the_warm_up_that_one_cell_did_not_replay_is_not_compared():
    table = samples_of({"all_off": flat(1), "all_on": flat(1)}, response_digest="same").iloc[1:]

    result = changed_answers(table)

    assert (result.compared, result.unknown) == (5, 0)


@pytest.mark.parametrize("cells", [{}, {"all_on": flat(1)}])
def test_without_a_baseline_nothing_is_compared(cells):
    table = samples_of(cells, response_digest="same", endpoint="jobs")

    assert changed_answers(table).compared == 0
    assert equivalence(table).changed == 0


def test_what_changes_by_itself_is_not_compared_and_named(samples):
    rows = samples["endpoint"] == "payments"
    samples.loc[rows, "response_digest"] = [str(row) for row in range(int(rows.sum()))]

    result = equivalence(samples)

    assert result.nondeterministic == ("payments",)
    assert result.changed == result.unknown == 0
    of_it = next(row for row in result.by_endpoint if row.endpoint == "payments")
    assert (of_it.compared, of_it.changed) == (0, 0)
    assert 0 < result.compared < 120
