from __future__ import annotations

from tests.perflab.analysis.claimed import claim, judge
from tests.perflab.analysis.tables import flat, samples_of


def test_repeated_queries_are_not_measured_where_no_check_looked():
    """Checks end with their time: what they did not come to is unknown, and not without a fault."""
    table = samples_of({"all_off": flat(1), "all_on": flat(1)}, endpoint="read")
    known = {"endpoint": "read", "cell": "all_off", "fingerprint": "q", "repeated": False, "requests": 4}
    asked = claim("repeated_queries", "at_most", 0, scope="read")

    found = judge(table, asked, queries=[known], checked={"read": 4, "write": 9})
    assert (found["verdict"], found["before"], found["estimate"], found["n"]) == ("supported", 0, 0, 4)
    found = judge(table, asked, queries=[known], checked={"write": 9})
    assert (found["verdict"], found["reason"]) == (
        "not measured",
        "Not measured: no check recorded the queries of read.",
    )
