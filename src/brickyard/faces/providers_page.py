"""Who does the work behind each service: a page made of what the adapters declare."""

from html import escape

from brickyard.contract.prose import field_prose
from brickyard.faces.markup import frame, line
from brickyard.providers.credentials import fields_of
from brickyard.providers.folder import Aggregation, Aggregations, Provider

PATH = "/docs/providers"
LEAD = """\
<h1>Providers</h1>
<p class="lead">Who does the work behind a service. As long as nothing is set, it is decided for you;
<code>provider/Choose</code> sets an order, <code>provider/Set</code> takes credentials of your own, and
<code>provider/List</code> shows how each is now. The header <code>Provider</code> of a reply says who did
it.</p>
"""
COLUMNS = ("Provider", "Does", "Needs", "Source and terms", "Data")
PLACES = {
    "equal": "",
    "last": "Asked last: it gives less than the others.",
    "alone": "Used as long as no other is set up: it does another thing.",
}


def providers_page(found: Aggregations) -> str:
    """Make the page."""
    return frame("Providers · Brickyard", LEAD + "\n".join(_service(each) for each in found))


def _service(aggregation: Aggregation) -> str:
    name = aggregation.service
    heads = "".join(f"<th>{each}</th>" for each in COLUMNS)
    rows = "\n".join(_row(each) for each in aggregation.providers)
    return (
        f'<section id="{name}">\n<h2><a href="/docs/services/{name}">{name}</a></h2>\n'
        f'<div class="table"><table><thead><tr>{heads}</tr></thead>\n'
        f"<tbody>{rows}</tbody></table></div>\n</section>"
    )


def _row(provider: Provider) -> str:
    about = provider.about
    title = f'<a href="{escape(about.docs)}">{escape(about.title)}</a>' if about.docs else escape(about.title)
    notes = " ".join(filter(None, (about.limits, PLACES[about.place])))
    cells = (
        f"{title}<br><code>{provider.name}</code>",
        f"{', '.join(task.name for task in provider.tasks)}<br>{line(notes)}",
        _needs(provider),
        f"{line(about.source)}<br>{line(about.licence)}",
        line(about.vintage),
    )
    # A narrow screen shows the cells one below another, each with its column's name.
    labelled = zip(COLUMNS, cells, strict=True)
    row = "".join(f'<td data-label="{column}">{cell}</td>' for column, cell in labelled)
    return f'<tr id="{provider.service}-{provider.name}">{row}</tr>'


def _needs(provider: Provider) -> str:
    told = field_prose(provider.credentials)
    fields = [
        f"<code>{each.name}</code>{'' if each.required else ' (optional)'}: {line(told.get(each.name, ''))}"
        for each in fields_of(provider.credentials)
    ]
    return "<br>".join(fields) or "nothing"
