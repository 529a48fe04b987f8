"""The keys whose hits do not count, by their kinds."""

from __future__ import annotations

import pandas as pd

from perflab.analysis.caching.not_counted import keys_of, not_counted


def test_numbers_and_djangos_own_parts_of_a_key_are_left_out() -> None:
    assert keys_of([":1:views:7", ":1:views:12", "shop:1:throttle_anon_127", "plain"]) == (
        "plain",
        "throttle_anon_#",
        "views:#",
    )
    assert len(keys_of(f"key{chr(97 + n)}" for n in range(9))) == 5


def test_they_are_those_of_all_on_that_the_worker_marked() -> None:
    table = pd.DataFrame(
        {"cell": ["all_on", "all_on", "caching"], "key": ["a", "b", "c"], "taken_back": [True, None, True]}
    )
    assert list(not_counted(table.astype({"taken_back": "boolean"}))["key"]) == ["a"]
    older = table.drop(columns="taken_back")
    assert list(not_counted(older)["key"]) == []
