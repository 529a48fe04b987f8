"""The hash changes with what a run is judged by, and with nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from perflab.run.preregistration import scenario_hash
from tests.perflab.synthetic import scenario


@pytest.mark.parametrize(
    "change",
    [{"margin": 0.05}, {"claims": []}, {"traffic": {"endpoints": []}}, {"factors": []}, {"precision": {"within": 1}}],
)
def test_moved_goalposts_show(change: dict[str, Any]) -> None:
    assert scenario_hash(scenario()) != scenario_hash(scenario(**change))


def test_what_decides_nothing_changes_nothing() -> None:
    assert scenario_hash(scenario()) == scenario_hash(scenario(title="Another title"))
    assert len(scenario_hash({})) == 64
