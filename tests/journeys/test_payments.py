"""Payments between processes: a cloud, or two, and Stripe that sends its events until they are taken."""

import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from cloud import ProcessCloud, gateways
from people import PASSWORD
from stripe_server import KEY, SECRET, Event, StripeServer, deliver, signature, written

CODE = re.compile(r"give this code:\s+(\S+)")
LIMIT_S = 30.0


@pytest.fixture
def stripe() -> Iterator[StripeServer]:
    with StripeServer() as server:
        yield server


def settings_for(stripe: StripeServer) -> dict[str, str]:
    return {
        "BRICKYARD_STRIPE_SECRET_KEY": KEY,
        "BRICKYARD_STRIPE_WEBHOOK_SECRET": SECRET,
        "BRICKYARD_STRIPE_API_BASE": stripe.address,
    }


def cloud_of(home: Path, stripe: StripeServer, **environment: str) -> ProcessCloud:
    return ProcessCloud(home, **settings_for(stripe), **environment)


def sign_up(cloud: ProcessCloud) -> dict[str, str]:
    """Sign somebody up; gives the headers of their calls."""
    cloud.call("account/SignUp", {"email": "ada@example.com", "password": PASSWORD})
    (letter,) = cloud.call("outbox/List")["letters"]
    found = CODE.search(cloud.call("outbox/Read", {"id": letter["id"]})["source"])
    assert found
    signed_in = cloud.call("account/ConfirmSignUp", {"code": found[1], "password": PASSWORD})
    return {"Authorization": f"Bearer {signed_in['token']}"}


def ask(cloud: ProcessCloud, headers: dict[str, str], path: str, **request: Any) -> Any:
    response = cloud.post(path, request, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def buy(cloud: ProcessCloud, stripe: StripeServer, headers: dict[str, str]) -> Event:
    """Pay 20 dollars; gives the event that credits them, which nobody has sent yet."""
    payment = ask(cloud, headers, "payment/Create", amount="20")["payment"]
    reply = stripe.pay(payment["url"])
    assert (reply.status_code, reply.headers["location"]) == (303, f"{cloud.address}/")
    return stripe.session_at(payment["url"]).events[-1]


def begun(event: Event, cloud: ProcessCloud) -> socket.socket:
    """Send an event, and do not wait for the answer."""
    body, address = written(event), urlsplit(cloud.address)
    head = (
        f"POST /hooks/stripe HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(body)}\r\n"
        f"Stripe-Signature: {signature(body)}\r\n\r\n"
    )
    connection = socket.create_connection((address.hostname, address.port))
    connection.sendall(head.encode() + body)
    return connection


def top_ups(cloud: ProcessCloud, headers: dict[str, str]) -> list[str]:
    transactions = ask(cloud, headers, "billing/Transactions")["transactions"]
    return [each["amount"] for each in transactions if each["kind"] == "top_up"]


def test_credit_is_bought_and_stripes_own_events_are_believed(tmp_path: Path, stripe: StripeServer):
    with cloud_of(
        tmp_path / "home", stripe, BRICKYARD_LOG_LEVEL="debug", HOME=str(tmp_path), XDG_CONFIG_HOME=""
    ) as cloud:
        stripe.have_own_events_sent(f"{cloud.address}/hooks/stripe")
        headers = sign_up(cloud)
        assert deliver(buy(cloud, stripe, headers), f"{cloud.address}/hooks/stripe") == 200
        assert ask(cloud, headers, "billing/Balance")["available"] == "20"
        taken = 'brickyard_other_requests_total{kind="hook",status="200"} 2.0'
        deadline = time.monotonic() + LIMIT_S
        while taken not in (metrics := cloud.client.get("/metrics").text):
            assert time.monotonic() < deadline, metrics
            time.sleep(0.05)
        log = cloud.log.read_text()
    secrets = (KEY, SECRET, "client_secret", "post_data", stripe.address)
    assert [each for each in secrets if each in log] == []
    assert not (
        tmp_path / ".config"
    ).exists()  # where Stripe's library keeps a name of the machine, if it may


def test_a_kill_at_any_moment_credits_once(tmp_path: Path, stripe: StripeServer):
    with cloud_of(tmp_path / "home", stripe) as cloud:
        headers = sign_up(cloud)
        for pause_s in (0.0, 0.0005, 0.001, 0.002, 0.004, 0.008):
            event = buy(cloud, stripe, headers)
            with begun(event, cloud):
                time.sleep(pause_s)
                cloud.kill()
            cloud.start()
            for _ in range(2):
                assert deliver(event, f"{cloud.address}/hooks/stripe") == 200
        assert top_ups(cloud, headers) == ["20"] * 6


def test_an_event_that_two_gateways_hear_at_once_credits_once(tmp_path: Path, stripe: StripeServer):
    first, second = gateways(tmp_path, **settings_for(stripe))
    with first, second, ThreadPoolExecutor(8) as threads:
        headers = sign_up(first)
        hooks = [f"{each.address}/hooks/stripe" for each in (first, second)] * 4
        for number in range(1, 6):
            event = buy(first, stripe, headers)
            assert set(threads.map(deliver, [event] * len(hooks), hooks)) == {200}
            assert top_ups(second, headers) == ["20"] * number
        assert ask(first, headers, "billing/Balance")["available"] == "100"
