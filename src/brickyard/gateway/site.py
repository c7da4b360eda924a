"""Which pages there are."""

from brickyard.contract.catalog import Catalog
from brickyard.faces import explore
from brickyard.faces.listing import listing
from brickyard.faces.openapi import document
from brickyard.gateway.metrics import MetricsPage
from brickyard.gateway.openstreams import OpenStreams
from brickyard.gateway.pages import Page, Pages, json_page
from brickyard.gateway.routes import Routes


def site(catalog: Catalog, routes: Routes, streams: OpenStreams) -> Pages:
    """Put the pages of a catalog together."""
    metrics = MetricsPage(
        {(each.endpoint.service, each.endpoint.name): each.timings for each in routes.operations()}
    )
    return Pages(
        {
            "/v1": lambda _: json_page(listing(catalog)),
            "/openapi.json": lambda _: json_page(document(catalog)),
            "/healthz": lambda _: json_page({"status": "ok"}),
            "/readyz": lambda _: _readiness(streams),
            "/metrics": lambda _: Page(metrics.text(), b"text/plain; version=0.0.4; charset=utf-8"),
            "/publicapi/explore/index": lambda _: json_page(explore.index(catalog)),
            "/publicapi/explore/Search": lambda query: json_page(
                explore.search(catalog, query.get("search_term", ""))
            ),
        }
    )


def _readiness(streams: OpenStreams) -> Page:
    if streams.stopping:
        return Page(b'{"status":"stopping"}', status=503)
    return json_page({"status": "ready"})
