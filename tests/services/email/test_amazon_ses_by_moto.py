"""Mail by Amazon SES, as another's double of it (moto) takes it: others think of its API what we do."""

import asyncio
from collections.abc import Iterator
from email import message_from_string
from email.policy import default
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from moto.ses.models import ses_backends

from brickyard.engines.egress.allowed import Allowed, AllowedToTenants
from brickyard.providers.mirrors import Mirrors
from brickyard.settings import Settings
from cloud import LocalCloud
from database import database

REGION, ACCOUNT = "eu-west-1", "123456789012"
CREDENTIALS = {
    "access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "region": REGION,
    "sender": "Shop <shop@example.com>",
}
LETTER: dict[str, Any] = {
    "to": '"Lovelace, Ada" <ada@example.com>',
    "bcc": "dora@example.com",
    "subject": "Grüße",
    "text_body": "Hello.",
    "attachments": [{"name": "a.txt", "media_type": "text/plain", "content": "aGk="}],
}


@pytest.fixture
def moto() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
    ses_backends[ACCOUNT][REGION].reset()  # it is this process's


@pytest.fixture
def settings(tmp_path: Path, moto: str) -> Settings:
    home = tmp_path / "home"
    return Settings(
        home=home,
        port=0,
        database_url=database.url(home),
        egress_allow=Allowed.of("127.0.0.0/8"),
        egress_allow_tenants=AllowedToTenants.of("127.0.0.0/8"),
        provider_urls=Mirrors.of(f"https://email.{REGION}.amazonaws.com={moto}"),
    )


async def test_it_takes_a_message_with_all_that_is_in_it(local_cloud: LocalCloud, moto: str):
    place = {"service": "email", "provider": "amazon_ses"}
    await local_cloud.call("provider/Set", {**place, "credentials": CREDENTIALS})
    refused = await local_cloud.post("email/Send", LETTER)
    assert refused.status_code == 400  # it does not know the sender yet
    assert "authority to send" in refused.json()["detail"]
    client = boto3.client(
        "sesv2",
        region_name=REGION,
        endpoint_url=moto,
        aws_access_key_id=CREDENTIALS["access_key_id"],
        aws_secret_access_key=CREDENTIALS["secret_access_key"],
    )
    await asyncio.to_thread(client.create_email_identity, EmailIdentity="shop@example.com")
    sent = await local_cloud.call("email/Send", LETTER)
    (taken,) = ses_backends[ACCOUNT][REGION].sent_messages
    read = await local_cloud.call("email/Read", {"id": sent["id"]})
    assert (read["message"]["state"], read["message"]["provider_id"]) == ("sent", taken.id)
    assert {"ada@example.com", "dora@example.com"} <= set(taken.destinations)
    message = message_from_string(taken.raw_data, policy=default)
    assert (message["Subject"], message["From"]) == ("Grüße", "Shop <shop@example.com>")
    assert message["Bcc"] is None
    assert [each.get_filename() for each in message.iter_attachments()] == ["a.txt"]
