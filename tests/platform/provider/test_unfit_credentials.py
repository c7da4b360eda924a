"""What can be seen to be of no use is refused when it is set, and says which field it is."""

from typing import Any

import pytest

from cloud import LocalCloud

SMTP = {"service": "email", "provider": "smtp"}
AI = {"service": "ai", "provider": "openai_compatible"}
SERVER = "smtp://user:very-secret@mail.example.com:587"
GOOD = "Shop <shop@example.com>"
UNFIT: list[tuple[dict[str, str], dict[str, str], str]] = [
    *(
        (AI, {"url": url, "default_model": "m"}, "/credentials/url")
        for url in (
            "http://localhost:11434/v1",
            "http://127.1/v1",
            "http://0x7f000001/v1",
            "http://169.254.169.254/v1",
            "http://exa\u00a0mple.com",
            "http://example.com/\x00",
        )
    ),
    *(
        (SMTP, {"server": server, "sender": GOOD}, "/credentials/server")
        for server in (
            "http://x",
            "x",
            "smtp://",
            "smtp://user:very-secret@localhost",
            "smtp://user:very-secret@127.1",
            "smtp://user:very-secret@0x7f000001:25",
            "smtp://user:very-secret@10.0.0.1",
            "smtp://user:very-secret@mail.example.com\r\nX: y",
            "smtp://user:very-secret@mail.example.com/path",
        )
    ),
    *(
        (SMTP, {"server": SERVER, "sender": sender}, "/credentials/sender")
        for sender in ("shop", "Shop <shop@example.com>\r\nBcc: all@example.com", "a@b@c")
    ),
]


@pytest.mark.parametrize(("whose", "credentials", "pointer"), UNFIT)
async def test_what_is_of_no_use_is_refused_with_its_field(
    local_cloud: LocalCloud, whose: dict[str, str], credentials: dict[str, Any], pointer: str
):
    refused = await local_cloud.post("provider/Set", {**whose, "credentials": credentials})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert "very-secret" not in refused.text


@pytest.mark.parametrize(
    ("whose", "credentials"),
    [
        (AI, {"url": "https://ai.example.com/v1", "default_model": "m"}),
        (SMTP, {"server": SERVER, "sender": GOOD}),
    ],
)
async def test_what_may_be_of_use_is_kept(
    local_cloud: LocalCloud, whose: dict[str, str], credentials: dict[str, Any]
):
    await local_cloud.call("provider/Set", {**whose, "credentials": credentials})
