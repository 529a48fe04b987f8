"""The page, the list of runs and two runs side by side, as people see them: at every size, light and dark, without JavaScript."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.opening import SIZES, opened
from tests.perflab.report import page_of
from tests.perflab.report.test_hostile import save as save_hostile

NAMES = ("summary", "index", "compare")
NARROWEST = 320  # CSS pixels: a window of 1280 at 400%, which WCAG 1.4.10 asks for

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_a_page_is_silent_alone_and_no_wider_than_its_window(
    browser: Browser, pages: dict[str, str], name: str, size: str, scheme: str, artefacts: Path
) -> None:
    with opened(browser, pages[name], size, scheme) as seen:
        seen.photograph(artefacts / f"{name}-{size}-{scheme}.png")
        assert seen.messages == []
        assert [url for url in seen.requests if not url.startswith("data:")] == [pages[name]]
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_reflows_in_the_narrowest_window(browser: Browser, pages: dict[str, str], name: str) -> None:
    with opened(browser, pages[name], viewport={"width": NARROWEST, "height": 700}) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= NARROWEST


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_the_same_without_javascript(browser: Browser, pages: dict[str, str], name: str) -> None:
    with opened(browser, pages[name]) as seen, opened(browser, pages[name], java_script_enabled=False) as without:
        assert without.page.locator("main").inner_text() == seen.page.locator("main").inner_text()
        assert without.page.screenshot() == seen.page.screenshot()


def test_a_scenario_full_of_markup_is_harmless_even_where_scripts_are_allowed(browser: Browser, tmp_path: Path) -> None:
    page = page_of.write(save_hostile(tmp_path, "20261123-101500"), charts=False)
    with opened(browser, page.as_uri(), bypass_csp=True) as seen:
        assert "<script>alert(1)</script>" in seen.page.locator("h1").inner_text()
        assert seen.page.locator("script, main img, iframe").count() == 0
        assert seen.messages == []
        assert [url for url in seen.requests if not url.startswith("data:")] == [page.as_uri()]


# The widest that an interval becomes: one end in percent, the other in times.
WIDE = "[...document.querySelectorAll('.cards li > .reason')].forEach(e => e.textContent = '71% less to 3.4 times as much')"
TOO_WIDE = (
    "[...document.querySelectorAll('.cards li')].filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"
)


@pytest.mark.parametrize("width", [SIZES["laptop"][0], NARROWEST])
def test_a_card_holds_the_widest_interval(browser: Browser, pages: dict[str, str], width: int) -> None:
    with opened(browser, pages["summary"], viewport={"width": width, "height": 700}) as seen:
        assert seen.page.locator(".cards li > .reason").count() >= 3
        seen.page.evaluate(WIDE)
        assert seen.page.evaluate(TOO_WIDE) == []


def test_the_verdict_and_the_first_claim_are_seen_without_scrolling(browser: Browser, pages: dict[str, str]) -> None:
    with opened(browser, pages["summary"]) as seen:
        box: Any = seen.page.locator(".verdict").bounding_box()
        assert box["y"] + box["height"] < 400
        assert seen.page.locator("#claims").count() == 1


@pytest.mark.parametrize("size", ["phone", "laptop"])
def test_tables_stay_tables_where_they_are_shown_as_cards(browser: Browser, pages: dict[str, str], size: str) -> None:
    with opened(browser, pages["summary"], size) as seen:
        claims = seen.page.get_by_role("table", name="Claims and measurements")
        assert claims.get_by_role("row").count() > 5
        assert claims.get_by_role("rowheader").first.text_content()


def test_a_run_opens_from_the_list(browser: Browser, pages: dict[str, str]) -> None:
    with opened(browser, pages["index"]) as seen:
        seen.page.get_by_role("link", name="20261123-101500").click()
        assert seen.page.title() == "Did Phase 2 pay off?"


def test_the_list_shows_how_service_time_went(browser: Browser, pages: dict[str, str]) -> None:
    with opened(browser, pages["index"]) as seen:
        line: Any = seen.page.get_by_role("img", name="marketplace, profile smoke: in 2 runs from").bounding_box()
        assert line["width"] > 200 and line["height"] > 20
