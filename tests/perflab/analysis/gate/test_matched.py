"""The Steps that two runs have in common."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perflab.analysis.gate.gate import gate, outcome
from tests.perflab.analysis.gated import FACTS, TRUTH, of
from tests.perflab.synthetic import make_run


def test_another_seed_has_no_request_in_common(baseline):
    checks = gate(make_run(replace(TRUTH, seed=2), environment=FACTS), baseline)

    assert {b.verdict for b in of(checks, "timed").values()} == {"inconclusive"}
    (queries,) = of(checks, "exact", "queries").values()
    assert queries.verdict == "inconclusive"
    assert "the runs have different data (seed: 2, not 1)" in queries.sentence
    assert outcome([b for b in checks if b.kind != "claim"]) == "inconclusive"


def test_other_data_have_no_request_in_common(baseline):
    run = make_run(TRUTH, environment={**FACTS, "rows": {"a.User": 2000}})

    (queries,) = of(gate(run, baseline), "exact", "queries").values()
    assert "rows: 2,000, not 1,000" in queries.sentence


def test_a_run_that_got_further_is_compared_over_what_both_replayed(baseline):
    longer = make_run(replace(TRUTH, rounds=8), environment=FACTS)

    queries = of(gate(longer, baseline), "exact", "queries")
    assert {b.verdict for b in queries.values()} == {"fine"}
    assert sum(b.n for b in queries.values()) == 11 * 6 * 10 * 20


@pytest.mark.parametrize("column", ["method", "path", "body", "user"])
def test_a_step_that_asks_something_else_is_not_common(baseline, column):
    run = make_run(TRUTH, environment=FACTS)
    run.trace.loc[run.trace["endpoint"] == "pay", column] = "another"

    queries = of(gate(run, baseline), "exact", "queries")
    assert "queries, pay" not in queries
    assert {b.verdict for b in queries.values()} == {"fine"}
