"""Findings about a cache rest on operations, of which the first is the example."""

import pandas as pd

from perflab.analysis.caching.finding import cache_finding

OPERATIONS = pd.DataFrame(
    {"round": [1, 1, 2], "step": [4, 4, 5], "key": ["a", "b", "c"], "source": ["shop/pages.py:3 page", None, None]}
)


def test_the_first_operation_is_the_example_and_each_request_is_named_once() -> None:
    finding = cache_finding("cache_unbounded", "page", "It never expires.", 3, OPERATIONS, sets=3)
    assert finding.steps == [{"round": 1, "step": 4}, {"round": 2, "step": 5}]
    assert finding.example == {"key": "a", "source": "shop/pages.py:3 page", "cell": "all_on", "sets": 3}
    assert (finding.kind, finding.severity, finding.endpoint, finding.count) == (
        "cache_unbounded",
        "warning",
        "page",
        3,
    )


def test_what_is_given_by_name_comes_before_the_first_operation() -> None:
    assert cache_finding("delete_in_vain", "page", "It is in vain.", 1, OPERATIONS, key="z").example["key"] == "z"


def test_without_operations_there_is_neither_a_request_nor_a_cell() -> None:
    finding = cache_finding("ttl_short", "page", "It expires.", 2, ttl_s=3)
    assert (finding.steps, finding.example) == ([], {"ttl_s": 3})
