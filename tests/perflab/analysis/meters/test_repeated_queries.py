from __future__ import annotations

from perflab.analysis.database.queries import QueryRow
from tests.perflab.analysis.claimed import claim, judge
from tests.perflab.analysis.tables import flat, samples_of


def test_repeated_queries_are_not_measured_where_no_check_looked():
    """Checks end with their time: what they did not come to is unknown, and not without a fault."""
    table = samples_of({"all_off": flat(1), "all_on": flat(1)}, endpoint="read")
    row = QueryRow("read", "all_off", "q", "SELECT 1", times=1, most=1, seconds=0.1, rows=1, requests=4, repeated=False)
    stated = claim("repeated_queries", "at_most", 0, scope="read")

    result = judge(table, stated, queries=[row], checked={"read": 4, "write": 9})
    assert (result.verdict, result.before, result.estimate, result.n) == ("supported", 0, 0, 4)
    result = judge(table, stated, queries=[row], checked={"write": 9})
    assert (result.verdict, result.reason) == (
        "not measured",
        "Not measured: no check recorded the queries of read.",
    )
