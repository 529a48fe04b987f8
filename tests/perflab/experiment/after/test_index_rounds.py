"""What the index study compares, and its writes; the stage as a whole runs in test_run.py."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from perflab.experiment.after import index_rounds, plans
from perflab.experiment.after.index_rounds import play_study_round, study_plan, writes
from perflab.experiment.lanes.lanes import Lanes
from perflab.experiment.responses import IgnoredFields
from perflab.experiment.rounds import playing
from perflab.run.cells import OPTIMISED, WITHOUT, WITHOUT_CANDIDATES
from perflab.run.indexes import Index
from perflab.run.tables import USAGE, Row
from perflab.workload.steps import Step


def index(name: str, *key: str, kind: Any = "meta") -> Index:
    return Index(name, "t", "app.T", kind, key, key)


FOREIGN = index("fk", "d", kind="foreign_key")
INDEXES = [index("often", "a"), index("seldom", "b"), index("idle", "c"), index("again", "d"), FOREIGN]
CANDIDATES = ["again", "idle", "often", "seldom"]
SCANS = {"often": 9, "seldom": 1, "idle": 0, "again": 4, "fk": 0}


def bed_with(indexes: Sequence[Index], candidates: Sequence[str]) -> Any:
    return SimpleNamespace(
        prepared=SimpleNamespace(indexes=indexes, candidates=candidates), uncached="queries", everything_on="all_on"
    )


def plan_of(round_s: float, scans: dict[str, int] = SCANS, planned: Sequence[Row] = ()) -> index_rounds.StudyPlan:
    rows = [(1, cell, name, count, 0) for cell in (OPTIMISED, "all_off") for name, count in scans.items()]
    run: Any = SimpleNamespace(usage=pd.DataFrame(rows, columns=list(USAGE.names)))
    return study_plan(bed_with(INDEXES, CANDIDATES), run, planned, round_s)


def test_what_repeats_or_is_idle_goes_at_once_and_the_rest_one_by_one() -> None:
    study = plan_of(100)
    assert study.redundant_or_unused == ["again", "idle"]
    assert dict(study.cells) == {
        OPTIMISED: (), WITHOUT_CANDIDATES: ["again", "idle"], "without-often": ("often",), "without-seldom": ("seldom",),
    }  # fmt: skip


def test_indexes_of_installed_packages_are_not_studied() -> None:
    indexes = [replace(each, package="taggit" if each.name in ("again", "seldom") else None) for each in INDEXES]
    run: Any = SimpleNamespace(
        usage=pd.DataFrame([(1, OPTIMISED, "often", 9, 0), (1, OPTIMISED, "idle", 0, 0)], columns=list(USAGE.names))
    )
    study = study_plan(bed_with(indexes, CANDIDATES), run, (), 100)
    assert dict(study.cells) == {OPTIMISED: (), WITHOUT_CANDIDATES: ["idle"], "without-often": ("often",)}


@pytest.mark.parametrize(
    ("wanted", "lanes", "rounds"),
    [(8, 1, 5), (8, 2, 4), (8, 3, 3), (8, 4, 4), (3, 2, 3), (1, 2, 1), (2, 1, 2), (4, 4, 4)],
)
def test_every_lane_has_as_many_rounds(wanted: int, lanes: int, rounds: int) -> None:
    assert index_rounds.rounds_of(wanted, lanes) == rounds


@pytest.mark.parametrize(("round_s", "cells"), [(0.5, 2), (2.9, 2), (3.1, 3), (4.0, 4), (60, 4)])
def test_time_limits_how_many_are_studied_the_most_used_first(round_s: float, cells: int) -> None:
    study = plan_of(round_s)
    assert len(study.cells) == cells
    assert [*study.cells][2:] == [f"{WITHOUT}{name}" for name in ("often", "seldom")][: cells - 2]


def test_where_nothing_could_go_there_is_no_cell_without_it() -> None:
    run: Any = SimpleNamespace(
        usage=pd.DataFrame([(1, OPTIMISED, "often", 9, 0), (1, OPTIMISED, "idle", 0, 0)], columns=list(USAGE.names))
    )
    assert dict(study_plan(bed_with(INDEXES[:1], ["often"]), run, (), 100).cells) == {
        OPTIMISED: (),
        "without-often": ("often",),
    }


def test_what_nobody_counted_is_used() -> None:
    assert plan_of(100, {}).redundant_or_unused == ["again"]


def test_what_a_plan_of_a_check_names_is_used() -> None:
    plan = json.dumps({"Node Type": "Index Scan", "Index Name": "idle"})
    assert plan_of(100, planned=[{"cell": "queries", "plan": plan}]).redundant_or_unused == ["again"]
    assert plan_of(100, planned=[{"cell": "all_off", "plan": plan}]).redundant_or_unused == ["again", "idle"], (
        "that is another database"
    )


def step(number: int, writing: bool) -> Step:
    return Step(1, number, number // 4, number * 0.1, "measured", "e", "POST", "/", None, None, None, writing)


def test_writes_come_in_blocks_of_their_own_the_first_to_warm_up() -> None:
    blocks = ([step(4 * n + k, writing=k == 3) for k in range(4)] for n in range(100))
    written = list(islice(writes((tuple(block) for block in blocks), 3), 4))
    assert [len(block) for block in written] == [3, 3, 3, 3]
    assert [step.step for block in written for step in block] == [3 + 4 * n for n in range(12)], (
        "in their order, none left out"
    )
    assert [{step.phase for step in block} for block in written] == [{"warmup"}, *[{"measured"}] * 3]
    assert [{step.block for step in block} for block in written] == [{0}, {1}, {2}, {3}]


def test_a_profile_without_time_for_it_has_plans_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: dict[str, Any] = {}
    writer: Any = SimpleNamespace(directory=tmp_path, save_once=saved.__setitem__, save_meta=saved.update)
    monkeypatch.setattr(index_rounds, "load", lambda directory: SimpleNamespace(queries=None))
    monkeypatch.setattr(plans, "plans", lambda testbed, queries: ["plan"])
    monkeypatch.setattr(plans, "missing", lambda testbed, queries, planned: ["tried", *planned])
    monkeypatch.setattr(index_rounds, "builds", lambda *arguments: pytest.fail("there is no time for it"))
    monkeypatch.setattr(index_rounds, "study_plan", lambda *arguments: index_rounds.StudyPlan(["idle"], {}))
    profile = SimpleNamespace(index_study_s=0, rounds=3)
    testbed: Any = SimpleNamespace(
        question=SimpleNamespace(profile=profile), prepared=SimpleNamespace(candidates=["idle"]), catalogue=dict
    )
    index_rounds.measure(Lanes(testbed, [testbed]), writer, IgnoredFields(), lambda name: nullcontext())
    assert saved == {"plans": ["plan"], "suggestions": ["tried", "plan"], "catalogue": {"superfluous": ["idle"]}}


def test_the_rows_of_a_round_that_is_interrupted_are_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = SimpleNamespace(handles={OPTIMISED: SimpleNamespace(ignore=lambda *arguments: None)}, pids=[])
    monkeypatch.setattr(playing, "cell_databases", lambda *arguments: nullcontext({OPTIMISED: "clone"}))
    monkeypatch.setattr(playing, "round_workers", lambda *arguments: nullcontext(pool))

    def interrupted(replay: Any, *arguments: Any) -> None:
        replay.rows.samples.append({"step": 1})
        raise KeyboardInterrupt

    monkeypatch.setattr(playing, "replay_within", interrupted)
    scenario = SimpleNamespace(factor_names=["indexes"], traffic=SimpleNamespace(timeout_s=9))
    servers = SimpleNamespace(
        database=None, counters=lambda: None, dead_server=lambda: None, pinned=lambda pids: nullcontext()
    )
    testbed: Any = SimpleNamespace(
        question=SimpleNamespace(profile=SimpleNamespace(rounds=3, slice=5, block=20), scenario=scenario),
        token="t", seed=1, caching=(), began_s=0.0, servers=servers, everything_on=OPTIMISED,
        prepared=SimpleNamespace(others_of=lambda template: {}), warm=None, raise_if_stopping=lambda: None,
        trace=lambda number: SimpleNamespace(blocks=lambda: iter(())),
    )  # fmt: skip
    saved: list[Any] = []
    writer: Any = SimpleNamespace(save_index_study=lambda *rows: saved.append(rows), log_of=None)
    with pytest.raises(KeyboardInterrupt):
        play_study_round(testbed, writer, 2, {OPTIMISED: "template"}, IgnoredFields(), 1.0, durable=True)
    assert saved == [(2, [{"step": 1, "durable": True}], [])]
