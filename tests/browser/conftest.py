"""A real Chromium, found on the machine, driven by Playwright. It is never downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from perflab import report
from perflab.report.comparison import page as comparison_page
from perflab.report.comparison.comparison import Comparison
from perflab.report.runs import index
from tests.perflab import saved_run
from tests.perflab.report import page_of

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Each window would start two processes for the pop-ups below its address bar: a third of what a page takes here.
ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
)
ARTEFACTS = Path(__file__).resolve().parents[2] / "test-artefacts"


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skipped here and not in a fixture, all tests together are told of in one line."""
    if chromium() is None:
        advice = (
            "no Chromium on PATH: install one (Debian and Ubuntu: apt-get install chromium) to run the browser tests"
        )
        if os.environ.get("CI") == "true":
            pytest.fail(advice, pytrace=False)
        pytest.skip(advice)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole session: until Playwright stops, Django and Jupyter find an event loop running in this thread."""
    with sync_playwright() as playwright:
        # As root Chromium has no sandbox to go into; the page under test is our own.
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*sandbox, *ARGUMENTS])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reports folder: two complete runs, the newer one with its page, a failed one, and both complete ones side by side."""
    folder = tmp_path_factory.mktemp("project") / "reports"
    before = saved_run.save(folder, replace(saved_run.SMALL, seed=2), run_id="20261121-081500")
    report.write(before)
    run = saved_run.save(folder)
    page_of.write(run)
    saved_run.save(folder, run_id="20261122-081500", status="failed")
    (folder / "compare.html").write_text(comparison_page.page(Comparison.of(before, run)), encoding="utf-8")
    index.write(folder)
    return folder


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where screenshots are kept, to be looked at."""
    ARTEFACTS.mkdir(exist_ok=True)
    return ARTEFACTS


@pytest.fixture
def pages(reports: Path) -> dict[str, str]:
    page: Any = reports / "marketplace" / "20261123-101500" / "summary.html"
    others = {name: (reports / f"{name}.html").as_uri() for name in ("index", "compare")}
    return {"summary": page.as_uri(), **others}
