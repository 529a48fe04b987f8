"""A matrix as it is read from disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from perflab.errors import StoreError
from perflab.report.matrix.points import key_of, place, read
from tests.perflab.report.matrix.grids import save


def test_points_come_in_the_order_of_the_values(tmp_path: Path) -> None:
    verdicts = {1: "supported", 5: "failed", 2: "missing"}
    matrix = read(save(tmp_path, {"data.scale": [1, 5, 2]}, lambda values: verdicts[values["data.scale"]]))
    assert [(place(point.values), point.state) for point in matrix.points] == [
        ("data.scale = 1", "done"), ("data.scale = 5", "failed"), ("data.scale = 2", "missing"),
    ]  # fmt: skip
    done, failed, _ = matrix.points
    assert (done.page, done.claims["fast"].estimate) == ("points/p0-alpha/summary.html", 0.7)
    assert failed.reason == "the disk is full"
    assert (matrix.machines, matrix.is_replicated) == (("alpha",), False)


def test_runs_of_several_machines_stand_side_by_side(tmp_path: Path) -> None:
    for machine in ("beta", "alpha"):
        save(tmp_path, {"a.b": [1, 2]}, lambda values: "supported", machine)
    matrix = read(tmp_path)
    assert [point.machine for point in matrix.points] == ["alpha", "beta"] * 2
    assert matrix.is_replicated


def test_values_of_other_types_are_other_values() -> None:
    assert len({key_of((("a", value),)) for value in (1, True, "1", None, [1])}) == 5


def test_a_torn_file_is_a_missing_point(tmp_path: Path) -> None:
    save(tmp_path, {"a.b": [1, 2]}, lambda values: "supported")
    (tmp_path / "points" / "p0-alpha" / "point.json").write_text('{"id": "p0')
    (tmp_path / "points" / "p1-alpha" / "summary.json").write_text('{"claims": [{"id": 3}]}')
    (tmp_path / "points" / ".p2").mkdir()
    (tmp_path / "points" / ".p2" / "point.json").write_text((tmp_path / "points/p1-alpha/point.json").read_text())
    assert [point.state for point in read(tmp_path).points] == ["missing", "missing"]


def test_a_folder_without_a_matrix_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no matrix"):
        read(tmp_path)
