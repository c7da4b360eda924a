import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from brickyard import AsyncBrickyard, Brickyard
from brickyard.contract import Int64
from brickyard.contract.catalog import discover
from brickyard.sdk import (
    BadRequestError,
    BrickyardError,
    ConflictError,
    ConnectionFailedError,
    ForbiddenError,
    NotFoundError,
    UnauthorizedError,
)
from brickyard.sdk.contracts import endpoints_of
from brickyard.services.cache.contract import GetReply
from brickyard.services.helloworld import CallReply, StreamReply
from cloud import ProcessCloud


@pytest.fixture
def client(shared_cloud: ProcessCloud) -> Iterator[Brickyard]:
    with Brickyard(shared_cloud.key, shared_cloud.address) as client:
        yield client


def test_a_call_takes_keywords_and_gives_the_contracts_reply(client: Brickyard):
    assert client.helloworld.call(name="John") == CallReply(message="Hello John")
    client.cache.set(key="sdk", value="kept", ttl=100)
    assert client.cache.get(key="sdk") == GetReply(key="sdk", value="kept", ttl=Int64(100))


def test_records_come_back_as_they_went(client: Brickyard):
    record = {"title": "Ærø", "nested": {"a": [1, None, 2.5]}, "big": 2**60}
    made = client.db.create(table="sdk_notes", record=record)
    assert client.db.read(table="sdk_notes", id=made.id).records == [{**record, "id": made.id}]


def test_a_field_whose_name_is_a_keyword_of_python_has_an_underscore(client: Brickyard):
    client.db.create(table="sdk_old", record={})
    client.db.rename_table(from_="sdk_old", to="sdk_new")
    assert "sdk_new" in client.db.list_tables().tables
    client.db.drop_table(table="sdk_new")


def test_a_stream_is_an_iterator(client: Brickyard):
    assert list(client.helloworld.stream(name="x", messages=3)) == [StreamReply(message="Hello x")] * 3


def test_a_stream_left_early_is_closed_at_the_server(client: Brickyard, shared_cloud: ProcessCloud):
    events = client.event.consume(topic="sdk_early", offset="earliest")
    client.event.publish(topic="sdk_early", message={"n": 1})
    assert next(events).message == {"n": 1}
    events.close()
    for _ in range(200):
        if (
            'brickyard_streams{endpoint="Consume",service="event"}'
            not in shared_cloud.client.get("/metrics").text
        ):
            return
    pytest.fail("the stream is still open")


async def test_the_async_client_does_the_same(shared_cloud: ProcessCloud):
    async with AsyncBrickyard(shared_cloud.key, shared_cloud.address) as client:
        assert await client.helloworld.call(name="you") == CallReply(message="Hello you")
        greetings = [each async for each in client.helloworld.stream(name="x", messages=2)]
        assert greetings == [StreamReply(message="Hello x")] * 2
        with pytest.raises(BadRequestError):
            await client.cache.get(key="")


def test_a_call_by_name_needs_no_body(client: Brickyard):
    assert client.call("helloworld", "Call") == {"message": "Hello"}
    assert list(client.stream("helloworld", "Stream")) == [{"message": "Hello"}]


async def test_fields_without_their_names_are_a_type_error_that_says_how(shared_cloud: ProcessCloud):
    with Brickyard(shared_cloud.key, shared_cloud.address) as client:
        for call in (client.db.create, client.helloworld.stream, client.skywatch.tell):
            with pytest.raises(TypeError, match=r"by their names, such as \w+\((table|name|field)=…\)"):
                call({"a": 1})
    async with AsyncBrickyard(shared_cloud.key, shared_cloud.address) as client:
        with pytest.raises(TypeError, match=r"db.create takes its fields by their names"):
            await client.db.create({"a": 1})


async def test_a_closed_client_says_so(shared_cloud: ProcessCloud):
    client = Brickyard(shared_cloud.key, shared_cloud.address)
    client.close()
    with pytest.raises(BrickyardError, match="closed"):
        client.helloworld.call()
    waiting = AsyncBrickyard(shared_cloud.key, shared_cloud.address)
    await waiting.close()
    with pytest.raises(BrickyardError, match="closed"):
        await waiting.helloworld.call()


def test_calls_can_be_made_by_name(client: Brickyard):
    assert client.call("helloworld", "Call", {"name": "y"}) == {"message": "Hello y"}
    assert list(client.stream("helloworld", "Stream", {"name": "y"})) == [{"message": "Hello y"}]
    assert {"db", "key"} <= {service["name"] for service in client.read_catalog()["services"]}


def test_an_error_tells_what_the_cloud_told(client: Brickyard):
    with pytest.raises(BadRequestError) as caught:
        client.db.read(table="x", query="a ===")
    error = caught.value
    assert (error.code, error.id, error.retryable) == (400, "db.read", False)
    assert error.errors[0].pointer == "/query"
    assert error.request_id.startswith("req_")
    assert error.request_id in str(error)


def test_each_kind_of_refusal_has_its_class(client: Brickyard, shared_cloud: ProcessCloud):
    client.db.create(table="sdk_once", record={}, id="1")
    with pytest.raises(ConflictError):
        client.db.create(table="sdk_once", record={}, id="1")
    with pytest.raises(NotFoundError):
        client.nothing.at_all()
    with pytest.raises(UnauthorizedError):
        Brickyard("bk_sk_live_wrong", shared_cloud.address).helloworld.call()
    limited = client.key.create(scopes=("cache",)).key
    with pytest.raises(ForbiddenError):
        Brickyard(limited, shared_cloud.address).helloworld.call()


def test_an_error_before_a_stream_begins_is_raised(client: Brickyard):
    with pytest.raises(BadRequestError):
        next(client.helloworld.stream(messages=-1))


def test_a_field_that_the_contract_lacks_is_refused_before_anything_is_sent():
    with pytest.raises(TypeError, match=r"db\.create: .*tabel"):
        Brickyard("k", "http://127.0.0.1:9").db.create(tabel="x", record={})


def test_nobody_listening_is_said_with_the_way_out():
    with pytest.raises(ConnectionFailedError, match="brick up"):
        Brickyard("k", "http://127.0.0.1:9", retries=0).helloworld.call()


def test_a_key_is_never_shown(shared_cloud: ProcessCloud):
    client = Brickyard(shared_cloud.key, shared_cloud.address)
    assert shared_cloud.key not in repr(client) + repr(vars(client)["_connection"])
    with pytest.raises(ConnectionFailedError) as caught:
        Brickyard(shared_cloud.key, "http://127.0.0.1:9", retries=0).helloworld.call()
    assert shared_cloud.key not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize("key", ["bk_sk_live_one\ntwo", "bk_sk_live_é", "a b"])
def test_what_cannot_be_a_key_is_refused_without_showing_it(key: str):
    with pytest.raises(ValueError, match="no key has") as caught:
        Brickyard(key)
    assert key not in str(caught.value)


def test_a_password_in_the_address_is_not_shown():
    client = Brickyard("k", "http://user:hidden@127.0.0.1:9", retries=0)
    with pytest.raises(ConnectionFailedError) as caught:
        client.helloworld.call()
    assert "hidden" not in repr(client) + str(caught.value)


def test_messages_may_hold_what_python_takes_for_the_end_of_a_line(client: Brickyard):
    odd = {"text": "a\u2028b\u0085c\u001cd\re"}
    client.event.publish(topic="sdk_odd", message=odd)
    assert next(client.event.consume(topic="sdk_odd", offset="earliest")).message == odd


def test_what_is_no_stream_is_said_to_be_none(client: Brickyard):
    with pytest.raises(BrickyardError, match="no stream"):
        next(client.stream("helloworld", "Call", {}))


def test_names_cannot_lead_out_of_the_api(client: Brickyard):
    with pytest.raises(NotFoundError):
        client.call("../docs", "x?y", {})


def test_the_key_and_the_address_are_found(shared_cloud: ProcessCloud, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BRICKYARD_URL", shared_cloud.address)
    monkeypatch.setenv("BRICKYARD_HOME", str(shared_cloud.home))
    monkeypatch.delenv("BRICKYARD_KEY", raising=False)
    assert Brickyard().helloworld.call(name="found").message == "Hello found"
    monkeypatch.setenv("BRICKYARD_KEY", "bk_sk_live_other")
    with pytest.raises(UnauthorizedError):
        Brickyard().helloworld.call()


def test_the_port_of_the_cloud_on_this_machine_is_enough(
    shared_cloud: ProcessCloud, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("BRICKYARD_URL", raising=False)
    monkeypatch.setenv("BRICKYARD_PORT", shared_cloud.address.rpartition(":")[2])
    assert Brickyard(shared_cloud.key).helloworld.call(name="near").message == "Hello near"


def test_every_endpoint_of_the_catalog_is_a_method(client: Brickyard):
    from brickyard import platform, services

    for contract in discover(services, platform):
        methods = endpoints_of(contract.name)
        assert set(methods) == {each.method for each in contract.endpoints}
        assert set(dir(getattr(client, contract.name))) == set(methods)
        for method in methods:
            assert callable(getattr(getattr(client, contract.name), method))


def test_the_package_does_not_import_its_client_until_it_is_asked_for():
    code = "import sys, brickyard.app; assert 'httpx2' not in sys.modules; from brickyard import Brickyard"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_service_known_to_the_server_alone_can_be_called(tmp_path: Path):
    folder = tmp_path / "services"
    folder.mkdir()
    (folder / "parrot.py").write_text(PARROT)
    with (
        ProcessCloud(tmp_path / "home", BRICKYARD_SERVICES=str(folder)) as cloud,
        Brickyard(cloud.key, cloud.address) as client,
    ):
        assert client.parrot.say_again(text="hi") == {"text": "hi"}
        assert list(client.parrot.say_often(text="hi")) == [{"text": "hi"}, {"text": "hi"}]


PARROT = '''
"""A parrot."""

from collections.abc import AsyncIterator

from brickyard.contract import Context, Reply, Request, Service, endpoint


class SayRequest(Request):
    """What to say."""

    text: str
    """The text."""


class SayReply(Reply):
    """What was said."""

    text: str
    """The text."""


class Parrot(Service):
    """Says what it is told."""

    @endpoint(price=0)
    async def say_again(self, context: Context, request: SayRequest) -> SayReply:
        """Say it."""
        return SayReply(text=request.text)

    @endpoint(price=0)
    async def say_often(self, context: Context, request: SayRequest) -> AsyncIterator[SayReply]:
        """Say it twice."""
        yield SayReply(text=request.text)
        yield SayReply(text=request.text)
'''


def test_no_service_is_hidden_by_what_the_client_does_itself(client: Brickyard):
    services = [each.name for each in client.catalog.list().services]
    assert "catalog" in services
    assert [name for name in services if hasattr(Brickyard, name)] == []
