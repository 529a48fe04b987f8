"""Late, failed, lagging."""

from __future__ import annotations

from typing import Any

import pandas as pd

from perflab.analysis.capacity.outcomes import as_replayed, has_failed, is_late


def requests_of(**columns: Any) -> pd.DataFrame:
    """Three requests: in time, 0.1 s after it, and just in time."""
    table = pd.DataFrame(
        {"intended_s": [1.0, 2.0, 3.0], "last_byte_s": [1.05, 2.2, 3.1 - 1e-9], "status": [200, 200, 404]}
    )
    return table.assign(**columns).astype({"status": "Int16", "last_byte_s": "float64"})


def test_a_response_is_late_from_the_intended_time_on() -> None:
    assert is_late(requests_of(), 0.1).tolist() == [False, True, False]
    assert is_late(requests_of(sent_s=[1.0, 2.19, 3.0]), 0.1).tolist() == [False, True, False], (
        "however late it was sent"
    )


def test_a_request_that_failed_is_late_however_fast() -> None:
    assert has_failed(requests_of(status=[500, 200, 404])).tolist() == [True, False, False]
    assert is_late(requests_of(status=[503, 200, 404]), 0.1).tolist() == [True, True, False]
    lost = requests_of(status=[None, 200, 404], last_byte_s=[1.01, None, 3.05])
    assert has_failed(lost).tolist() == [True, False, False] and is_late(lost, 0.1).tolist() == [True, True, False]


def test_a_status_that_the_replay_never_saw_is_told_and_what_it_knows_nothing_of_is_not() -> None:
    samples = pd.DataFrame({"cell": ["on", "on"], "endpoint": ["jobs", "pay"], "status": [200, 409]}).astype(
        {"cell": "category", "endpoint": "category", "status": "Int16"}
    )
    requests = pd.DataFrame(
        {"cell": "on", "endpoint": ["jobs", "jobs", "jobs", "pay", "new"], "status": [200, 302, None, 409, 403]}
    ).astype({"status": "Int16"})
    assert as_replayed(requests, samples).tolist() == [True, False, True, True, True]
    assert as_replayed(requests.assign(cell="off"), samples).all(), "of another cell nothing is known"
