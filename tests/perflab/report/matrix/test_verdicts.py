"""Sentences about a claim over all points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perflab.report.matrix.points import read
from perflab.report.matrix.verdicts import disagreements, flips, sentence
from tests.perflab.report.matrix.grids import Verdict, save

S, R, Q, N = "supported", "refuted", "inconclusive", "not measured"


def told(folder: Path, over: dict[str, list[Any]], verdict: Verdict) -> tuple[str, list[str]]:
    matrix = read(save(folder, over, verdict))
    return sentence(matrix, "fast"), flips(matrix, "fast")


def test_one_dimension(tmp_path: Path) -> None:
    verdicts = dict(zip((0.2, 0.6, 1, 1.2, 1.4), (S, S, Q, R, N), strict=True))
    text, changes = told(tmp_path, {"traffic.zipf": [*verdicts]}, lambda values: verdicts[values["traffic.zipf"]])
    assert text == (
        "It holds for traffic.zipf = 0.2 or 0.6; it is refuted for traffic.zipf = 1.2; it cannot be told for traffic.zipf = 1; "
        "it was not measured for traffic.zipf = 1.4."
    )
    assert changes == ["From supported to refuted between traffic.zipf = 0.6 and 1.2; 1 is open."]


def test_two_dimensions_are_told_by_what_limits_them(tmp_path: Path) -> None:
    over: dict[str, list[Any]] = {"zipf": [1, 2, 3], "data.scale": [1, 5]}
    text, changes = told(tmp_path / "a", over, lambda values: R if values["data.scale"] == 5 else S)
    assert text == "It holds for data.scale = 1; it is refuted for data.scale = 5."
    assert changes == [
        f"From supported to refuted between data.scale = 1 and 5 (at zipf = {zipf})." for zipf in (1, 2, 3)
    ]
    text, _ = told(tmp_path / "b", over, lambda values: R if values == {"zipf": 1, "data.scale": 5} else S)
    assert text.endswith("it is refuted for zipf = 1 with data.scale = 5.")
    text, _ = told(tmp_path / "c", over, lambda values: R if values["zipf"] * values["data.scale"] % 2 else S)
    assert text == ("It holds for zipf = 2; it is refuted for zipf = 1 or 3.")


def test_many_points_without_a_pattern_are_counted(tmp_path: Path) -> None:
    over: dict[str, list[Any]] = {"a.x": [0, 1, 2, 3], "a.y": [0, 1, 2, 3]}
    text, _ = told(tmp_path, over, lambda values: R if (values["a.x"] + values["a.y"]) % 2 else S)
    assert text == "It holds for 8 of 16 points; it is refuted for 8 of 16 points."
    text, _ = told(
        tmp_path / "few", over, lambda values: R if values in ({"a.x": 0, "a.y": 1}, {"a.x": 1, "a.y": 0}) else S
    )
    assert text.endswith("; it is refuted for (a.x = 0, a.y = 1) and (a.x = 1, a.y = 0).")


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (S, "It holds at every point."), (R, "It is refuted at every point."), (Q, "It cannot be told at any point."),
        (N, "It was not measured at any point."),
    ],
)  # fmt: skip
def test_what_is_the_same_everywhere(tmp_path: Path, verdict: str, text: str) -> None:
    assert told(tmp_path, {"a.b": [1, 2]}, lambda _: verdict) == (text, [])


def test_a_value_is_neither_true_nor_one(tmp_path: Path) -> None:
    text, _ = told(tmp_path, {"a.b": [1, True]}, lambda values: S if values["a.b"] is True else R)
    assert text == "It holds for a.b = true; it is refuted for a.b = 1."


def test_machines_that_disagree_are_named(tmp_path: Path) -> None:
    save(tmp_path, {"a.b": [1, 2, 3]}, lambda values: S, "alpha")
    save(tmp_path, {"a.b": [1, 2, 3]}, lambda values: {1: S, 2: R, 3: Q}[values["a.b"]], "beta")
    matrix = read(tmp_path)
    assert disagreements(matrix, "fast") == ["a.b = 2: the machines disagree (alpha: supported and beta: refuted)."]
    assert flips(matrix, "fast") == ["From supported to refuted between a.b = 1 and 2 (at machine beta)."]
    assert "it is refuted for a.b = 2 on beta; it cannot be told for a.b = 3 on beta." in sentence(matrix, "fast")
