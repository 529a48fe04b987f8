"""The page and the list of runs, as people see them: at every size, light and dark, on paper, without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

SIZES = {"phone": (390, 844), "laptop": (1280, 800), "wall": (2560, 1440)}

pytestmark = pytest.mark.browser

# What axe-core would tell of: contrast of every text against what is painted behind it, by WCAG's formula.
CONTRAST = """() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
  const low = [];
  for (const e of document.querySelectorAll('main *')) {
    if (e.closest('svg') || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const style = getComputedStyle(e);
    const [a, b] = [luminance(parse(style.color)), luminance(behind(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) low.push(e.className + ': ' + e.textContent.trim().slice(0, 40));
  }
  return low;
}"""


@contextmanager
def opened(
    browser: Browser, url: str, size: str = "laptop", scheme: Literal["light", "dark"] = "light"
) -> Iterator[tuple[Page, list[str], list[str]]]:
    """A page with its console messages and the requests that it made."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    messages: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(url)
    try:
        yield page, messages, requests
    finally:
        context.close()


@pytest.mark.parametrize("name", ["summary", "index", "compare"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_a_page_is_silent_alone_and_no_wider_than_its_window(
    browser: Browser,
    pages: dict[str, str],
    name: str,
    size: str,
    scheme: Literal["light", "dark"],
    artefacts: Path,
) -> None:
    with opened(browser, pages[name], size, scheme) as (page, messages, requests):
        page.screenshot(path=artefacts / f"{name}-{size}-{scheme}.png", full_page=True)
        assert messages == []
        assert [url for url in requests if not url.startswith("data:")] == [pages[name]]
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["summary", "index", "compare"])
def test_every_text_can_be_read(
    browser: Browser, pages: dict[str, str], name: str, scheme: Literal["light", "dark"]
) -> None:
    with opened(browser, pages[name], scheme=scheme) as (page, _, _):
        assert page.evaluate(CONTRAST) == []


def test_the_verdict_and_the_first_claim_are_seen_without_scrolling(
    browser: Browser, pages: dict[str, str]
) -> None:
    with opened(browser, pages["summary"]) as (page, _, _):
        box: Any = page.locator(".verdict").bounding_box()
        assert box["y"] + box["height"] < 400
        assert page.locator("#claims").count() == 1


def test_a_screen_reader_finds_its_way(browser: Browser, pages: dict[str, str]) -> None:
    with opened(browser, pages["summary"]) as (page, _, _):
        assert page.locator("main").count() == 1
        assert page.get_by_role("heading", level=1).count() == 1
        figures = page.locator("svg")
        assert figures.count() == page.get_by_role("img").count() > 0
        for i in range(figures.count()):
            assert figures.nth(i).locator("desc").first.text_content()
        for i in range(page.get_by_role("table").count()):
            assert page.get_by_role("table").nth(i).locator("caption").text_content()
        regions = [region.get_attribute("aria-labelledby") for region in page.locator("section").all()]
        assert regions.count(None) == 0


@pytest.mark.parametrize("size", ["phone", "laptop"])
def test_tables_stay_tables_where_they_are_shown_as_cards(
    browser: Browser, pages: dict[str, str], size: str
) -> None:
    with opened(browser, pages["summary"], size) as (page, _, _):
        claims = page.get_by_role("table", name="What was claimed, and what this run found")
        assert claims.get_by_role("row").count() > 5
        assert claims.get_by_role("rowheader").first.text_content()


def test_the_keyboard_reaches_the_report_and_every_wide_table(
    browser: Browser, pages: dict[str, str]
) -> None:
    with opened(browser, pages["summary"]) as (page, _, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('role')") in ("region", None)
        assert page.evaluate("[...document.querySelectorAll('.scroll')].every(e => e.tabIndex === 0)")


def test_it_prints_without_cutting_a_figure(browser: Browser, pages: dict[str, str], artefacts: Path) -> None:
    with opened(browser, pages["summary"]) as (page, messages, _):
        page.pdf(path=artefacts / "summary.pdf", format="A4")
        page.emulate_media(media="print")
        assert page.evaluate(
            "[...document.querySelectorAll('.scroll, .drawing')].every(e => getComputedStyle(e).overflowX === 'visible')"
        )
        assert messages == []


def test_a_run_opens_from_the_list(browser: Browser, pages: dict[str, str]) -> None:
    with opened(browser, pages["index"]) as (page, _, _):
        page.get_by_role("link", name="20261123-101500").click()
        assert page.title() == "Did Phase 2 pay off?"
