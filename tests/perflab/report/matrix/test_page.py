"""The page of a matrix, and matrix.json."""

from __future__ import annotations

import json
import re
from pathlib import Path

from perflab.report.matrix import page
from tests.perflab.report.matrix.grids import save

VERDICTS = {0.6: "supported", 1: "inconclusive", 1.4: "refuted", 2: "not measured", 3: "failed", 4: "missing"}


def test_each_cell_has_estimate_interval_verdict_and_link(tmp_path: Path) -> None:
    save(tmp_path, {"traffic.zipf": [*VERDICTS]}, lambda values: VERDICTS[values["traffic.zipf"]])
    text = page.write(tmp_path).read_text()
    assert text.count('<div class="heat ') == len(VERDICTS)
    assert re.findall(r'<div class="heat (\w+)">', text) == ["good", "open", "bad", "none", "none", "none"]
    assert '<a href="points/p0-alpha/summary.html" class="whole">70% less</a>' in text
    assert "60 to 80%" in text
    for words in (
        "✓",
        "✗",
        "the disk is full",
        "Not measured: the clock is unknown.",
        "From supported to refuted between",
    ):
        assert words in text
    assert "<script" not in text and "http" not in text.replace("http-equiv", "")
    assert text.count('role="rowheader"') == 1 + len(VERDICTS), "one row of the map, and the list of points"


def test_the_json_says_the_same(tmp_path: Path) -> None:
    save(tmp_path, {"traffic.zipf": [*VERDICTS]}, lambda values: VERDICTS[values["traffic.zipf"]])
    page.write(tmp_path)
    data = json.loads((tmp_path / "matrix.json").read_text())
    assert [point["state"] for point in data["points"]] == ["done"] * 4 + ["failed", "missing"]
    assert data["points"][3]["claims"][0]["estimate"] is None, "unknown is null"
    assert data["points"][0]["claims"][0] | {"verdict": "supported", "estimate": 0.7} == data["points"][0]["claims"][0]
    (claim,) = data["claims"]
    assert claim["sentence"].startswith("It holds for traffic.zipf = 0.6; it is refuted for traffic.zipf = 1.4;")
    assert claim["flips"] == ["From supported to refuted between traffic.zipf = 0.6 and 1.4; 1 is open."]


def test_three_dimensions_are_small_multiples(tmp_path: Path) -> None:
    over = {"a.x": [1, 2], "a.y": [1, 2, 3], "a.z": [1, 2]}
    save(tmp_path, over, lambda values: "supported")
    text = page.write(tmp_path).read_text()
    assert re.findall(r"<caption>It is fast: (a\.\w = \d)</caption>", text) == ["a.x = 1", "a.x = 2"]
    assert text.count('<div class="heat good">') == 12


def test_machines_have_a_map_each_where_both_ran_a_point(tmp_path: Path) -> None:
    for machine in ("alpha", "beta"):
        save(tmp_path, {"a.x": [1, 2]}, lambda values: "supported", machine)
    text = page.write(tmp_path).read_text()
    assert re.findall(r"<caption>It is fast: (machine \w+)</caption>", text) == ["machine alpha", "machine beta"]
    assert "Points on different machines differ by the machine, too" in text


def test_hostile_texts_are_text(tmp_path: Path) -> None:
    evil = '<script>alert(1)</script>"\x1b[31m\n'
    statement = f"Fast {evil}"
    save(tmp_path, {evil: [evil, "b", "c"]}, lambda values: "failed" if values[evil] == "b" else "supported", evil,
         statement=statement, reason=evil)  # fmt: skip
    text = page.write(tmp_path).read_text()
    assert "<script" not in text and "\x1b" not in text
    assert "&lt;script&gt;" in text


def test_a_matrix_without_claims_lists_its_points(tmp_path: Path) -> None:
    save(tmp_path, {"a.x": [1, 2]}, lambda values: "missing")
    text = page.write(tmp_path).read_text()
    assert "0 of 2 points done" in text and "No point has the result of a claim." in text
