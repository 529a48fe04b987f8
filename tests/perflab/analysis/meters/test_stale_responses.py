from __future__ import annotations

import pandas as pd

from tests.perflab.analysis.claimed import claim, judge
from tests.perflab.analysis.tables import flat, samples_of


def test_stale_responses_of_the_optimised_cell_are_counted_in_the_claims_scope():
    table = samples_of({"all_off": flat(1), "all_on": flat(1)}, phase="measured", response_digest="same")
    table["endpoint"] = table["step"].map({0: "read", 1: "other"})
    answers = pd.DataFrame(
        [("all_on", "stale", "read"), ("all_on", "stale", "other"), ("all_on", "changed", "read"), ("queries", "stale", "read")],
        columns=["cell", "class", "endpoint"],
    )  # fmt: skip

    everywhere = judge(table, claim("stale_responses", "at_most", 0), answers=answers)
    assert (everywhere.estimate, everywhere.n, everywhere.verdict) == (2, 6, "refuted")
    assert judge(table, claim("stale_responses", "at_most", 0, scope="read"), answers=answers).estimate == 1
    assert (
        judge(table, claim("stale_responses", "at_most", 0, scope="write"), answers=answers).verdict == "not measured"
    )
