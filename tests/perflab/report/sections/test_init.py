"""The list of the page's sections, and all that has to agree with it."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

import nbformat
import pytest

from perflab.report import figures, sections
from perflab.report.page import CONTENTS, FIRST_PAGE, Page

NOTEBOOK = Path(__file__).resolve().parents[4] / "notebooks" / "4_executive_summary.ipynb"
FOLDER = Path(inspect.getfile(sections)).parent


def cells() -> list[str]:
    """What the notebook shows, a name for each of its cells."""
    matches = (re.fullmatch(r'page\["(\w+)"\]', cell.source) for cell in nbformat.read(NOTEBOOK, as_version=4).cells)
    return [match[1] for match in matches if match]


def test_the_notebook_shows_every_part_of_the_page_in_its_order() -> None:
    """A section without a cell is missing from the page, though the list of contents has a link to it."""
    assert cells() == [*FIRST_PAGE, CONTENTS, *sections.NAMES] == list(Page.names())


@pytest.mark.parametrize("name", sections.NAMES)
def test_a_sections_module_has_its_own_name_a_heading_and_a_builder(name: str) -> None:
    module = import_module(f"{sections.__name__}.{name}")
    assert name == module.ID and module.HEADING
    assert list(inspect.signature(module.build).parameters) == ["summary", "run"]


def test_every_module_that_builds_a_section_is_listed() -> None:
    builders = {
        path.stem
        for path in FOLDER.glob("*.py")
        if re.search(r"^ID = ", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert builders == set(sections.NAMES)


def test_every_figure_belongs_to_a_section() -> None:
    assert {figure.section for figure in figures.ALL.values()} <= set(sections.NAMES)
