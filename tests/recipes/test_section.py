"""The recipe for a section of the page: the requests that failed, in a file, a line and a cell."""

from __future__ import annotations

import shutil

import pytest

from tests.recipes.tree import NOTEBOOK, PROJECT, Line, Recipe, Tree, check_size, performed

FAILURES = '''"""The requests that failed, by endpoint."""

from __future__ import annotations

from perflab.report.html import Column, Section, section, table
from perflab.report.lookup import Summary
from perflab.run.store import Run

ID = "failures"
HEADING = "Failed requests"
COLUMNS = [Column("Endpoint"), Column("Cell"), Column("Error"), Column("n", True)]


def build(summary: Summary, run: Run) -> Section | None:
    """Return the errors of the run, most frequent first; None where no request failed."""
    failed = run.samples[run.samples["error"].notna()]
    if failed.empty:
        return None
    counts = failed.groupby(["endpoint", "cell", "error"]).size().sort_values(ascending=False)
    rows = [[*map(str, names), f"{n:,}"] for names, n in counts.items()]
    return section(ID, HEADING, table("Requests that failed", COLUMNS, rows))
'''
RECIPE = Recipe(
    "Add a section",
    "app/perflab/report/sections/failures.py",
    FAILURES,
    {"app/perflab/report/sections/__init__.py": Line('    "failures",\n', above='    "caching",\n')},
    cell='page["failures"]',
    cell_above='page["caching"]',
)
# Runs in the copy: the page of a run with failures, and of one without.
PAGES = """
import json
from pathlib import Path
from perflab import report
from tests.perflab import saved_run
from tests.perflab.synthetic import make_samples

def page_of(name, errors):
    samples = make_samples(saved_run.SMALL)
    samples["error"] = samples["error"].astype(object).where(samples["step"] >= errors, "500 broken")
    page = report.page(saved_run.save(Path(name), samples=samples))
    return [page[part]._repr_html_() for part in ("contents", "failures")]
print(json.dumps({"bad": page_of("bad", 40), "good": page_of("good", 0)}))
"""
# Runs in the copy: the test that holds the notebook against the list of sections, and whether it passes.
HELD_AGAINST_THE_LIST = """
import json, sys
from pathlib import Path
from tests.perflab.report.sections import test_init

test_init.NOTEBOOK = Path(sys.argv[1])
try:
    test_init.test_the_notebook_shows_every_part_of_the_page_in_its_order()
except AssertionError:
    print(json.dumps(False))
else:
    print(json.dumps(True))
"""


@pytest.fixture(scope="module")
def with_failures(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return performed(RECIPE, tmp_path_factory.mktemp("section"))


def test_a_section_takes_one_file_one_line_and_one_cell(with_failures: Tree) -> None:
    check_size(RECIPE, with_failures)


def test_it_stands_on_the_page_where_it_applies(with_failures: Tree) -> None:
    pages = with_failures.printed(PAGES)
    contents, section = pages["bad"]
    assert '<a href="#failures">Failed requests</a>' in contents
    assert 'id="failures"' in section and "500 broken" in section
    contents, section = pages["good"]
    assert "failures" not in contents and section == ""


def test_who_forgets_the_cell_of_the_notebook_is_told(with_failures: Tree) -> None:
    forgotten = with_failures.folder / "forgotten.ipynb"
    shutil.copy(PROJECT / NOTEBOOK, forgotten)
    assert with_failures.printed(HELD_AGAINST_THE_LIST, NOTEBOOK) is True
    assert with_failures.printed(HELD_AGAINST_THE_LIST, forgotten.name) is False
