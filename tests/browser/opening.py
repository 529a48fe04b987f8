"""Opening a page, and noticing whatever it does besides showing itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page

PATIENCE_MS = 120_000  # a machine may be busy
SIZES = {"phone": (390, 844), "laptop": (1280, 800), "wall": (2560, 1440)}


@dataclass
class Seen:
    """A page that is open, with its console messages, its dialogs and the addresses that it asked for."""

    page: Page
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

        def dismiss(dialog: Any) -> None:
            self.messages.append(dialog.message)
            dialog.dismiss()

        self.page.on("dialog", dismiss)

    def photograph(self, file: Path) -> None:
        """Keep the whole page as a picture, for people: on a busy machine Chromium sometimes cannot take one as tall as that."""
        try:
            self.page.screenshot(path=file, full_page=True)
        except Error:
            self.page.screenshot(path=file, full_page=True)


@contextmanager
def opened(browser: Browser, url: str, size: str = "laptop", scheme: str = "light", **more: Any) -> Iterator[Seen]:
    """A page in a context of its own; `more` goes to Browser.new_context."""
    width, height = SIZES[size]
    options: dict[str, Any] = {"viewport": {"width": width, "height": height}, "color_scheme": scheme, **more}
    context = browser.new_context(**options)
    seen = Seen(context.new_page())
    seen.listen()
    seen.page.set_default_timeout(PATIENCE_MS)
    seen.page.goto(url)
    try:
        yield seen
    finally:
        context.close()
