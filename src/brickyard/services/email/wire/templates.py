"""Templates: messages with names in them, kept for `Send`."""

from typing import Annotated

from msgspec import Meta

from brickyard.contract import Reply, Request, Struct, Timestamp

BODY_MAX_CHARS = 200_000

TemplateName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
Subject = Annotated[str, Meta(min_length=1, max_length=998)]
Body = Annotated[str, Meta(max_length=BODY_MAX_CHARS)]


class SaveTemplateRequest(Request):
    """A template, written in Mustache.

    `{{name}}` stands for a variable, `{{customer.name}}` for one inside another. `{{#items}}…{{/items}}` is
    there once for each of a list, or if there is something; `{{^items}}…{{/items}}` if there is nothing.
    """

    name: TemplateName
    """What `Send` calls it by: letters, digits, `.`, `_` and `-`. One of that name is replaced."""
    subject: Subject
    """What it is about, in one line."""
    text_body: Body = ""
    """What it says, as plain text: variables stand there as they are."""
    html_body: Body = ""
    """The same as HTML. Variables are escaped in it, but for `{{{raw}}}`. One of the two is needed."""


class SaveTemplateReply(Reply):
    """The template is kept."""

    variables: list[str]
    """The variables that every `Send` with it has to give: those that stand outside of all sections."""


class TemplateInfo(Struct):
    """A template, without its text."""

    name: str
    """What `Send` calls it by."""
    subject: str
    """What it is about."""
    created_at: Timestamp
    """When it was first saved."""
    updated_at: Timestamp
    """When it was last saved."""


class ReadTemplateRequest(Request):
    """Which template."""

    name: TemplateName
    """Its name."""


class ReadTemplateReply(Reply):
    """A template, as it was saved."""

    template: TemplateInfo
    """It."""
    text_body: str
    """What it says, as plain text; may be empty."""
    html_body: str
    """What it says, as HTML; may be empty."""


class ListTemplatesRequest(Request):
    """Which templates."""

    after: Annotated[str, Meta(max_length=100)] = ""
    """Only those whose names come after this one, in the order of their characters."""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    """How many at most."""


class ListTemplatesReply(Reply):
    """Templates."""

    templates: list[TemplateInfo]
    """By name."""


class DeleteTemplateRequest(Request):
    """Which template."""

    name: TemplateName
    """Its name."""


class DeleteTemplateReply(Reply):
    """There is no such template any more."""
