"""Forms that call an endpoint: what a form asks for are fields of the endpoint's request."""

from html import escape

import msgspec

from brickyard.contract.catalog import Catalog
from brickyard.contract.schema import INT64_TAKEN, Schema, inlined_schema

_FORM = """\
<form data-endpoint="{endpoint}" data-then="{then}">
{fields}
<p class="refusal" role="alert"></p>
<div><button class="button">{button}</button></div>
</form>"""


class Field(msgspec.Struct, frozen=True):
    """What a form asks for."""

    name: str
    """The request's field."""
    label: str
    kind: str = "text"
    """The type of the input, or `select`."""
    autocomplete: str = "off"
    """What browsers and password managers know it as."""
    hint: str = ""
    letter: bool = False
    """Whether it stands in a letter, and so in the link that it holds."""
    later: str = ""
    """The endpoint that is given it, if another than the form's: its script says when."""
    proof: bool = False
    """Whether it is asked for only once the API has refused to go on without it."""


EMAIL = Field("email", "E-mail", "email", "username")
PASSWORD = Field("password", "Password", "password", "current-password")
NEW_PASSWORD = Field(
    "password",
    "Password",
    "password",
    "new-password",
    "8 characters at least; not one that everyone tries first.",
)
PROOF = Field("password", "Your password", "password", "current-password", proof=True)
CODE = Field("code", "Code in the letter", letter=True)


def form(catalog: Catalog, endpoint: str, then: str, button: str, *fields: Field) -> str:
    """Make the form that calls `endpoint`.

    `then` says what its script does with the reply: the id of the step to show, or one of its own words.
    A KeyError says that there is no such endpoint, or that its request has no such field.
    """
    known = _fields(catalog, endpoint)
    askers = (_fields(catalog, each.later) if each.later else known for each in fields)
    inputs = "\n".join(_input(each, asker[each.name]) for each, asker in zip(fields, askers, strict=True))
    return _FORM.format(endpoint=endpoint, then=then, button=escape(button), fields=inputs)


def step(name: str, text: str, *, first: bool = False) -> str:
    """Make one step of a page: its script shows one at a time."""
    hidden = "" if first else " hidden"
    return f'<section class="step" id="{name}"{hidden}>\n{text}\n</section>'


def _fields(catalog: Catalog, endpoint: str) -> dict[str, Schema]:
    service, _, name = endpoint.partition("/")
    requests = {each.name: each.request for each in catalog[service].endpoints}
    return inlined_schema(requests[name], INT64_TAKEN)["properties"]


def _input(field: Field, schema: Schema) -> str:
    if field.kind == "hidden":
        return f'<input type="hidden" name="{field.name}">'
    hint = f'\n<span class="hint">{escape(field.hint)}</span>' if field.hint else ""
    if field.kind == "select":
        return f'<label>{escape(field.label)}{hint}\n<select name="{field.name}" required></select></label>'
    letter = " data-letter" if field.letter else ""
    proof = " data-proof hidden" if field.proof else ""
    name = "data-later" if field.later else "name"
    return (
        f"<label{proof}>{escape(field.label)}{hint}\n"
        f'<input type="{field.kind}" {name}="{field.name}" autocomplete="{field.autocomplete}"'
        f' spellcheck="false" autocapitalize="none"{letter}{_bounds(schema)}></label>'
    )


def _bounds(schema: Schema) -> str:
    bounds = f' maxlength="{schema["maxLength"]}"'
    if "minLength" in schema:
        bounds += f' minlength="{schema["minLength"]}"'
    return bounds if "default" in schema else f"{bounds} required"
