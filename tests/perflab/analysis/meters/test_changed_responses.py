from __future__ import annotations

import pandas as pd

from tests.perflab.analysis.claimed import claim, judge
from tests.perflab.analysis.tables import flat, samples_of


def test_changed_responses_are_counted_exactly_with_the_warm_up():
    table = samples_of({"all_off": flat(1), "all_on": flat(1)}, phase="measured", response_digest="same")
    table.loc[(table["cell"] == "all_on") & (table["round"] == 2), "response_digest"] = "other"
    table.loc[table["round"] == 2, "phase"] = "warmup"

    result = judge(table, claim("changed_responses", "at_most", 0))

    assert (result.estimate, result.low, result.high, result.n) == (2, 2, 2, 6)
    assert result.verdict == "refuted"
    assert judge(table, claim("changed_responses", "at_most", 2)).verdict == "supported"


def test_responses_that_change_by_themselves_refute_nothing_and_the_claim_says_so():
    cells = {"all_off": flat(10), "queries": flat(9), "caching": flat(9), "all_on": flat(1), "twin": flat(1)}
    table = samples_of(cells, phase="measured", endpoint="read")
    table["response_digest"] = [str(row) for row in range(len(table))]  # no two are alike

    gained, same = judge(table, claim()), judge(table, claim("changed_responses", "at_most", 0))
    stale = judge(
        table, claim("stale_responses", "at_most", 0), answers=pd.DataFrame(columns=["cell", "class", "endpoint"])
    )

    assert gained.verdict == "supported"
    assert gained.reason == "Responses of read are nondeterministic and were not compared."
    assert same.verdict == stale.verdict == "not measured"
    assert same.reason == stale.reason == "Not measured: responses of read are nondeterministic and were not compared."

    table.loc[table["cell"] == "queries", "response_digest"] = table.loc[
        table["cell"] == "all_off", "response_digest"
    ].to_numpy()
    assert judge(table, claim()).verdict == "refuted", "with queries alone on they are right: a switch is to blame"
