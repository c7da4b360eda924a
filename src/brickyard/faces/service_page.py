"""The reference of one service as a page that needs no script; and the list of all services."""

from html import escape
from typing import Any

import msgspec

from brickyard.contract import Contract, Endpoint
from brickyard.contract.catalog import Catalog
from brickyard.contract.schema import Schema
from brickyard.contract.service import price_text
from brickyard.faces.landing import categories
from brickyard.faces.markup import ORIGIN, frame, line, prose
from brickyard.faces.problems import kind, page_of
from brickyard.faces.schema_text import type_text
from brickyard.platform.catalog.contract import EndpointDetail, ExampleInfo, ServiceDetail

BUILD_NOTE = """\
<p class="note">The interactive reference is not built here. <code>npm ci</code> in the repository's folder
<code>reference-ui</code> builds it; everything can be read below all the same.</p>
"""


def services_page(catalog: Catalog, note: str = "") -> str:
    """Make the page that leads to every service's; `note` is HTML above it."""
    head = '<h1>Services</h1>\n<p class="lead">What there is to call, readable without scripts.</p>\n'
    return frame("Services · Brickyard", note + head + categories(catalog))


def service_page(contract: Contract, shown: ServiceDetail) -> str:
    """Make the page of one service, as the catalog has it `shown`."""
    head = (
        f'<h1>{escape(contract.title)}</h1>\n<div class="lead">{prose(contract.doc)}</div>\n'
        f'<p><a href="/docs#tag/{contract.name}">Try it</a> · '
        f'<a href="/openapi/{contract.name}.json">OpenAPI of this service</a></p>\n'
    )
    sections = "\n".join(map(_endpoint, contract.endpoints, shown.endpoints))
    return frame(f"{contract.title} · Brickyard", head + sections)


def _endpoint(endpoint: Endpoint, shown: EndpointDetail) -> str:
    tags = ' <span class="tag">stream</span>' if endpoint.stream else ""
    tags += ' <span class="tag">browser</span>' if shown.browser else ""
    reply = "Each reply" if endpoint.stream else "Reply"
    costs = price_text(shown.price, metered=shown.metered, unit=shown.unit)
    return (
        f'<section id="{endpoint.name}">\n<h2><a href="#{endpoint.name}">{endpoint.name}</a> '
        f'<span class="tag">{costs}</span>{tags}</h2>\n'
        f"<p><code>POST {shown.path}</code></p>\n{prose(endpoint.doc)}\n"
        f"{_fields('Request', shown.request)}\n"
        f"{_fields(reply, shown.reply)}\n"
        f"{_errors(endpoint)}\n{_examples(shown)}\n</section>"
    )


def _fields(title: str, schema: Schema) -> str:
    rows = "\n".join(
        _row(name, field, required=name in schema.get("required", ()))
        for name, field in schema["properties"].items()
    )
    return f"<h4>{title}</h4>\n" + (f"<table>\n{rows}\n</table>" if rows else "<p>No fields.</p>")


def _row(name: str, field: Schema, *, required: bool) -> str:
    need = "" if required else ' <span class="quiet">optional</span>'
    return (
        f"<tr><td><code>{escape(name)}</code>{need}</td><td>{escape(type_text(field))}</td>"
        f"<td>{line(field.get('description', ''))}</td></tr>"
    )


def _errors(endpoint: Endpoint) -> str:
    links = ", ".join(f'<a href="{page_of(each)}">{kind(each)}</a>' for each in endpoint.declaration.errors)
    own = f"{links}, and " if links else ""
    return f'<h4>Errors</h4>\n<p>{own}<a href="/docs/errors">what any call can be refused for</a>.</p>'


def _examples(shown: EndpointDetail) -> str:
    calls = "\n".join(_example(shown.path, each) for each in shown.examples)
    return f"<h4>Examples</h4>\n{calls}" if calls else ""


def _example(path: str, example: ExampleInfo) -> str:
    body = _json(example.request).replace("'", "'\\''")
    reply = "" if example.reply is None else f"\n\n{escape(_json(example.reply), quote=False)}"
    return (
        f"<pre><code>curl {ORIGIN}{path} \\\n"
        f'  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\\n'
        f"  -d '{escape(body, quote=False)}'{reply}</code></pre>"
    )


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=-1).decode()
