"""A browser: Chromium, as the machine has it, or as Playwright brings it (`playwright install chromium`)."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser, and end it. No event loop can run on the thread meanwhile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        yield browser
        browser.close()


class Tab:
    """A page in a window of its own; what its scripts fail at, and whom it asks, is written down."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.page: Page = browser.new_context(base_url=address).new_page()
        self.page.set_default_timeout(20_000)
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.append(said.text) if "Policy" in said.text else None)
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, url: str) -> None:
        self.page.goto("about:blank")  # or a link with the same page in it would only move the `#`
        self.page.goto(url)

    def fill(self, **values: str) -> None:
        """Fill in the form that is shown, and send it off with the key Enter."""
        for name, value in values.items():
            self.page.fill(f"form:visible [name={name}]", value)
        self.page.locator("form:visible button").first.press("Enter")

    def sign_in(self, email: str, password: str) -> None:
        self.open("/console/login")
        self.fill(email=email, password=password)
        self.arrives("/console")
        self.sees(email)

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).and_(self.page.locator(":visible")).first.wait_for()

    def arrives(self, path: str) -> None:
        self.page.wait_for_url(lambda url: url.partition("://")[2].partition("/")[2] == path.lstrip("/"))

    def refusal(self) -> str:
        """Wait for the words of a refusal."""
        shown = self.page.locator(".refusal:visible")
        shown.wait_for()
        return shown.inner_text()
