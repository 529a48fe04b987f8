"""Runs that are not alike: what is not compared, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perflab.analysis.gate.gate import gate, notes
from perflab.errors import InputError
from tests.perflab.analysis.gated import FACTS, OPTIMISED, TRUTH, again, of, slower
from tests.perflab.synthetic import make_run, scenario


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"machine": {**FACTS["machine"], "cores": 4}}, "cores: 4, not 2"),
        ({"machine": {**FACTS["machine"], "cpu_model": "Another"}}, "processor: Another, not A Processor"),
        ({"python": "3.12.1"}, "Python: 3.12, not 3.11"),
        ({"postgres": {"version": "17.2"}}, "PostgreSQL: 17, not 18"),
        ({"postgres": None, "sqlite": {"version": "3.45.1"}}, "PostgreSQL: unknown, not 18; SQLite: 3.45, not unknown"),
        ({"pinning": {"pinned": False, "measured_cores": [1]}}, "pinned: no, not yes"),
    ],
)
def test_times_of_unlike_machines_are_not_pooled_and_counts_still_hold(baseline, changes, words):
    run = make_run(TRUTH, slower(again(11), 1.3, OPTIMISED), environment={**FACTS, **changes})

    checks = gate(run, baseline)
    assert {b.verdict for b in of(checks, "timed").values()} == {"inconclusive"}
    assert all(f"ot compared: the machines differ ({words})" in b.sentence for b in of(checks, "timed").values())
    assert all(b.n == 0 and b.estimate is None for b in of(checks, "timed").values())
    assert of(checks, "exact")["errors"].verdict == "fine"
    assert all(b.n > 0 for b in of(checks, "exact", "queries").values())
    assert any(words in note for note in notes(run, baseline))


def test_another_patch_release_is_the_same_machine(baseline):
    run = make_run(TRUTH, again(11), environment={**FACTS, "python": "3.11.9", "postgres": {"version": "18.7"}})

    assert all(b.n > 0 for b in of(gate(run, baseline), "timed").values())


def test_another_scenario_or_other_factors_are_refused(baseline):
    with pytest.raises(InputError, match="cannot be compared: their scenarios are bakery and marketplace"):
        gate(make_run(TRUTH, scenario_name="bakery", environment=FACTS), baseline)
    fewer = replace(TRUTH, factors=("queries", "caching"))
    with pytest.raises(
        InputError, match="cannot be compared: their factors are queries, caching and indexes, queries, caching"
    ):
        gate(make_run(fewer, environment=FACTS), baseline)


def test_another_preregistration_is_stated():
    new, old = (
        make_run(TRUTH, preregistration="a", scenario=scenario(TRUTH, margin=0.05)),
        make_run(TRUTH, preregistration="b"),
    )

    assert "Note that the preregistered scenario differs from the baseline's: margin changed in between." in notes(
        new, old
    )
    assert not any("preregistered" in note for note in notes(make_run(TRUTH, preregistration="a"), make_run(TRUTH)))
