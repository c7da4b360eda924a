"""The front page: what this is, what there is, and the first call to make."""

from html import escape

from brickyard.contract import Contract
from brickyard.contract.catalog import Catalog
from brickyard.contract.prose import first_sentence
from brickyard.faces.category import by_category
from brickyard.faces.markup import ORIGIN, frame, line

_HERO = """\
<section class="hero">
<div>
<h1>Every building block, one endpoint, one key.</h1>
<p class="lead">Brickyard is an open-source API cloud: {services} services and {endpoints} endpoints that
answer right here, to <code>POST /v1/{{service}}/{{Endpoint}}</code>.</p>
<p><a class="button" href="/docs">Try it in the reference</a>
<a class="button quiet" href="/openapi.json">OpenAPI</a></p>
</div>
<div>
<pre><code>curl {origin}/v1/helloworld/Call \\
  -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" \\
  -d '{{"name": "John"}}'

{{"message":"Hello John"}}</code></pre>
<p class="quiet">The first key is printed when the cloud starts, and kept in <code>token</code> in its home
folder.</p>
</div>
</section>
"""
_FOOTER = """\
<footer>
For programs: <a href="/openapi.json">/openapi.json</a>, <a href="/v1">/v1</a> (the catalog),
<a href="/llms.txt">/llms.txt</a>, <a href="/.well-known/api-catalog">/.well-known/api-catalog</a>,
<a href="/metrics">/metrics</a>, <a href="/healthz">/healthz</a>. Errors are explained at
<a href="/docs/errors">/docs/errors</a>.
</footer>
"""


def landing(catalog: Catalog) -> str:
    """Make the front page."""
    hero = _HERO.format(services=len(list(catalog)), endpoints=len(list(catalog.endpoints())), origin=ORIGIN)
    return frame("Brickyard", hero + categories(catalog) + _FOOTER)


def categories(catalog: Catalog) -> str:
    """Show the services, by category."""
    return "\n".join(_category(heading, contracts) for heading, contracts in by_category(catalog).items())


def _category(heading: str, contracts: list[Contract]) -> str:
    cards = "\n".join(_card(each) for each in contracts)
    return (
        f'<section class="category"><h2>{escape(heading)}</h2>\n<ul class="cards">\n{cards}\n</ul></section>'
    )


def _card(contract: Contract) -> str:
    return (
        f'<li><a href="/docs/services/{contract.name}"><b>{escape(contract.title)}</b> '
        f'<span class="tag">{len(contract.endpoints)}</span>'
        f"<p>{line(first_sentence(contract.doc))}.</p></a></li>"
    )
