"""What became of answers that are not the baseline's: small runs in which every answer is written down."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from perflab.analysis.responses.answers import COLUMNS, _last_writes, changed
from perflab.analysis.stats.pairs import Pairs
from perflab.run.tables import DIFFERENCES

PERSONAL = {"traffic": {"endpoints": [{"name": "payments", "as": "user_id", "path": "/users/{user_id}/payments"}]}}
ASKED_BY_SOMEBODY = {"traffic": {"endpoints": [{"name": "job", "as": "viewer_id", "path": "/jobs/{job_id}"}]}}

# A Step: endpoint, path, user, affected_by, and each cell's answer.
Step = tuple[str, str, str, int | None, dict[str, str]]


def judged(
    *steps: Step, kinds: dict[tuple[int, str], str] | None = None, scenario: Any = None, got: str = ""
) -> list[tuple[Any, ...]]:
    """(step, cell, class, like_step) of what differs. `kinds`: in what kind of place the answer to a Step differs, `got` what
    stands there.
    """
    samples = [
        {"round": 1, "step": n, "cell": cell, "phase": "measured", "endpoint": step[0], "response_digest": content}
        for n, step in enumerate(steps)
        for cell, content in step[4].items()
    ]
    trace = [
        {
            "round": 1, "step": n, "endpoint": endpoint, "method": "POST" if endpoint == "write" else "GET", "path": path,
            "body": None, "user": user, "affected_by": written,
        }
        for n, (endpoint, path, user, written, _) in enumerate(steps)
    ]  # fmt: skip
    differences = [
        {
            "round": 1,
            "step": step,
            "cell": cell,
            "endpoint": "",
            "pointer": "/body",
            "kind": kind,
            "expected": "",
            "got": got,
        }
        for (step, cell), kind in (kinds or {}).items()
    ]
    rows = changed(
        Pairs.of(pd.DataFrame(samples), measured_only=False),
        pd.DataFrame(trace).astype({"affected_by": "Int32", "body": "string"}),
        pd.DataFrame(differences, columns=list(DIFFERENCES.names)),
        scenario,
    )
    assert list(rows.columns) == list(COLUMNS)
    return [*rows[["step", "cell", "class", "like_step"]].itertuples(index=False, name=None)]


def both(off: str, on: str) -> dict[str, str]:
    return {"all_off": off, "all_on": on}


def test_the_response_from_before_a_write_is_stale() -> None:
    assert judged(
        ("job", "/jobs/1", "ann", None, both("v1", "v1")),
        ("write", "/jobs/1", "bob", None, both("ok", "ok")),
        ("job", "/jobs/1", "ann", 1, both("v2", "v1")),
        ("job", "/jobs/1", "ann", None, both("v2", "v2")),
    ) == [(2, "all_on", "stale", 0)]


def test_what_another_caller_got_is_stale_where_all_get_the_same() -> None:
    assert judged(
        ("job", "/jobs/1", "ann", None, both("v1", "v1")),
        ("job", "/jobs/1", "bob", None, both("v1", "v1")),
        ("write", "/jobs/1", "ann", None, both("ok", "ok")),
        ("job", "/jobs/1", "cyd", 2, both("v2", "v1")),
        scenario=ASKED_BY_SOMEBODY,
    ) == [(3, "all_on", "stale", 0)], "that somebody asks makes an answer nobody's own"


def test_in_the_warm_up_the_cell_itself_says_what_was_right() -> None:
    """There only cells with a cache read: a write that is read back tells the old answer from one that was always wrong."""
    warm: Step = ("job", "/jobs/1", "ann", None, {"all_on": "v1"})
    write: Step = ("write", "/jobs/1", "ann", None, both("ok", "ok"))
    assert judged(warm, write, ("job", "/jobs/1", "ann", 1, both("v2", "v1"))) == [(2, "all_on", "stale", 0)]
    assert judged(warm, write, ("job", "/jobs/1", "ann", None, both("v2", "v1"))) == [(2, "all_on", "content", -1)]


def test_a_warm_up_does_not_hide_that_the_baseline_responded_so_too() -> None:
    """The same caller was told the same in the warm-up, where nobody knows whether it was right, and again where it was."""
    assert judged(
        ("job", "/jobs/1", "ann", None, {"all_on": "v1"}),
        ("job", "/jobs/1", "ann", None, both("v1", "v1")),
        ("write", "/jobs/1", "bob", None, both("ok", "ok")),
        ("job", "/jobs/1", "ann", None, both("v2", "v1")),
    ) == [(3, "all_on", "stale", 1)]


def test_what_is_always_wrong_is_not_stale() -> None:
    wrong = ("job", "/jobs/1", "ann", None, both("right", "wrong"))
    assert judged(wrong, wrong) == [(0, "all_on", "content", -1), (1, "all_on", "content", -1)]


@pytest.mark.parametrize("first", ["ann", "bob"])
def test_the_response_that_another_caller_got_is_leaked(first: str) -> None:
    second = "bob" if first == "ann" else "ann"
    assert judged(
        ("me", "/me", first, None, both(first, first)),
        ("me", "/me", second, None, both(second, first)),
        ("me", "/me", first, None, both(first, first)),
    ) == [(1, "all_on", "cross_user_leak", 0)]


@pytest.mark.parametrize(
    ("got", "expected"), [("[]", "rows"), ("0", "rows"), ("[7]", "cross_user_leak"), ('"Ann"', "cross_user_leak")]
)
def test_a_response_that_only_lacks_rows_is_nobodys_though_another_got_the_same(got: str, expected: str) -> None:
    """An empty page is the right answer to whoever has nothing."""
    ((_, _, kind, _),) = judged(
        ("mine", "/mine", "ann", None, both("nothing", "nothing")),
        ("mine", "/mine", "bob", None, both("two rows", "nothing")),
        kinds={(1, "all_on"): "rows"},
        got=got,
    )
    assert kind == expected


def test_where_the_path_names_its_owner_another_path_is_another_person() -> None:
    steps: list[Step] = [
        ("payments", "/users/1/payments", "1", None, both("of 1", "of 1")),
        ("payments", "/users/2/payments", "2", None, both("of 2", "of 1")),
    ]
    assert judged(*steps, scenario=PERSONAL) == [(1, "all_on", "cross_user_leak", 0)]
    assert judged(*steps) == [(1, "all_on", "content", -1)], "without an owner it is another thing's answer"


def test_a_personal_response_of_ones_own_from_before_is_stale_and_not_leaked() -> None:
    assert judged(
        ("me", "/me", "ann", None, both("a1", "a1")),
        ("me", "/me", "bob", None, both("b1", "b1")),
        ("me", "/me", "ann", None, both("a2", "a1")),
    ) == [(2, "all_on", "stale", 0)]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ({(0, "all_on"): "status"}, "status"),
        ({(0, "all_on"): "rows"}, "rows"),
        ({(0, "all_on"): "order"}, "reordered"),
        ({(0, "all_on"): "value"}, "content"),
        ({}, "content"),
        ({(1, "all_on"): "order"}, "reordered"),
    ],
)
def test_all_others_are_distinguished_by_where_they_differ(kinds: dict[tuple[int, str], str], expected: str) -> None:
    """What was not kept is of the class that is most frequent there."""
    steps: list[Step] = [("job", f"/jobs/{n}", "ann", None, both("x", f"y{n}")) for n in range(2)]
    assert judged(*steps, kinds=kinds)[0][2] == expected


def test_aa_controls_that_respond_differently_are_unstable_and_the_positive_control_is_left_out() -> None:
    answers = {"all_off": "x", "queries": "x", "all_on": "x", "twin": "y", "canary": "y"}
    assert judged(("job", "/jobs/1", "ann", None, answers)) == [(0, "twin", "unstable", -1)]


def test_failed_requests_and_cells_that_did_not_respond_are_left_out() -> None:
    assert (
        judged(("job", "/jobs/1", "ann", None, {"all_on": "x"}), ("job", "/jobs/1", "ann", None, {"all_off": "x"}))
        == []
    )


def test_rounds_know_nothing_of_each_other() -> None:
    samples = pd.DataFrame(
        {"round": [1, 2, 2], "step": 0, "cell": ["all_off", "all_off", "all_on"], "endpoint": "job",
         "response_digest": ["v1", "v2", "v1"]}
    )  # fmt: skip
    trace = pd.DataFrame(
        {"round": [1, 2], "step": 0, "endpoint": "job", "method": "GET", "path": "/1", "body": None, "user": "ann",
         "affected_by": pd.array([None, None], dtype="Int32")}
    )  # fmt: skip
    rows = changed(Pairs.of(samples), trace, pd.DataFrame(columns=list(DIFFERENCES.names)))
    assert rows["class"].tolist() == ["content"]


CONTROLLED = {
    "traffic": {
        "endpoints": [
            {"name": "job", "path": "/jobs/{job_id}"},
            {"name": "write", "method": "POST", "affects": ["job"]},
        ]
    }
}


def four(off: str, on: str) -> dict[str, str]:
    """Each end and its A/A control."""
    return {"all_off": off, "twin_off": off, "all_on": on, "twin": on}


def test_what_nobody_wrote_is_not_stale() -> None:
    """An older response has aged where no write came in between: the baseline changes with time."""
    steps: list[Step] = [
        ("job", "/jobs/1", "ann", None, four("v1", "v1")),
        ("job", "/jobs/1", "ann", None, four("v2", "v1")),
    ]
    assert judged(*steps) == [(1, cell, "aged", 0) for cell in ("all_on", "twin")]
    write: Step = ("write", "/jobs/1", "bob", None, four("ok", "ok"))
    assert {row[2] for row in judged(steps[0], write, steps[1])} == {"stale"}
    assert {row[2] for row in judged(steps[0], write, steps[1], scenario=CONTROLLED)} == {"stale"}
    other: Any = {
        "traffic": {
            "endpoints": [CONTROLLED["traffic"]["endpoints"][0], {"name": "write", "method": "POST", "affects": ["x"]}]
        }
    }
    assert {row[2] for row in judged(steps[0], write, steps[1], scenario=other)} == {"aged"}, (
        "it affects something else"
    )


def test_what_only_the_warm_up_showed_is_stale_where_the_endpoint_is() -> None:
    warm: Step = ("job", "/jobs/2", "ann", None, {"all_on": "w1", "twin": "w1"})
    write: Step = ("write", "/jobs/1", "bob", None, four("ok", "ok"))
    late: Step = ("job", "/jobs/2", "ann", None, four("w2", "w1"))
    sure: list[Step] = [
        ("job", "/jobs/1", "ann", None, four("v1", "v1")),
        ("job", "/jobs/1", "ann", None, four("v2", "v1")),
    ]
    assert {row[:3] for row in judged(warm, write, late, scenario=CONTROLLED)} == {
        (2, c, "content") for c in ("all_on", "twin")
    }
    rows = judged(warm, sure[0], write, sure[1], late, scenario=CONTROLLED)
    assert {row[2] for row in rows} == {"stale"} and len(rows) == 4


def test_a_cookie_of_another_caller_is_leaked() -> None:
    rows = judged(("job", "/jobs/1", "ann", None, four("x", "y")), kinds={(0, "all_on"): "leak", (0, "twin"): "leak"})
    assert {row[2] for row in rows} == {"cross_user_leak"}


def last_writes_one_by_one(
    steps: pd.DataFrame, declared: dict[str, frozenset[str]], undeclared: frozenset[str]
) -> list[int]:
    """The same by its definition."""
    writing = undeclared.union(*declared.values())
    results = []
    rows: list[dict[str, Any]] = steps.to_dict("records")  # type: ignore[assignment]
    for row in rows:
        writers = declared.get(row["endpoint"], frozenset()) | undeclared
        earlier = [
            int(other["step"])
            for other in rows
            if other["round"] == row["round"]
            and other["step"] < row["step"]
            and (other["endpoint"] in writers if writing else other["method"] != "GET")
        ]
        results.append(max([*earlier, -1 if pd.isna(row["affected_by"]) else int(row["affected_by"])], default=-1))
    return results


@pytest.mark.parametrize(
    ("declared", "undeclared"),
    [
        ({}, frozenset[str]()),
        ({"job": frozenset({"post"}), "list": frozenset({"post", "pay"})}, frozenset[str]()),
        ({"job": frozenset({"post"})}, frozenset({"pay"})),
        ({}, frozenset({"never requested"})),
    ],
)
def test_the_last_write_before_a_step_is_one_that_affects_it(
    declared: dict[str, frozenset[str]], undeclared: frozenset[str]
) -> None:
    rng = np.random.default_rng(3)
    names = rng.choice(["job", "list", "post", "pay", "other"], 120)
    steps = pd.DataFrame(
        {
            "round": np.repeat([1, 2, 4], 40),
            "step": np.tile(np.arange(40), 3),
            "endpoint": names,
            "method": np.where(np.isin(names, ["post", "pay"]), "POST", "GET"),
            "affected_by": pd.array([3 if number % 40 == 7 else None for number in range(120)], dtype="Int32"),
        }
    ).sample(frac=1, random_state=1)

    assert _last_writes(steps, declared, undeclared).tolist() == last_writes_one_by_one(steps, declared, undeclared)
