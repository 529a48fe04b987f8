"""One cell's turn: the digests to compare, and the rows that it yields."""

from __future__ import annotations

from collections.abc import Sequence

from perflab.experiment.replay.turns import Conditions, Turn
from perflab.experiment.responses import CellDigest
from perflab.run.cells import REFERENCE, Cell
from perflab.run.tables import SAMPLES, Sample
from tests.perflab.steps import step_of

ON = Cell("fast", "treatment", {"fast": True, "lean": False})
CALIBRATION = Cell(REFERENCE, "reference", {})
CONDITIONS = Conditions(3, [ON], ["fast", "lean"], {}, "seed", began_s=100.0)


def turn(cell: Cell, *digests: str | None) -> Turn:
    steps = [step_of("/", number, endpoint="read", user=7, block=2) for number in range(len(digests))]
    samples: Sequence[Sample] = [
        Sample(step.step, 101.5, 200, latency_s=0.25, response_digest=digest)
        for step, digest in zip(steps, digests, strict=True)
    ]
    return Turn(cell, 4, "all_off", steps, samples)


def test_a_response_that_failed_and_the_calibration_request_are_not_compared() -> None:
    assert list(turn(ON, "a", None, "b").digests()) == [
        CellDigest(0, "fast", "read", "a"),
        CellDigest(2, "fast", "read", "b"),
    ]
    assert list(turn(CALIBRATION, "a").digests()) == []


def test_a_row_has_every_column_of_the_samples_and_time_since_the_start() -> None:
    (row,) = turn(ON, "a").rows(CONDITIONS, {})
    assert set(row) == set(SAMPLES.with_factors(["fast", "lean"]).names)
    assert (row["fast"], row["lean"]) == ("on", "off")
    assert (row["started_s"], row["latency_s"]) == (1.5, 0.25)
    assert (row["round"], row["block"], row["position"], row["predecessor"]) == (3, 2, 4, "all_off")
    assert (row["cell"], row["role"], row["phase"], row["user"]) == ("fast", "treatment", "measured", "7")


def test_the_calibration_request_has_no_levels() -> None:
    (row,) = turn(CALIBRATION, "a").rows(CONDITIONS, {})
    assert (row["fast"], row["lean"]) == (None, None)


def test_the_final_digest_replaces_that_of_the_worker_without_changing_the_sample() -> None:
    made = turn(ON, "a", "b")
    rows = list(made.rows(CONDITIONS, {(1, "fast"): "final", (0, "all_off"): "of another cell"}))
    assert [row["response_digest"] for row in rows] == ["a", "final"]
    assert [sample.response_digest for sample in made.samples] == ["a", "b"]
