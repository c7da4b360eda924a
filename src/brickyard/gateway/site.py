"""Which pages there are."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import NamedTuple

import msgspec

from brickyard.contract import Contract, NotFound
from brickyard.contract.catalog import Catalog
from brickyard.faces import discovery, explore, markup, reference_page, service_page
from brickyard.faces.console import ConsolePage, console_pages
from brickyard.faces.landing import landing
from brickyard.faces.openapi import document
from brickyard.faces.problem_page import problem_page
from brickyard.faces.problems import PAGE as ERRORS
from brickyard.faces.providers_page import PATH as PROVIDERS
from brickyard.faces.providers_page import providers_page
from brickyard.gateway.metrics import MetricsPage
from brickyard.gateway.openstreams import OpenStreams
from brickyard.gateway.others import Others
from brickyard.gateway.pages import Page, PageMaker, Pages, Query, html_page, json_page, kept
from brickyard.gateway.routes import Routes
from brickyard.platform.catalog.directory import Directory
from brickyard.platform.catalog.listing import Listing
from brickyard.platform.switches import Switches

FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
"""For what has its version in its address."""
NEVER = (b"cache-control", b"no-store")
"""For pages where secrets are typed and shown."""


class Shown(NamedTuple):
    """What is shown of services."""

    listing: Listing
    directory: Directory
    """Who does the work behind them."""
    switches: Switches
    """What of them is off."""


def site(
    shown: Shown,
    routes: Routes,
    streams: OpenStreams,
    others: Others,
    providers: Iterable[str],
) -> Pages:
    """Put the pages of a catalog together. None is made before it is asked for.

    `providers` are those at which people can sign in to the console.
    """
    listing, catalog = shown.listing, shown.listing.catalog
    metrics = MetricsPage(
        {(each.endpoint.service, each.endpoint.name): each.timings for each in routes.operations()},
        others.counts,
    )
    return Pages(
        {
            "/healthz": lambda _: json_page({"status": "ok"}),
            "/readyz": lambda _: _readiness(streams),
            "/metrics": lambda _: Page(metrics.text(), b"text/plain; version=0.0.4; charset=utf-8"),
            **_for_people(listing),
            PROVIDERS: _html(partial(providers_page, shown.directory.found)),
            "/v1": _catalog(shown),
            **_for_programs(catalog),
            **{path: _console(each) for path, each in console_pages(catalog, providers).items()},
        },
        others,
    )


def _for_people(listing: Listing) -> dict[str, PageMaker]:
    catalog = listing.catalog
    services = {f"/docs/services/{each.name}": _service(listing, each) for each in catalog}
    return {
        "/": _html(partial(landing, catalog)),
        "/docs": _reference(catalog),
        reference_page.SCRIPT_PATH: _reference_script,
        ERRORS: _html(problem_page),
        "/docs/services": _html(partial(service_page.services_page, catalog)),
        **services,
    }


def _for_programs(catalog: Catalog) -> dict[str, PageMaker]:
    return {
        "/openapi.json": kept(lambda: json_page(document(catalog))),
        **{f"/openapi/{each.name}.json": _openapi(each) for each in catalog},
        "/llms.txt": kept(lambda: Page(discovery.llms_text(catalog).encode(), b"text/plain; charset=utf-8")),
        "/.well-known/api-catalog": kept(lambda: _linkset(catalog)),
        "/publicapi/explore/index": kept(lambda: json_page(explore.index(catalog))),
        "/publicapi/explore/Search": lambda query: json_page(
            explore.search(catalog, query.get("search_term", ""))
        ),
    }


def _service(listing: Listing, contract: Contract) -> PageMaker:
    return _html(lambda: service_page.service_page(contract, listing.detail(contract.name)))


def _catalog(shown: Shown) -> PageMaker:
    """Give the catalog: services, which stay as they are until one is switched, and providers as they are."""
    pages: dict[frozenset[str], PageMaker] = {}

    async def maker(query: Query) -> Page:
        off = await shown.switches.everywhere()
        if off not in pages:
            pages.clear()
            pages[off] = kept(lambda: json_page(shown.listing.details(off)))
        page = pages[off](query)
        body = page.body if isinstance(page, Page) else (await page).body
        return json_page({"services": msgspec.Raw(body), "providers": await shown.directory.by_service()})

    return maker


def _readiness(streams: OpenStreams) -> Page:
    if streams.leaving:
        return Page(b'{"status":"stopping"}', status=503)
    return json_page({"status": "ready"})


def _reference(catalog: Catalog) -> PageMaker:
    """Give the interactive reference; where it is not built, the one that needs no script."""
    interactive = kept(lambda: html_page(reference_page.reference_page(), reference_page.POLICY))
    plain = _html(partial(service_page.services_page, catalog, service_page.BUILD_NOTE))

    def choose(query: Query) -> Awaitable[Page] | Page:
        maker = interactive if reference_page.is_built() else plain
        return maker(query)

    return choose


async def _reference_script(query: Query) -> Page:
    if not reference_page.is_built():
        raise NotFound("The interactive reference is not built: `npm ci` in the folder reference-ui does it.")
    script = await asyncio.to_thread(reference_page.script)
    current = query.get("v") == reference_page.version_of(script)
    return Page(script, b"text/javascript; charset=utf-8", headers=(FOR_EVER,) if current else ())


def _html(make: Callable[[], str]) -> PageMaker:
    return kept(lambda: html_page(make(), markup.policy()))


def _console(page: ConsolePage) -> PageMaker:
    return kept(lambda: html_page(page.html(), page.policy(), NEVER))


def _openapi(contract: Contract) -> PageMaker:
    return kept(lambda: json_page(document([contract])))


def _linkset(catalog: Catalog) -> Page:
    return Page(msgspec.json.encode(discovery.api_catalog(catalog)), discovery.LINKSET)
