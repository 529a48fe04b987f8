"""What the rounds of a run share, and add to, whichever of them ends first."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from perflab.experiment.observe.loops import Loops
from perflab.experiment.progress import ReplayProgress
from perflab.experiment.replay.turns import RoundRows
from perflab.experiment.responses import IgnoredFields
from perflab.experiment.rounds import measured
from perflab.run.response import Mask, VaryingPlace
from perflab.run.store import load
from perflab.run.writer import RunWriter
from tests.perflab.run.test_store import META, SAMPLE


def shared_by(folder: Path) -> measured.Shared:
    writer = RunWriter.create(folder, {**META, "factors": []})
    return measured.Shared(writer, IgnoredFields(), Loops((), ()), ReplayProgress(3, 10.0, lambda event: None))


def sample(latency_s: float, cell: str = "reference") -> dict[str, Any]:
    return {**SAMPLE, "cell": cell, "latency_s": latency_s}


def places(pointer: str) -> IgnoredFields:
    ignored = IgnoredFields()
    ignored.add("a", [VaryingPlace(Mask(pointer), "volatile", "x")])
    return ignored


def test_rounds_that_end_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    shared = shared_by(tmp_path / "run")
    begin = threading.Barrier(2, timeout=20)

    def end(number: int) -> None:
        rows = RoundRows(samples=[sample(number / 1000)], comparing_s=1.0, not_compared={f"endpoint {number}": "why"})
        begin.wait()
        measured._save(shared, number, rows, places(f"/{number}"))

    threads = [threading.Thread(target=end, args=(number,)) for number in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run = load(tmp_path / "run")
    assert run.meta["comparing_s"] == 2.0
    assert set(run.meta["response_notes"]["not_compared"]) == {"endpoint 2", "endpoint 3"}
    assert {mask["pointer"] for mask in run.meta["masks"]} == {"/2", "/3"}
    assert {*map(str, run.samples["latency_s"])} == {"0.002", "0.003"}
    assert shared.calibration_s == {2: 0.002, 3: 0.003}


def test_a_round_without_the_calibration_request_says_nothing_of_it(tmp_path: Path) -> None:
    shared = shared_by(tmp_path / "run")
    measured._save(shared, 1, RoundRows(samples=[sample(0.1, "all_on")]), IgnoredFields())
    assert shared.calibration_s == {}
