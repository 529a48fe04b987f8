"""What meters return."""

from __future__ import annotations

from perflab.analysis.meters.base import Evidence, Measurement, counted, rounds_of
from perflab.analysis.stats.pairs import Pairs
from tests.perflab.analysis.tables import flat, samples_of


def test_a_measurement_of_nothing_says_why_in_a_sentence():
    missing = Measurement.missing("The run has no samples.")
    assert (missing.measured, missing.estimate) == (False, None)
    assert missing.reason == "Not measured: the run has no samples."


def test_the_interval_of_a_count_is_the_count():
    count = counted(3, 2, 40, 5, None)
    assert (count.before, count.after, count.low, count.estimate, count.high) == (3, 2, 2, 2, 2)
    assert (count.n, count.rounds, count.measured) == (40, 5, True)


def test_rounds_count_where_the_endpoints_were_requested():
    table = samples_of({"all_off": flat(1), "all_on": flat(1)}, endpoint="read")
    table.loc[table["round"] == 2, "endpoint"] = "other"
    evidence = Evidence(Pairs.of(table))
    assert (rounds_of(evidence, None), rounds_of(evidence, ["read"]), rounds_of(evidence, ["other"])) == (3, 2, 1)
