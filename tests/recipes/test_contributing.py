"""CONTRIBUTING.md: each recipe is performed by a test here, takes the files that it says, and names them."""

from __future__ import annotations

import re

import pytest

from tests.recipes import test_claim_metric, test_factor_kind, test_figure, test_probe, test_section
from tests.recipes.tree import PROJECT, Recipe

RECIPES = [module.RECIPE for module in (test_factor_kind, test_probe, test_claim_metric, test_figure, test_section)]
TEXT = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
# heading -> (the count it states, the recipe's text)
STATED = {
    match[1]: (int(match[2]), match[3])
    for match in re.finditer(r"^### ([^\n]+) \((\d+) files?\)\n(.*?)(?=^##)", TEXT, re.MULTILINE | re.DOTALL)
}


def test_every_recipe_with_a_count_is_performed() -> None:
    assert list(STATED) == [recipe.heading for recipe in RECIPES]
    assert len(re.findall(r"^### ", TEXT, re.MULTILINE)) == len(STATED), "a recipe states its count"


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.heading)
def test_a_recipe_states_how_many_files_it_takes_and_names_each(recipe: Recipe) -> None:
    count, text = STATED[recipe.heading]
    steps = re.findall(r"^\d\. `([^`]+)`", text, re.MULTILINE)
    assert count == len(recipe.files) == len(steps)
    # `<name>.py` stands for the new file.
    named = {re.sub(r"<\w+>\.py$", recipe.file.rpartition("/")[2], step) for step in steps}
    assert named == set(recipe.files)
