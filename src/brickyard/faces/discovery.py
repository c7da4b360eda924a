"""What tells programs where everything is: `/llms.txt`, and the API catalog of RFC 9727."""

from typing import Any

from brickyard.contract import Contract
from brickyard.contract.catalog import Catalog
from brickyard.contract.prose import first_sentence

LINKSET = b'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
"""The media type of the catalog."""

_OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
_LLMS = """\
# Brickyard

> An open-source API cloud: many services behind one endpoint and one key.

Call `POST /v1/{{service}}/{{Endpoint}}` with a JSON object and `Authorization: Bearer KEY`. A field that an
endpoint does not have is refused, and the refusal names the nearest one. Endpoints marked as streams answer
with server-sent events to `Accept: text/event-stream`.

## Reference

- [OpenAPI 3.1](/openapi.json): every endpoint with its fields, errors, prices and examples
- [Catalog](/v1): the same as plain JSON, schemas inlined
- [Errors](/docs/errors): what a call can be refused for, and what to do then

## Services

{services}
"""


def llms_text(catalog: Catalog) -> str:
    """Make the index for language models (llmstxt.org)."""
    return _LLMS.format(services="\n".join(_line(each) for each in catalog))


def api_catalog(catalog: Catalog) -> dict[str, Any]:
    """Make the API catalog: a linkset (RFC 9264) whose addresses are relative to this server."""
    everything = {
        "anchor": "/v1",
        "service-desc": [{"href": "/openapi.json", "type": _OPENAPI}],
        "service-doc": [{"href": "/docs", "type": "text/html"}],
        "service-meta": [{"href": "/v1", "type": "application/json"}],
        "status": [{"href": "/healthz", "type": "application/json"}],
    }
    items = {
        "anchor": "/.well-known/api-catalog",
        "item": [{"href": "/v1"}, *({"href": f"/v1/{each.name}"} for each in catalog)],
    }
    return {"linkset": [items, everything, *(_links(each) for each in catalog)]}


def _links(contract: Contract) -> dict[str, Any]:
    return {
        "anchor": f"/v1/{contract.name}",
        "service-desc": [{"href": f"/openapi/{contract.name}.json", "type": _OPENAPI}],
        "service-doc": [{"href": f"/docs/services/{contract.name}", "type": "text/html"}],
    }


def _line(contract: Contract) -> str:
    names = ", ".join(each.name for each in contract.endpoints)
    about = first_sentence(contract.doc)
    return f"- [{contract.name}](/docs/services/{contract.name}): {about}. Endpoints: {names}"
