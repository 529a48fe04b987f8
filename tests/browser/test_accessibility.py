"""WCAG 2.2 AA: axe finds nothing, a screen reader finds its way, and the keyboard reaches everything."""

from __future__ import annotations

import itertools

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.opening import opened

NAMES = ("summary", "index", "compare")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
# All that may take the focus, in the order of the page.
FOCUSABLE = "a[href], summary, [tabindex='0']"
FOCUSED = "document.activeElement.outerHTML.slice(0, 200)"
MORE_STOPS = 20  # a browser may stop at whatever scrolls

pytestmark = pytest.mark.browser


def violations(page: Page) -> list[str]:
    """What axe finds, a line for each place: which rule, where, and what to do."""
    options = {"runOnly": {"type": "tag", "values": list(TAGS)}, "resultTypes": ["violations"]}
    violations_found = Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {' '.join(node['failureSummary'].split())}"
        for rule in violations_found
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "laptop"])
def test_axe_finds_nothing(browser: Browser, pages: dict[str, str], name: str, size: str, scheme: str) -> None:
    # The page's policy forbids every script, axe too: here, and here alone, it does not count.
    with opened(browser, pages[name], size, scheme, bypass_csp=True) as seen:
        seen.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        assert violations(seen.page) == []


def test_axe_would_find_something(browser: Browser) -> None:
    with opened(browser, "about:blank", bypass_csp=True) as seen:
        seen.page.set_content("<html><body><img src='data:,'><p style='color: #ccc'>pale</p></body></html>")
        rules = {line.split(":")[0] for line in violations(seen.page)}
    assert {"image-alt", "color-contrast", "html-has-lang", "landmark-one-main"} <= rules


@pytest.mark.parametrize("name", NAMES)
def test_a_screen_reader_finds_its_way(browser: Browser, pages: dict[str, str], name: str) -> None:
    with opened(browser, pages[name]) as seen:
        page = seen.page
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.get_by_role("main").count() == 1
        assert page.get_by_role("heading", level=1).count() == 1
        levels = [
            int(tag[1])
            for tag in page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(e => e.tagName)")
        ]
        assert levels[0] == 1 and all(after - before <= 1 for before, after in itertools.pairwise(levels))
        assert page.locator("svg").count() == page.locator("svg[role=img]").count()
        for region in page.locator("section, nav").all():
            assert page.locator(f"[id='{region.get_attribute('aria-labelledby')}']").inner_text()
        for table in page.locator("table").all():
            assert table.locator("caption").text_content()
            assert table.locator("th:not([scope])").count() == 0
            assert table.locator("th[scope=col]").count() > 1


def test_the_summary_has_its_contents_and_describes_its_figures(browser: Browser, pages: dict[str, str]) -> None:
    with opened(browser, pages["summary"]) as seen:
        links = seen.page.get_by_role("navigation", name="Contents").get_by_role("link")
        assert links.count() > 8
        links.last.click()
        assert seen.page.locator(":target").inner_text() == links.last.inner_text()
        for figure in seen.page.locator("figure svg").all():
            assert figure.locator("title").first.text_content() and figure.locator("desc").first.text_content()


@pytest.mark.parametrize("name", NAMES)
def test_the_keyboard_skips_to_the_content_and_reaches_everything_in_order(
    browser: Browser, pages: dict[str, str], name: str
) -> None:
    with opened(browser, pages[name]) as seen:
        page = seen.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        box = page.locator(".skip").bounding_box()
        assert box is not None and box["x"] >= 0, "it can be seen"
        page.keyboard.press("Enter")
        page.wait_for_url("**#main")
        expected = f"[...document.querySelectorAll(`main :is({FOCUSABLE})`)].filter(e => e.checkVisibility())"
        page.evaluate(f"window.expected = {expected}")
        page.evaluate("window.reached = new Set()")
        left = "window.expected.filter(e => !window.reached.has(e)).map(e => e.outerHTML.slice(0, 120))"
        for _ in range(page.evaluate("window.expected.length") + MORE_STOPS):
            page.keyboard.press("Tab")
            page.evaluate("window.reached.add(document.activeElement)")
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", page.evaluate(
                FOCUSED
            )
            if not page.evaluate(left):
                break
        assert page.evaluate(left) == []
        assert page.evaluate("[...window.reached].every(e => document.querySelector('main').contains(e))"), (
            "no trap, no way out"
        )
