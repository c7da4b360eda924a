"""Events that Stripe has not sent, or not so."""

import gzip
from typing import Any

import httpx2 as httpx
import pytest
from shopper import HOOK, Shopper
from structlog.testing import capture_logs

from brickyard.gateway.hooks import HOOK_MAX_BYTES
from stripe_server import SECRET, event_of, signature, written


@pytest.fixture
async def paid(ada: Shopper) -> dict[str, Any]:
    """An event that credits 20 dollars, which nobody has sent yet."""
    session = await ada.pay(await ada.begin("20"))
    return session.events[-1]


async def sent(ada: Shopper, body: bytes, header: str | None, **headers: str) -> httpx.Response:
    signed = {} if header is None else {"Stripe-Signature": header}
    return await ada.cloud.client.post(HOOK, content=body, headers=signed | headers)


async def refused(ada: Shopper, body: bytes, header: str | None, status: int = 400, **headers: str) -> None:
    """Send what is to be refused without a trace."""
    response = await sent(ada, body, header, **headers)
    assert response.status_code == status, response.text
    assert SECRET not in response.text
    assert (await ada.balance(), await ada.movements()) == ("0", [])


async def test_without_a_signature(ada: Shopper, paid: dict[str, Any]):
    await refused(ada, written(paid), None)
    await refused(ada, written(paid), "")


async def test_with_another_secret(ada: Shopper, paid: dict[str, Any]):
    body = written(paid)
    await refused(ada, body, signature(body, "whsec_somebodyelses"))


async def test_with_a_body_that_was_changed(ada: Shopper, paid: dict[str, Any]):
    body = written(paid)
    header = signature(body)
    await refused(ada, body.replace(b"2000", b"9000"), header)
    await refused(ada, body + b" ", header)
    assert (await sent(ada, body, header)).status_code == 200


async def test_with_an_old_signature(ada: Shopper, paid: dict[str, Any]):
    body = written(paid)
    await refused(ada, body, signature(body, age_s=400))
    assert (await sent(ada, body, signature(body, age_s=200))).status_code == 200


async def test_with_the_time_of_a_signature_changed(ada: Shopper, paid: dict[str, Any]):
    body = written(paid)
    old, new = signature(body, age_s=400), signature(body)
    moment, _, _ = new.partition(",")
    await refused(ada, body, f"{moment},{old.partition(',')[2]}")


@pytest.mark.parametrize(
    "header",
    [
        "t=1,v1=",
        "v1=abc",
        "t=abc,v1=abc",
        "t=1",
        ",,,=",
        "t=1,v0=abc",
        "t=1,v1=é",
        "é",
        "t=²,v1=a",
        "t=-1,v1=a",
    ],
)
async def test_with_a_signature_that_is_none(ada: Shopper, paid: dict[str, Any], header: str):
    response = await ada.cloud.client.post(
        HOOK, content=written(paid), headers=[(b"stripe-signature", header.encode("latin-1"))]
    )
    assert (response.status_code, await ada.balance()) == (400, "0")


async def test_with_a_scheme_that_is_not_believed(ada: Shopper, paid: dict[str, Any]):
    body = written(paid)
    await refused(ada, body, signature(body).replace("v1=", "v0="))


async def test_one_good_signature_of_several_will_do_as_when_a_secret_is_changed(
    ada: Shopper, paid: dict[str, Any]
):
    body = written(paid)
    other = signature(body, "whsec_somebodyelses").partition(",")[2]
    moment, _, ours = signature(body).partition(",")
    assert (await sent(ada, body, f"{moment},{other},{ours}")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"id": 1}',
        b'{"id":"evt_1","type":"checkout.session.completed"}',
    ],
)
async def test_what_is_signed_and_no_event(ada: Shopper, body: bytes):
    await refused(ada, body, signature(body))


async def test_what_is_no_text(ada: Shopper):
    await refused(ada, b"\xff\xfe", signature(b"{}"))


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("checkout.session.completed", {}),
        ("checkout.session.completed", {"id": "cs_1", "amount_total": None, "currency": None}),
        ("charge.refunded", {"amount_refunded": "2000"}),
        ("charge.dispute.created", {"id": "dp_1"}),
    ],
)
async def test_an_event_that_lacks_what_it_should_have(ada: Shopper, kind: str, about: dict[str, Any]):
    body = written(event_of("evt_1", kind, about))
    await refused(ada, body, signature(body))


async def test_too_large_a_body_is_refused_before_it_is_read(ada: Shopper):
    body = b" " * (HOOK_MAX_BYTES + 1)
    await refused(ada, body, signature(body), 413)


async def test_a_body_that_comes_in_pieces_is_bounded_too(ada: Shopper):
    async def pieces() -> Any:
        for _ in range(HOOK_MAX_BYTES // 1024 + 1):
            yield b" " * 1024

    response = await ada.cloud.client.post(HOOK, content=pieces(), headers={"Stripe-Signature": "t=1,v1=a"})
    assert response.status_code == 413


async def test_a_packed_body_is_refused(ada: Shopper, paid: dict[str, Any]):
    body = gzip.compress(written(paid))
    await refused(ada, body, signature(written(paid)), 415, **{"Content-Encoding": "gzip"})


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
async def test_events_are_posted(ada: Shopper, method: str):
    response = await ada.cloud.client.request(method, HOOK)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_an_event_of_the_live_environment_is_refused_under_a_test_key(
    ada: Shopper, paid: dict[str, Any]
):
    body = written(paid | {"livemode": True})
    with capture_logs() as logs:
        await refused(ada, body, signature(body))
    assert [(each["log_level"], each["event"]) for each in logs] == [("error", "payment event refused")]


@pytest.mark.parametrize("kind", ["invoice.paid", "payment_intent.succeeded", "checkout.session.unheard_of"])
async def test_what_we_do_not_wait_for_is_answered_and_ignored(ada: Shopper, paid: dict[str, Any], kind: str):
    await ada.hears(paid | {"type": kind})
    assert await ada.balance() == "0"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"amount_total": 1}, "amount"),
        ({"amount_total": 200_000}, "amount"),
        ({"currency": "jpy"}, "currency"),
        ({"id": "cs_test_another"}, "page"),
    ],
)
async def test_what_is_paid_has_to_be_what_was_asked_for(
    ada: Shopper, paid: dict[str, Any], change: dict[str, Any], says: str
):
    event = event_of("evt_mismatch", paid["type"], paid["data"]["object"] | change)
    with capture_logs() as logs:
        await ada.hears(event)
    (log,) = logs
    assert (log["log_level"], log["event"], says in log["trouble"]) == ("error", "payment in trouble", True)
    (payment,) = (await ada.call("payment/List"))["payments"]
    assert (payment["status"], await ada.balance()) == ("mismatched", "0")
    rows = await ada.cloud.application.sql.bound(ada.account).rows(
        "SELECT trouble FROM payment_events WHERE account = ?1 AND id = ?2", event["id"]
    )
    assert says in rows[0][0]
    await ada.hears(paid)  # as it really was
    assert await ada.balance() == "20"


async def test_a_payment_is_credited_to_nobody_but_who_began_it(ada: Shopper, paid: dict[str, Any]):
    bob = await Shopper.of(ada.cloud, ada.stripe, "acc_bob")
    await bob.begin("20")
    about = paid["data"]["object"]
    moved = about | {"metadata": about["metadata"] | {"brickyard_account": "acc_bob"}}
    await ada.hears(event_of("evt_moved", paid["type"], moved))
    assert (await ada.balance(), await bob.balance()) == ("0", "0")
