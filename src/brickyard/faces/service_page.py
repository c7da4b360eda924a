"""The reference of one service as a page that needs no script; and the list of all services."""

from html import escape
from typing import Any

import msgspec

from brickyard.contract import Contract, Endpoint, Example
from brickyard.contract.catalog import Catalog
from brickyard.contract.service import price_text
from brickyard.faces.landing import categories
from brickyard.faces.markup import ORIGIN, frame, line, prose
from brickyard.faces.problems import kind, page_of
from brickyard.faces.schema import INT64_GIVEN, INT64_TAKEN, Schema, inlined_schema
from brickyard.faces.schema_text import type_text
from brickyard.faces.wire_form import wire_form

BUILD_NOTE = """\
<p class="note">The interactive reference is not built here. <code>npm ci</code> in the repository's folder
<code>reference-ui</code> builds it; everything can be read below all the same.</p>
"""


def services_page(catalog: Catalog, note: str = "") -> str:
    """Make the page that leads to every service's; `note` is HTML above it."""
    head = '<h1>Services</h1>\n<p class="lead">What there is to call, readable without scripts.</p>\n'
    return frame("Services · Brickyard", note + head + categories(catalog))


def service_page(contract: Contract) -> str:
    """Make the page of one service."""
    head = (
        f'<h1>{escape(contract.title)}</h1>\n<div class="lead">{prose(contract.doc)}</div>\n'
        f'<p><a href="/docs#tag/{contract.name}">Try it</a> · '
        f'<a href="/openapi/{contract.name}.json">OpenAPI of this service</a></p>\n'
    )
    sections = "\n".join(_endpoint(each) for each in contract.endpoints)
    return frame(f"{contract.title} · Brickyard", head + sections)


def _endpoint(endpoint: Endpoint) -> str:
    tags = ' <span class="tag">stream</span>' if endpoint.stream else ""
    tags += ' <span class="tag">browser</span>' if endpoint.declaration.browser else ""
    reply = "Each reply" if endpoint.stream else "Reply"
    declared = endpoint.declaration
    costs = price_text(declared.price, metered=declared.metered, unit=endpoint.unit)
    return (
        f'<section id="{endpoint.name}">\n<h2><a href="#{endpoint.name}">{endpoint.name}</a> '
        f'<span class="tag">{costs}</span>{tags}</h2>\n'
        f"<p><code>POST /v1/{endpoint.service}/{endpoint.name}</code></p>\n{prose(endpoint.doc)}\n"
        f"{_fields('Request', inlined_schema(endpoint.request, INT64_TAKEN))}\n"
        f"{_fields(reply, inlined_schema(endpoint.reply, INT64_GIVEN))}\n"
        f"{_errors(endpoint)}\n{_examples(endpoint)}\n</section>"
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


def _examples(endpoint: Endpoint) -> str:
    shown = "\n".join(_example(endpoint, each) for each in endpoint.declaration.examples)
    return f"<h4>Examples</h4>\n{shown}" if shown else ""


def _example(endpoint: Endpoint, example: Example) -> str:
    body = _json(wire_form(example.request)).replace("'", "'\\''")
    reply = "" if example.reply is None else f"\n\n{escape(_json(wire_form(example.reply)), quote=False)}"
    return (
        f"<pre><code>curl {ORIGIN}/v1/{endpoint.service}/{endpoint.name} \\\n"
        f'  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\\n'
        f"  -d '{escape(body, quote=False)}'{reply}</code></pre>"
    )


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=-1).decode()
