"""Both counts of lookups, the probe's and the server's, held against each other."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from perflab.analysis.caching.counts import CacheCounts, counts, disagreement

SCENARIO: dict[str, Any] = {
    "factors": [{"name": "queries", "kind": "setting"}, {"name": "caching", "kind": "cache"}],
    "traffic": {"endpoints": [{"name": "job", "method": "GET"}, {"name": "pay", "method": "POST"}]},
}
OURS = {"cache": {"private": True, "holds_all": True}}

# Of each block: the endpoints of its Steps, and what the server counted; every job is a hit but for the first of a block.
BLOCKS: list[tuple[list[str], tuple[int, int]]] = [
    (["job", "job", "job"], (2, 1)), (["job", "pay", "job"], (1, 4)), (["job", "job"], (1, 1)),
]  # fmt: skip


def cache_counts(
    blocks: list[tuple[list[str], tuple[int, int]]] = BLOCKS, environment: dict[str, Any] = OURS, **changes: Any
) -> CacheCounts:
    samples, counters = [], []
    for block, (endpoints, (hits, misses)) in enumerate(blocks):
        for number, endpoint in enumerate(endpoints):
            samples.append(
                {"round": 1, "block": block, "cell": "all_on", "phase": "measured", "endpoint": endpoint,
                 "cache_hits": int(endpoint == "job" and number > 0), "cache_misses": int(number == 0),
                 "cache_deletes": int(endpoint == "pay"), "cache_sets": 0}
            )  # fmt: skip
        counters.append(
            {"round": 1, "block": block, "cell": "all_on", "cache_server_hits": hits, "cache_server_misses": misses}
        )
    kinds = {
        "cache_hits": "Int32",
        "cache_misses": "Int32",
        "cache_deletes": "Int32",
        "cache_sets": "Int32",
        "cell": "category",
    }
    table = pd.DataFrame(samples).astype(kinds).assign(**changes)
    served = pd.DataFrame(counters).astype({"cache_server_hits": "Int64", "cache_server_misses": "Int64"})
    result = counts(table, served, SCENARIO, environment)
    json.dumps(result.as_dict(), allow_nan=False)
    return result


def test_turns_that_only_read_agree_and_a_write_may_have_the_server_read_more() -> None:
    result = cache_counts()
    assert (result.agree, result.turns, result.off, result.first) == (True, 2, 0, None)
    assert (result.hits, result.misses, result.server_hits, result.server_misses) == (3, 2, 3, 2)
    assert result.sentence == (
        "The cache server's own counters agree: in the 2 slices without writes, over all cells with a cache, the server "
        "counted 3 hits and 2 misses, and so did Django's caches."
    )
    assert disagreement(result, SCENARIO) == []


def test_a_server_that_counts_more_in_a_turn_that_only_reads_is_a_finding() -> None:
    result = cache_counts([*BLOCKS[:2], (["job", "job"], (1, 5))])
    (finding,) = disagreement(result, SCENARIO)
    assert (finding.kind, finding.factors, finding.count) == ("cache_counts_disagree", ["caching"], 4)
    assert (
        "counted 3 hits and 6 misses, but Django's caches counted 3 hits and 2 misses. Operations other than get"
        in finding.sentence
    )
    assert (finding.example["block"], finding.example["server_misses"], finding.example["probe_misses"]) == (
        2,
        5,
        1,
    )


@pytest.mark.parametrize("served", [(0, 4), (1, 0)])
def test_a_server_that_counts_less_is_a_finding_even_where_something_was_written(served: tuple[int, int]) -> None:
    result = cache_counts([BLOCKS[0], (["job", "pay", "job"], served)])
    assert result.agree is False and result.first is not None and result.first["block"] == 1
    assert "Some lookups never reached the server." in result.sentence


def test_a_lookup_that_was_tried_again_is_none() -> None:
    reads = (["job"] * 100, (99, 1))
    assert cache_counts([reads, (["job"] * 100, (100, 1))]).agree is True
    assert "the difference of 1 is within 1%." in cache_counts([reads, (["job"] * 100, (100, 1))]).sentence
    assert cache_counts([reads, (["job"] * 100, (102, 1))]).agree is False


@pytest.mark.parametrize(
    "environment",
    [{}, {"cache": None}, {"cache": {"private": False, "holds_all": True}}, {"cache": {"private": True, "holds_all": False}},
     {"cache": {"private": True}}],
)  # fmt: skip
def test_a_server_of_others_or_one_of_several_caches_cannot_be_queried(environment: dict[str, Any]) -> None:
    result = cache_counts([(["job"], (9, 9))], environment)
    assert result.agree is None and result.sentence.startswith("The cache counts could not be compared with")
    assert disagreement(result, SCENARIO) == []


def test_the_warm_up_counts_and_checks_do_not() -> None:
    """The second block is measured; the first is the warm-up, the third has the checks."""
    read = (["job", "job"], (1, 1))
    phases = ["warmup"] * 2 + ["measured"] * 2 + ["check"] * 2
    result = cache_counts([read, read, (["job", "job"], (9, 9))], phase=phases)
    assert (result.agree, result.turns) == (True, 2)


def test_where_nothing_was_measured_or_counted_nothing_is_stated() -> None:
    unknown = pd.array([pd.NA], dtype="Int32")
    for changes in ({"phase": "warmup"}, {"cache_hits": unknown, "cache_misses": unknown}):
        assert cache_counts([(["job"], (9, 9))], **changes).agree is None


def test_what_get_or_set_reads_again_is_no_disagreement() -> None:
    """A turn that only reads, in which every miss stores: the server counts a hit more for each."""
    read_again = [(["job", "job", "job"], (3, 1))]
    assert cache_counts(read_again).agree is False
    result = cache_counts(read_again, cache_sets=pd.array([1, 0, 0], dtype="Int32"))
    assert (result.agree, result.off, result.first) == (True, 0, None)
    assert result.sentence.endswith("get_or_set reads each stored entry again, which explains the additional hits.")
