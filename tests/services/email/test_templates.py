"""Templates are read when they are saved, and rendered when a message is sent."""

from email import message_from_string
from email.policy import default
from typing import Any

import pytest

from brickyard.services.email.wire.templates import BODY_MAX_CHARS
from cloud import LocalCloud
from tenant import Tenant

RECEIPT = {
    "name": "receipt",
    "subject": "Order {{number}} for {{customer.name}}",
    "text_body": "Hello {{customer.name}}\n{{#items}}\n- {{name}}: {{price}}\n{{/items}}\n",
    "html_body": "<p>{{customer.name}}</p>{{#items}}<b>{{name}}</b>{{/items}}{{{footer}}}",
}
VARIABLES: dict[str, Any] = {
    "number": 17,
    "customer": {"name": "Ada & Söhne <b>"},
    "items": [{"name": "bricks", "price": 1.5}, {"name": "mortar", "price": "2 €"}],
    "footer": "<hr>",
}
SEND = {"to": "ada@example.com", "template": "receipt", "variables": VARIABLES}


@pytest.fixture
async def cloud(local_cloud: LocalCloud) -> LocalCloud:
    await local_cloud.call("email/SaveTemplate", RECEIPT)
    return local_cloud


async def refused(cloud: LocalCloud, path: str, body: dict[str, Any], pointer: str) -> str:
    """Make a call that is refused for one part of it; gives what is said of that."""
    response = await cloud.post(path, body)
    assert response.status_code == 400, response.text
    (error,) = response.json()["errors"]
    assert error["pointer"] == pointer
    return error["detail"]


async def read(cloud: LocalCloud, sent: dict[str, Any]) -> Any:
    found = await cloud.call("email/Read", {"id": sent["id"]})
    return found["message"], message_from_string(found["source"], policy=default)


async def test_a_message_says_what_its_template_says(cloud: LocalCloud):
    info, message = await read(cloud, await cloud.call("email/Send", SEND))
    assert info["subject"] == message["Subject"] == "Order 17 for Ada & Söhne <b>"
    text, html = (message.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
    assert text == "Hello Ada & Söhne <b>\n- bricks: 1.5\n- mortar: 2 €\n"
    assert html.strip() == "<p>Ada &amp; Söhne &lt;b&gt;</p><b>bricks</b><b>mortar</b><hr>"


async def test_it_is_said_which_variables_a_template_needs(cloud: LocalCloud):
    saved = await cloud.call("email/SaveTemplate", RECEIPT)
    assert saved == {"variables": ["number", "customer", "footer"]}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"number": ...}, "/variables/number"),
        ({"customer": {}}, "/variables/customer/name"),
        ({"customer": "Ada"}, "/variables/customer/name"),
        ({"items": [{"name": "bricks", "price": 1}, {"name": "mortar"}]}, "/variables/items/1/price"),
        ({"number": ["a list"]}, "/variables/number"),
        ({"number": "17\r\nBcc: eve@example.com"}, "/variables/number"),
        ({"number": "17\nBcc: eve@example.com"}, "/variables/number"),
        ({"number": "1" * 999}, "/variables"),
        ({"items": [{"name": "x" * 200, "price": 1}] * 2000}, "/variables"),
    ],
)
async def test_variables_that_do_not_fit_are_refused_and_nothing_is_sent(
    change: dict[str, Any], pointer: str, cloud: LocalCloud
):
    variables = {name: value for name, value in {**VARIABLES, **change}.items() if value is not ...}
    await refused(cloud, "email/Send", {**SEND, "variables": variables}, pointer)
    assert (await cloud.call("email/List"))["messages"] == []


async def test_a_message_that_variables_leave_empty_is_refused(cloud: LocalCloud):
    empty = {"name": "empty", "subject": "{{a}}", "text_body": "{{b}}"}
    await cloud.call("email/SaveTemplate", empty)
    send = {**SEND, "template": "empty"}
    for variables, what in (({"a": "", "b": "b"}, "subject"), ({"a": "a", "b": None}, "body")):
        said = await refused(cloud, "email/Send", {**send, "variables": variables}, "/variables")
        assert f"{what} is empty" in said


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"template": "recipt"}, "/template"),
        ({"subject": "Mine"}, "/subject"),
        ({"text_body": "Mine"}, "/text_body"),
        ({"html_body": "Mine"}, "/html_body"),
        ({"template": None, "subject": "Mine", "text_body": "Mine"}, "/variables"),
        ({"template": None, "variables": {}, "text_body": "Mine"}, "/subject"),
    ],
)
async def test_a_template_and_what_it_replaces_are_not_both_given(
    more: dict[str, Any], pointer: str, cloud: LocalCloud
):
    await refused(cloud, "email/Send", {**SEND, **more}, pointer)


@pytest.mark.parametrize(
    ("change", "pointer", "why"),
    [
        ({"subject": "{{#a}}"}, "/subject", "Line 1: {{#a}} is not closed"),
        ({"subject": "a\nb"}, "/subject", "line breaks"),
        ({"text_body": "a\n{{/b}}"}, "/text_body", "Line 2"),
        ({"html_body": "{{> header}}"}, "/html_body", "partials"),
        ({"html_body": "{{a}}" * 6000}, "/html_body", "tags"),
        ({"text_body": "", "html_body": " \n"}, "/text_body", "says nothing"),
        ({"text_body": "a" * (BODY_MAX_CHARS + 1)}, "/text_body", "200000"),
        ({"name": "no spaces"}, "/name", "name"),
    ],
)
async def test_what_is_no_template_is_not_saved(
    change: dict[str, Any], pointer: str, why: str, local_cloud: LocalCloud
):
    assert why in await refused(local_cloud, "email/SaveTemplate", {**RECEIPT, **change}, pointer)
    assert (await local_cloud.call("email/ListTemplates"))["templates"] == []


async def test_templates_are_replaced_listed_and_deleted(cloud: LocalCloud):
    await cloud.call("email/SaveTemplate", {**RECEIPT, "name": "welcome"})
    await cloud.call("email/SaveTemplate", {**RECEIPT, "subject": "Another"})
    found = await cloud.call("email/ReadTemplate", {"name": "receipt"})
    assert found["template"]["subject"] == "Another"
    assert (found["text_body"], found["html_body"]) == (RECEIPT["text_body"], RECEIPT["html_body"])
    listed = await cloud.call("email/ListTemplates", {"limit": 1})
    assert [each["name"] for each in listed["templates"]] == ["receipt"]
    listed = await cloud.call("email/ListTemplates", {"after": "receipt"})
    assert [each["name"] for each in listed["templates"]] == ["welcome"]
    await cloud.call("email/DeleteTemplate", {"name": "receipt"})
    for path in ("email/ReadTemplate", "email/DeleteTemplate"):
        assert (await cloud.post(path, {"name": "receipt"})).status_code == 404


async def test_templates_take_room_as_long_as_they_are_kept(local_cloud: LocalCloud):
    async def kept() -> tuple[int, int]:
        found = await local_cloud.call("usage/Storage")
        return int(found["records"]), int(found["bytes"])

    template = {"name": "a", "subject": "123", "text_body": "é"}
    await local_cloud.call("email/SaveTemplate", template)
    assert await kept() == (1, 5)
    await local_cloud.call("email/SaveTemplate", {**template, "html_body": "1234567890"})
    assert await kept() == (1, 15)
    await local_cloud.call("email/DeleteTemplate", {"name": "a"})
    assert await kept() == (0, 0)


async def test_a_project_has_its_own_templates(cloud: LocalCloud):
    other = await Tenant.of(cloud)
    assert (await other.reply("email/ListTemplates", {}))["templates"] == []
    response = await cloud.post("email/Send", SEND, headers={"Authorization": f"Bearer {other.key}"})
    assert response.json()["errors"][0]["pointer"] == "/template"
