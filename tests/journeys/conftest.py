"""A browser at the cloud: a test module that wants a `tab` says by its fixture `cloud` at which."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from browser import Tab, chromium
from letterbox import Cloud


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def tab(browser: Browser, cloud: Cloud) -> Iterator[Tab]:
    tab = Tab(browser, cloud.public_url)
    yield tab
    assert tab.errors == []
    tab.page.context.close()
