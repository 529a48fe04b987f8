"""On paper: nothing is cut, nothing runs off the page, every page says which one it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.opening import opened

NAMES = ("summary", "index", "compare")
# In CSS pixels: the sheet, and what the margins of page.css (14 mm above, 16 mm below, 13 mm beside) leave of its height.
SHEETS = {"A4": (794, 1009), "Letter": (816, 943)}
BESIDE = 49
# Chromium shrinks a document until its widest table fits; by more than this the small type is too small.
MAX_SHRINKAGE = 0.15

pytestmark = pytest.mark.browser


def on_paper(page: Page, sheet: str) -> None:
    width, height = SHEETS[sheet]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(media="print")
    page.evaluate(f"document.body.style.margin = '0 {BESIDE}px'")  # media queries see the whole sheet


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sheet", SHEETS)
def test_all_fits_on_the_sheet_and_nothing_is_hidden(
    browser: Browser, pages: dict[str, str], name: str, sheet: str, artefacts: Path
) -> None:
    with opened(browser, pages[name]) as seen:
        on_paper(seen.page, sheet)
        seen.photograph(artefacts / f"{name}-{sheet}.png")
        right = (
            "Math.max(...[...document.querySelectorAll('main :not(svg *)')].map(e => e.getBoundingClientRect().right))"
        )
        assert (seen.page.evaluate(right) - BESIDE) / (SHEETS[sheet][0] - 2 * BESIDE) < 1 + MAX_SHRINKAGE
        cut = "[...document.querySelectorAll('.scroll, .drawing')].filter(e => getComputedStyle(e).overflowX !== 'visible')"
        assert seen.page.evaluate(f"{cut}.length") == 0
        assert not seen.page.locator(".skip").is_visible()
        assert seen.messages == []


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_verdict_the_actions_and_the_limitations_fit_on_the_first_sheet(
    browser: Browser, pages: dict[str, str], sheet: str
) -> None:
    with opened(browser, pages["summary"]) as seen:
        on_paper(seen.page, sheet)
        box = "document.querySelector('.box').getBoundingClientRect()"
        assert seen.page.evaluate(f"{box}.bottom") <= SHEETS[sheet][1]


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_figure_a_row_and_a_card_stay_whole(browser: Browser, pages: dict[str, str], sheet: str) -> None:
    with opened(browser, pages["summary"]) as seen:
        on_paper(seen.page, sheet)
        parts = "[...document.querySelectorAll('figure, tr, .cards li, .box')]"
        assert seen.page.evaluate(f"{parts}.length") > 20
        assert seen.page.evaluate(f"{parts}.every(e => getComputedStyle(e).breakInside === 'avoid')")
        tall = f"{parts}.filter(e => e.getBoundingClientRect().height > {SHEETS[sheet][1]})"
        assert seen.page.evaluate(f"{tall}.map(e => e.id || e.outerHTML.slice(0, 120))") == [], (
            "no sheet has room for it"
        )
        heads = "[...document.querySelectorAll('thead')].map(e => getComputedStyle(e).display)"
        assert set(seen.page.evaluate(heads)) == {"table-header-group"}, "a table that goes on has its headings again"


@pytest.mark.parametrize("name", NAMES)
def test_paper_is_white_also_for_who_reads_in_the_dark(browser: Browser, pages: dict[str, str], name: str) -> None:
    with opened(browser, pages[name], scheme="dark") as seen:
        on_paper(seen.page, "A4")
        assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert seen.page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sheet", SHEETS)
def test_a_pdf_has_a_title_a_language_and_a_structure(
    browser: Browser, pages: dict[str, str], name: str, sheet: str, artefacts: Path
) -> None:
    with opened(browser, pages[name]) as seen:
        written = seen.page.pdf(path=artefacts / f"{name}-{sheet}.pdf", format=sheet, tagged=True, outline=True)
        assert seen.messages == []
    assert written.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in written and b"/Lang (en)" in written and b"/Title" in written
    assert 1 <= len(re.findall(rb"/Type /Page\b(?!s)", written)) <= 40


@pytest.mark.parametrize("name", NAMES)
def test_every_sheet_has_its_number_and_all_but_the_first_the_title(
    browser: Browser, pages: dict[str, str], name: str
) -> None:
    with opened(browser, pages[name]) as seen:
        rules = "[...document.styleSheets].flatMap(s => [...s.cssRules]).flatMap(r => [r, ...(r.cssRules || [])])"
        sheets = f"{rules}.filter(r => r instanceof CSSPageRule)"
        margins = f"{sheets}.flatMap(s => [...s.cssRules].map(m => s.selectorText + m.cssText))"
        text = " ".join(seen.page.evaluate(margins))
        title = seen.page.title()
    assert "counter(page)" in text and "@bottom-right" in text
    assert f'@top-left {{ content: "{title}"' in text
    assert ":first@top-left { content: none; }" in text
