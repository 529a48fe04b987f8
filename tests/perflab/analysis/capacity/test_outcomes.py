"""Late, failed, lagging."""

from __future__ import annotations

from typing import Any

import pandas as pd

from perflab.analysis.capacity.outcomes import has_failed, is_late


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
