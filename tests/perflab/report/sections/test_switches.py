"""What each switch does, and what it costs where it costs."""

from __future__ import annotations

from typing import Any

from perflab.report.sections.switches import switches
from perflab.run.store import Run


def test_the_gain_is_a_product_of_its_parts(run: Run, summary: dict[str, Any]) -> None:
    whole = next(line for line in str(switches(summary, run).text).splitlines() if "faster = " in line)
    assert "× faster = queries × " in whole and " · " in whole
    assert "Taking only queries away today: " in whole


def test_every_switch_has_its_row_with_writes_and_misses(run: Run, summary: dict[str, Any]) -> None:
    text = str(switches(summary, run).text)
    for factor in run.factors:
        line = next(line for line in text.splitlines() if line.startswith(f"{factor}: alone "))
        assert "last on writes" in line and "last on misses" in line


def test_without_every_cell_there_is_no_product(run: Run, summary: dict[str, Any]) -> None:
    text = str(switches({**summary, "attribution": []}, run).text)
    assert "faster =" not in text
    assert "share –" in text
