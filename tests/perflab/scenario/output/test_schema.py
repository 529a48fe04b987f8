"""scenarios/schema.json, and the scenarios that name it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perflab.run.metrics import CLAIM_METRICS
from perflab.scenario.output import schema

SCENARIOS = Path(__file__).parents[4] / "scenarios"


def test_the_file_is_what_the_models_say() -> None:
    assert (SCENARIOS / "schema.json").read_text(encoding="utf-8") == schema.text(), (
        "run `python -m perflab.scenario.output.schema`"
    )


def test_it_writes_where_it_should(tmp_path: Path) -> None:
    assert schema.main([str(tmp_path / "schema.json")]) == 0
    written = json.loads((tmp_path / "schema.json").read_text(encoding="utf-8"))
    assert written["additionalProperties"] is False
    assert "as" in written["$defs"]["Endpoint"]["properties"]
    assert written["$defs"]["Claim"]["properties"]["metric"]["enum"] == list(CLAIM_METRICS)


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.name)
def test_every_scenario_names_it(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n")
