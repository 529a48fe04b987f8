"""docs/scenario.md: every key of the file is in it."""

from __future__ import annotations

from pathlib import Path

from perflab.scenario.models import Scenario
from perflab.scenario.output import handbook

PAGE = Path(__file__).parents[4] / "docs" / "scenario.md"


def test_the_page_is_what_the_models_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == handbook.text(), "run `python -m perflab.scenario.output.handbook`"


def test_every_part_and_key_is_explained(tmp_path: Path) -> None:
    assert handbook.main([str(tmp_path / "page.md")]) == 0
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    schema = Scenario.model_json_schema(by_alias=True)
    assert {name for name, _ in handbook.PARTS} == {"Scenario", *schema["$defs"]}
    for part in (schema, *schema["$defs"].values()):
        for name, facts in part["properties"].items():
            assert f"`{name}`" in page
            assert facts.get("description", "").replace("|", "\\|") in page


def test_limits_and_choices_are_reported() -> None:
    page = handbook.text()
    assert "| **`block`** | a whole number, at least 20 |" in page
    assert "| `writes` | true or false |  | Whether the endpoint writes. Default: true for every method except" in page
    assert "`at_least`, `at_most`, `equals`" in page
    assert "| `endpoints`" not in page and "| **`endpoints`** | a list, see “traffic.endpoints” |" in page
