"""HTML as all our pages have it: one look, no request to anyone, every text escaped."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path

SHOW_ORIGIN = 'for (const e of document.querySelectorAll(".origin")) e.textContent = location.origin'
"""The one script of pages that are only read: examples show the address that the page was read from."""
DEFAULT_ORIGIN = "http://127.0.0.1:8080"
ORIGIN = f'<span class="origin">{DEFAULT_ORIGIN}</span>'

_CODE = re.compile(r"`([^`]+)`")
_FRAME = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<nav class="top"><a class="name" href="/">Brickyard</a> <a href="/docs">Reference</a>
<a href="/docs/services">Services</a> <a href="/docs/providers">Providers</a>
<a href="/docs/errors">Errors</a>
<a href="/openapi.json">OpenAPI</a> <a href="/console">Console</a></nav>
<main>
{body}
</main>
<script>{script}</script>
</body>
</html>
"""


def frame(title: str, body: str, script: str = SHOW_ORIGIN) -> str:
    """Make a whole page of what is to stand in it, and of the one script that it runs."""
    return _FRAME.format(title=escape(title), style=_style(), body=body, script=script)


@cache
def policy(script: str = SHOW_ORIGIN, connect: str = "'none'") -> str:
    """Give the Content-Security-Policy of a page made by `frame`: itself, and nothing else.

    `connect` is whom its script may call.
    """
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(_style())}; "
        f"connect-src {connect}; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def prose(text: str) -> str:
    """Make paragraphs of a docstring, its `code` set as code."""
    return "\n".join(f"<p>{line(paragraph)}</p>" for paragraph in text.split("\n\n"))


def line(text: str) -> str:
    """Make one line of a text, its `code` set as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text, quote=False))


@cache
def _style() -> str:
    return (Path(__file__).parent / "look.css").read_text()


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
