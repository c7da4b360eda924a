"""The interactive reference: Scalar's API reference over our OpenAPI document, all from this server."""

import json
from hashlib import sha256
from html import escape
from pathlib import Path

SCRIPT_PATH = "/docs/static/reference.js"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Its styles are put there by its script; for the rest, it may load and call this server only."""

_SCRIPT = Path(__file__).parent / "static" / "reference.js"
_CONFIGURATION = {
    "url": "/openapi.json",
    "authentication": {"preferredSecurityScheme": "bearer"},
    "proxyUrl": "",
    "withDefaultFonts": False,
    "telemetry": False,
    "hideClientButton": True,
    "showDeveloperTools": "never",
    "agent": {"disabled": True},
    "mcp": {"disabled": True},
    "defaultHttpClient": {"targetKey": "shell", "clientKey": "curl"},
    "metaData": {"title": "Reference · Brickyard"},
}
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Reference · Brickyard</title>
<link rel="icon" href="data:,">
</head>
<body>
<noscript>This page needs scripts. <a href="/docs/services">The same without them</a>.</noscript>
<script id="api-reference" data-configuration="{configuration}"></script>
<script src="{script}"></script>
</body>
</html>
"""


def is_built() -> bool:
    """Say whether the reference's script is there: `npm ci` in `reference-ui` puts it there."""
    return _SCRIPT.exists()


def script() -> bytes:
    """Read the script; a FileNotFoundError if it is not built."""
    return _SCRIPT.read_bytes()


def version_of(content: bytes) -> str:
    """Name a content, so that its address changes when it does."""
    return sha256(content).hexdigest()[:16]


def reference_page() -> str:
    """Make the page; a FileNotFoundError if the script is not built."""
    address = f"{SCRIPT_PATH}?v={version_of(script())}"
    return _PAGE.format(configuration=escape(json.dumps(_CONFIGURATION)), script=address)
