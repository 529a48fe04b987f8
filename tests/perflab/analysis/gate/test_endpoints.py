"""Times of single endpoints: one that is three times as slow is lost in the mean over all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perflab.analysis.gate.gate import gate
from tests.perflab.analysis.gated import FACTS, OPTIMISED, TRUTH, again, of
from tests.perflab.synthetic import make_run

SHORT = replace(TRUTH, rounds=3, blocks=4)


def endpoint_checks(cells: list[str], factor: float, endpoint: str = "profile"):
    samples = again(11, SHORT)
    rows = samples["cell"].isin(cells) & (samples["endpoint"] == endpoint)
    samples.loc[rows, "latency_s"] *= factor
    run, baseline = make_run(SHORT, samples, environment=FACTS), make_run(SHORT, environment=FACTS)
    return of(gate(run, baseline), "timed", "service time, ")


@pytest.mark.parametrize(("cells", "where"), [(OPTIMISED, "in all_on"), (["all_off", "twin_off"], "in all_off")])
def test_an_endpoint_three_times_as_slow_is_worse_and_the_cells_are_named(cells, where):
    worse = {name: b for name, b in endpoint_checks(cells, 3.0).items() if b.verdict == "worse"}

    assert list(worse) == ["service time, profile"]
    check = worse["service time, profile"]
    assert f" {where}, relative to the other endpoints" in check.sentence
    assert "Minimum detectable effect: " in check.sentence
    assert check.low < 3 < check.high


def test_nothing_is_worse_where_nothing_changed_or_became_faster():
    for factor in (1.0, 0.3):
        assert "worse" not in {b.verdict for b in endpoint_checks(OPTIMISED, factor).values()}


def test_an_endpoint_is_not_worse_because_all_others_became_faster():
    samples = again(11, SHORT)
    samples.loc[samples["endpoint"] != "profile", "latency_s"] *= 0.3
    samples.loc[samples["cell"] == "reference", "latency_s"] /= 0.3
    run, baseline = make_run(SHORT, samples, environment=FACTS), make_run(SHORT, environment=FACTS)

    assert "worse" not in {b.verdict for b in of(gate(run, baseline), "timed", "service time, ").values()}
