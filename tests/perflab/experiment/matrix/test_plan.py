"""Names of points, and that a matrix stays what it was begun as."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from perflab.errors import InputError
from perflab.experiment.matrix.plan import NAME, begin, point, revision_of
from tests.perflab.experiment.matrix import bed


def test_a_point_is_named_by_its_values() -> None:
    name = point((("traffic.zipf", 0.6), ("data.scale", 5)), "", ()).id
    assert name.startswith("zipf-0.6-scale-5-")
    assert name == point((("data.scale", 5), ("traffic.zipf", 0.6)), "x", ()).id.replace(
        "scale-5-zipf-0.6", "zipf-0.6-scale-5"
    )
    assert point((("a.b", 1),), "", ()).id != point((("a.b", True),), "", ()).id
    assert point((("a.b", 1),), "", ()).id != point((("a.b", 1),), "", (), "machine").id


@pytest.mark.parametrize(
    "value", ["../../etc/passwd", "\x1b[31m", "", "<script>", "a\nb", "x" * 500, "..", "'; rm -rf /", None, []]
)
def test_no_value_makes_a_dangerous_name(value: Any) -> None:
    assert NAME.fullmatch(point((("a.b", value),), "", ()).id)


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"digest": "e"}, "text of the scenario"),
        ({"revision": "abc"}, "revision of the project"),
        ({"profile": "nightly"}, "profile"),
        ({"parameters": ("seed=2",)}, "parameters"),
    ],
)
def test_a_matrix_does_not_mix_what_cannot_be_compared(tmp_path: Path, changes: dict[str, Any], title: str) -> None:
    plan = bed.plan_of(tmp_path, tmp_path)
    begin(plan, tmp_path / "m")
    begin(replace(plan, dimensions=(("a.b", (1, 2, 3)),)), tmp_path / "m")  # more values are more points
    with pytest.raises(InputError, match=f"begun with another {title}.*choose another --name"):
        begin(replace(plan, **changes), tmp_path / "m")


def test_points_without_a_plan_belong_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "m" / "points").mkdir(parents=True)
    (tmp_path / "m" / "plan.json").write_text('{"schema": 1, "na')  # torn
    with pytest.raises(InputError, match=r"no readable plan\.json"):
        begin(bed.plan_of(tmp_path, tmp_path), tmp_path / "m")


def test_what_is_not_committed_is_a_part_of_the_revision(tmp_path: Path) -> None:
    assert revision_of(tmp_path) is None

    def git(*words: str) -> None:
        given = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(tmp_path), *given, *words], check=True, capture_output=True)

    git("init")
    (tmp_path / "a.py").write_text("a = 1\n")
    git("add", ".")
    git("commit", "-m", "a")
    clean = revision_of(tmp_path)
    assert clean and len(clean) == 12
    (tmp_path / "a.py").write_text("a = 2\n")
    second = revision_of(tmp_path)
    (tmp_path / "a.py").write_text("a = 3\n")
    third = revision_of(tmp_path)
    assert len({clean, second, third}) == 3
    assert second and second.startswith(f"{clean}+")
