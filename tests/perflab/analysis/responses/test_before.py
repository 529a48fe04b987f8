"""Responses that were right before the rounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from perflab.analysis.responses.answers import changed
from perflab.analysis.stats.pairs import Pairs
from perflab.run.cells import BASELINE, OPTIMISED, TWIN, TWIN_OFF
from perflab.run.scenario import CACHES, TRAITS_KEY

CELLS = (BASELINE, TWIN_OFF, "queries", OPTIMISED, TWIN)
SCENARIO = {
    "factors": [{"name": "queries", "kind": "setting"}, {"name": "caching", "kind": "cache"}],
    TRAITS_KEY: {"queries": [], "caching": [CACHES]},
    "traffic": {
        "endpoints": [
            {"name": "job", "method": "GET", "path": "/jobs/{job}", "weight": 1, "params": {"job": "m.Job.pk"}},
            {"name": "apply", "method": "POST", "path": "/apply", "weight": 1, "writes": True, "affects": ["job"]},
            {
                "name": "other",
                "method": "POST",
                "path": "/other",
                "weight": 1,
                "writes": True,
                "affects": ["other-read"],
            },
        ]
    },
}


def before(*rows: tuple[str, str | None]) -> pd.DataFrame:
    """The traffic before the rounds: endpoints in order, each with its computed response or None for a write."""
    return pd.DataFrame(
        [
            {"step": number, "at_s": float(number), "endpoint": name, "method": "POST" if digest is None else "GET",
             "path": "/jobs/1" if name == "job" else f"/{name}", "body": None, "user": None, "writes": digest is None,
             "response_digest": digest}
            for number, (name, digest) in enumerate(rows)
        ]
    )  # fmt: skip


def classes(
    earlier: pd.DataFrame | None, written: bool = False, hits: int = 1, wrong: Sequence[str] = (OPTIMISED, TWIN)
) -> set[str]:
    """How the wrong response of all_on is called, where the baseline now returns another one.

    Args:
        earlier: The traffic before the rounds.
        written: Whether a write that affects it went before it in the round.
        hits: How many lookups of all_on hit.
        wrong: The cells that return it.
    """
    trace: list[dict[str, Any]] = [
        {"round": 1, "step": 0, "block": 0, "at_s": 9.0, "phase": "measured", "endpoint": "apply" if written else "job",
         "method": "POST" if written else "GET", "path": "/apply" if written else "/jobs/2", "body": None, "user": None,
         "affected_by": None},
        {"round": 1, "step": 1, "block": 0, "at_s": 9.5, "phase": "measured", "endpoint": "job", "method": "GET",
         "path": "/jobs/1", "body": None, "user": None, "affected_by": None},
    ]  # fmt: skip
    samples = [
        {"round": 1, "step": step["step"], "block": 0, "cell": cell, "phase": "measured", "endpoint": step["endpoint"],
         "method": step["method"], "error": None, "cache_misses": 0, "cache_hits": hits if cell in (OPTIMISED, TWIN) else 0,
         "response_digest": "same" if step["step"] == 0 else "old" if cell in wrong else "new"}
        for step in trace
        for cell in CELLS
    ]  # fmt: skip
    differences = pd.DataFrame(
        [
            {"round": 1, "step": 1, "cell": cell, "endpoint": "job", "pointer": "/body/x", "kind": "value", "expected": "1",
             "got": "2"}
            for cell in wrong
        ]
    )  # fmt: skip
    pairs = Pairs.of(pd.DataFrame(samples), measured_only=False)
    return set(changed(pairs, pd.DataFrame(trace), differences, SCENARIO, (), earlier)["class"])


@pytest.mark.parametrize(
    ("earlier", "written", "name"),
    [
        (None, False, "content"),
        (before(), False, "content"),
        (before(("job", "old"), ("apply", None)), False, "stale"),
        (before(("apply", None), ("job", "old")), True, "stale"),
        (before(("apply", None), ("job", "old")), False, "aged"),
        (before(("job", "old"), ("other", None)), False, "aged"),
        (before(("job", "another"), ("apply", None)), False, "content"),
    ],
    ids=["no traffic before", "nothing computed", "written since", "written in the round", "written before both",
         "nothing that affects it written", "never returned"],
)  # fmt: skip
def test_a_response_of_before_the_round_is_stale_after_a_write_and_has_aged_without_one(
    earlier: pd.DataFrame | None, written: bool, name: str
) -> None:
    assert classes(earlier, written) == {name}


STALE = before(("job", "old"), ("apply", None))


def test_a_response_that_no_cache_served_is_not_of_before() -> None:
    assert classes(STALE) == {"stale"}
    assert classes(STALE, hits=0) == {"content"}, "it may always have been wrong"


def test_a_response_that_another_switch_makes_wrong_is_not_of_before() -> None:
    assert classes(STALE, wrong=("queries", OPTIMISED, TWIN)) == {"content"}, "the entry was wrong when it was stored"


def test_what_another_caller_got_before_the_rounds_is_leaked() -> None:
    """Two callers take turns, so that the endpoint is personal; the entry has been stored for a third one."""
    requests = [("a", "of a"), ("b", "of b"), ("a", "of a"), ("b", "of b")]
    trace = pd.DataFrame(
        [
            {"round": 1, "step": number, "block": 0, "at_s": 9.0 + number, "phase": "measured", "endpoint": "job",
             "method": "GET", "path": "/jobs/1", "body": None, "user": user, "affected_by": None}
            for number, (user, _) in enumerate(requests)
        ]
    )  # fmt: skip
    samples = pd.DataFrame(
        [
            {"round": 1, "step": number, "block": 0, "cell": cell, "phase": "measured", "endpoint": "job", "method": "GET",
             "error": None, "cache_misses": 0, "cache_hits": int(cell in (OPTIMISED, TWIN)),
             "response_digest": "of c" if cell in (OPTIMISED, TWIN) else digest}
            for number, (_, digest) in enumerate(requests)
            for cell in CELLS
        ]
    )  # fmt: skip
    differences = pd.DataFrame(
        [
            {"round": 1, "step": number, "cell": cell, "endpoint": "job", "pointer": "/body/x", "kind": "value",
             "expected": "1", "got": "2"}
            for number in range(4)
            for cell in (OPTIMISED, TWIN)
        ]
    )  # fmt: skip
    pairs = Pairs.of(samples, measured_only=False)
    earlier = before(("job", "of c")).assign(user="c")
    assert set(changed(pairs, trace, differences, SCENARIO, (), earlier)["class"]) == {"cross_user_leak"}
    # One of the two got the same for itself, so that it is not only the third one's.
    both = before(("job", "of c"), ("job", "of c")).assign(user=["c", "a"])
    rows = changed(pairs, trace, differences, SCENARIO, (), both)
    assert {int(step): name for step, name in zip(rows["step"], rows["class"], strict=True)} == {
        0: "aged", 1: "cross_user_leak", 2: "aged", 3: "cross_user_leak",
    }  # fmt: skip
