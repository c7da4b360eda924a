"""Stripe on this machine: localstripe, and in front of it the part of Stripe that localstripe does not have.

localstripe has PaymentMethods, PaymentIntents, Charges and Refunds, and whoever pays here pays there. Not in
it, and so made here after docs.stripe.com/api: Checkout sessions and the page to pay on, idempotency keys,
that no more is refunded than is left, disputes, and the events that tell of all these. What is asked of
anything else goes on to localstripe.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Self

import httpx2 as httpx
from flask import Flask, Response, jsonify, redirect, request
from stripe import WebhookSignature
from werkzeug.serving import make_server

from brickyard.platform.payment.origins import Origins
from brickyard.platform.payment.stripe.credentials import ApiBase, StripeKey, WebhookSecret
from brickyard.settings import Settings
from database import database

KEY = "sk_test_brickyard"
SECRET = "whsec_brickyardbrickyard"
CARD = {"type": "card", "card[exp_month]": "12", "card[exp_year]": "2040", "card[cvc]": "123"}
GOOD_CARD, BAD_CARD = "4242424242424242", "4000000000000341"
GOOD_IBAN, BAD_IBAN = "DE89370400440532013000", "DE62370400440532013001"
LIMIT_S = 20.0
AGAIN_S = 0.02
RUN = (
    "import socket, sys; from aiohttp import web; from localstripe.server import app;"
    "web.run_app(app, sock=socket.socket(fileno=int(sys.argv[1])))"
)

Event = dict[str, Any]


@dataclass
class Session:
    """A Checkout session, as it stands."""

    shown: dict[str, Any]
    """What the API gives."""
    intent_metadata: dict[str, str]
    events: list[Event] = field(default_factory=list)
    """What was told of it and its payment, in order."""
    charge: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.shown["id"]


class StripeServer:
    """Serves until it is left."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.asked = 0
        """How many sessions were asked for, the same one again included."""
        self.fail_next: list[int] = []
        """Statuses to answer the next calls for a session or refund with; but for 400, after it was made."""
        self.now_s: Callable[[], float] = time.time
        """What time it is there."""
        self._replies: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}
        self._numbers = count(1)
        self._refunding = threading.Lock()
        app = Flask("stripe")
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._routes(app)

    def __enter__(self) -> Self:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            listener.set_inheritable(True)
            self._behind = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self._localstripe = subprocess.Popen(
                [sys.executable, "-c", RUN, str(listener.fileno())],
                pass_fds=(listener.fileno(),),
                stdout=subprocess.DEVNULL,
            )
        self._client = httpx.Client(base_url=self._behind, headers=_authorization(), timeout=30)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._client.close()
        self._localstripe.terminate()
        self._localstripe.wait(timeout=30)

    # What a payer does.

    def pay(self, url: str, **means: str) -> httpx.Response:
        """Pay on a page, by `card` or `iban`; gives where the browser is sent, or that it is declined."""
        return httpx.post(url, data=means or {"card": GOOD_CARD}, timeout=30)

    def session_at(self, url: str) -> Session:
        return self.sessions[url.rpartition("/")[2]]

    # What happens at Stripe.

    def clear(self, session: Session) -> Event:
        """Wait until a bank has said whether it pays, and tell of it."""
        path = f"/v1/payment_intents/{session.shown['payment_intent']}"
        deadline = time.monotonic() + LIMIT_S
        while (intent := self._client.get(path).json())["status"] == "processing":
            assert time.monotonic() < deadline
            time.sleep(AGAIN_S)
        succeeded = intent["status"] == "succeeded"
        session.shown["payment_status"] = "paid" if succeeded else "unpaid"
        outcome = "succeeded" if succeeded else "failed"
        return self._tell(session, f"checkout.session.async_payment_{outcome}", session.shown)

    def expire(self, session: Session) -> Event:
        session.shown |= {"status": "expired", "url": None}
        return self._tell(session, "checkout.session.expired", session.shown)

    def refund(self, session: Session, amount: int | None = None) -> Event:
        asked: dict[str, Any] = {"charge": session.charge["id"]}
        refund = self._client.post("/v1/refunds", data=asked | ({"amount": amount} if amount else {}))
        assert refund.status_code == 200, refund.text
        return self._tell_refunded(session)

    def refunds(self, session: Session) -> list[dict[str, Any]]:
        """Give the refunds of what was paid, newest first."""
        asked = {"payment_intent": session.shown["payment_intent"], "limit": 100}
        return self._client.get("/v1/refunds", params=asked).json()["data"]

    def tell_refund(self, session: Session, kind: str, status: str, cents: int | None = None) -> Event:
        """Tell of a refund, or of the one of so much; localstripe has none that fail."""
        refund = next(each for each in self.refunds(session) if cents in (None, each["amount"]))
        about = {"status": status, "payment_intent": session.shown["payment_intent"]}
        return self._tell(session, kind, refund | about)

    def forget_keys(self) -> None:
        """Let a day pass, after which Stripe knows no idempotency key any more."""
        self._replies.clear()

    def dispute(self, session: Session, amount: int | None = None, status: str = "needs_response") -> Event:
        dispute = {
            "id": f"dp_{next(self._numbers)}",
            "object": "dispute",
            "amount": amount or session.shown["amount_total"],
            "currency": session.shown["currency"],
            "charge": session.charge["id"],
            "payment_intent": session.shown["payment_intent"],
            "metadata": {},
            "reason": "fraudulent",
            "status": status,
        }
        return self._tell(session, "charge.dispute.created", dispute)

    def close(self, session: Session, dispute: Event, status: str) -> Event:
        closed = dispute["data"]["object"] | {"status": status}
        return self._tell(session, "charge.dispute.closed", closed)

    def own_events(self, kind: str) -> list[Event]:
        """Give the events that localstripe has told by itself."""
        return self._client.get("/v1/events", params={"type": kind, "limit": 100}).json()["data"]

    def have_own_events_sent(self, url: str) -> None:
        """Have localstripe send its own events, signed by itself."""
        hook = {"url": url, "secret": SECRET}
        assert self._client.post("/_config/webhooks/brickyard", data=hook).status_code == 200

    def _tell_refunded(self, session: Session) -> Event:
        charge = self._client.get(f"/v1/charges/{session.charge['id']}").json()
        session.charge |= {name: charge[name] for name in ("amount_refunded", "refunded")}
        return self._tell(session, "charge.refunded", session.charge)

    def _tell(self, session: Session, kind: str, about: dict[str, Any]) -> Event:
        event = event_of(f"evt_{next(self._numbers)}_{session.id}", kind, about)
        session.events.append(event)
        return event

    # The API, and the page.

    def _routes(self, app: Flask) -> None:
        app.post("/v1/checkout/sessions")(self._create)
        app.get("/v1/checkout/sessions/<id>")(self._session)
        app.post("/v1/refunds")(self._create_refund)
        app.post("/pay/<id>")(self._pay)
        app.route("/<path:path>", methods=["GET", "POST", "DELETE"])(self._pass_on)

    def _create(self) -> Any:
        if request.headers.get("Authorization") != _authorization()["Authorization"]:
            return _error(401, "authentication_error", None)
        self.asked += 1
        return self._once(self._make)

    def _session(self, id: str) -> Any:
        return (
            jsonify(self.sessions[id].shown)
            if id in self.sessions
            else _error(404, "invalid_request_error", None)
        )

    def _create_refund(self) -> Any:
        with self._refunding:
            left = self._left(request.form["payment_intent"])
            if int(request.form["amount"]) > left and request.headers["Idempotency-Key"] not in self._replies:
                return _error(400, "invalid_request_error", "charge_already_refunded")
            return self._once(self._refund)

    def _once(self, make: Callable[[str, dict[str, str]], dict[str, Any]]) -> Any:
        """Make something under an idempotency key, or give what was made under it."""
        asked = request.form.to_dict()
        key = request.headers["Idempotency-Key"]
        if self.fail_next and self.fail_next[0] >= 0 and key not in self._replies:
            status = self.fail_next.pop(0)
            if status == 400:
                return _error(400, "invalid_request_error", "amount_too_small")
            make(key, asked)
            return _error(status, "api_error", None)
        if key in self._replies:
            first, reply = self._replies[key]
            return jsonify(reply) if first == asked else _error(400, "idempotency_error", None)
        return jsonify(make(key, asked))

    def _refund(self, key: str, asked: dict[str, str]) -> dict[str, Any]:
        refund = self._client.post("/v1/refunds", data=asked)
        assert refund.status_code == 200, refund.text
        self._replies[key] = asked, refund.json()
        (session,) = [
            each for each in self.sessions.values() if each.shown["payment_intent"] == asked["payment_intent"]
        ]
        self._tell_refunded(session)
        return refund.json()

    def _left(self, intent: str) -> int:
        charge = self._client.get(f"/v1/payment_intents/{intent}").json()["latest_charge"]
        return charge["amount"] - charge["amount_refunded"]

    def _make(self, key: str, asked: dict[str, str]) -> dict[str, Any]:
        """Make a session out of the parameters that Brickyard sends; a KeyError if one is missing."""
        name = f"cs_test_{next(self._numbers)}"
        assert asked["mode"] == "payment"
        assert asked["adaptive_pricing[enabled]"].lower() == "false"
        assert 1800 <= int(asked["expires_at"]) - self.now_s() <= 86_400
        price, quantity = "line_items[0][price_data]", int(asked["line_items[0][quantity]"])
        shown = {
            "id": name,
            "object": "checkout.session",
            "amount_total": int(asked[f"{price}[unit_amount]"]) * quantity,
            "currency": asked[f"{price}[currency]"],
            "client_reference_id": asked["client_reference_id"],
            "expires_at": int(asked["expires_at"]),
            "livemode": False,
            "metadata": _under(asked, "metadata"),
            "mode": "payment",
            "payment_intent": None,
            "payment_status": "unpaid",
            "status": "open",
            "success_url": asked["success_url"],
            "cancel_url": asked["cancel_url"],
            "url": f"{self.address}/pay/{name}",
        }
        assert asked[f"{price}[product_data][name]"]
        self.sessions[name] = Session(shown, _under(asked, "payment_intent_data[metadata]"))
        self._replies[key] = asked, dict(shown)
        return shown

    def _pay(self, id: str) -> Any:
        session = self.sessions[id]
        if session.shown["status"] != "open":
            return Response("This page is closed.", status=410)
        means = request.form
        if "card" in means:
            method = self._client.post("/v1/payment_methods", data=CARD | {"card[number]": means["card"]})
        else:
            iban = {"type": "sepa_debit", "sepa_debit[iban]": means["iban"]}
            method = self._client.post("/v1/payment_methods", data=iban)
        asked = {
            "amount": session.shown["amount_total"],
            "currency": session.shown["currency"],
            "payment_method": method.json()["id"],
            "confirm": "true",
            **{f"metadata[{name}]": value for name, value in session.intent_metadata.items()},
        }
        intent = self._client.post("/v1/payment_intents", data=asked)
        if intent.status_code == 402:
            return Response("Your card was declined.", status=402)
        self._complete(session, intent.json(), "paid" if "card" in means else "unpaid")
        return redirect(session.shown["success_url"], code=303)

    def _complete(self, session: Session, intent: dict[str, Any], payment_status: str) -> None:
        receipt = f"{self.address}/receipts/{intent['id']}"
        # Stripe copies a PaymentIntent's metadata to its charge, and writes a receipt; localstripe does not.
        session.charge = intent["latest_charge"] | {
            "metadata": session.intent_metadata,
            "receipt_url": receipt,
        }
        session.shown |= {
            "payment_intent": intent["id"],
            "payment_status": payment_status,
            "status": "complete",
            "url": None,
        }
        if payment_status == "paid":
            self._tell(session, "charge.succeeded", session.charge)
        self._tell(session, "checkout.session.completed", session.shown)

    def _pass_on(self, path: str) -> Any:
        headers = {"Authorization": request.headers.get("Authorization", "")}
        reply = self._client.request(
            request.method, f"/{path}", params=request.args, data=request.form, headers=headers
        )
        return Response(reply.content, reply.status_code, content_type=reply.headers["content-type"])


def settings_of(stripe: StripeServer, home: Path) -> Settings:
    """Give the settings of a cloud that takes payments."""
    return Settings(
        home=home,
        port=0,
        database_url=database.url(home),
        public_url="https://cloud.example",
        stripe_secret_key=StripeKey.of(KEY),
        stripe_webhook_secret=WebhookSecret.of(SECRET),
        stripe_api_base=ApiBase.of(stripe.address),
        offline=True,
        payment_origins=Origins.of("https://shop.example"),
    )


def event_of(name: str, kind: str, about: dict[str, Any], *, livemode: bool = False) -> Event:
    """Make an event, with what it is about as it is now."""
    return {
        "id": name,
        "object": "event",
        "api_version": "2026-10-28",
        "created": int(time.time()),
        "data": {"object": json.loads(json.dumps(about))},
        "livemode": livemode,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def written(event: Event) -> bytes:
    """Write an event as Stripe does."""
    return json.dumps(event, indent=2).encode()


def signature(body: bytes, secret: str = SECRET, age_s: int = 0) -> str:
    """Sign a body, by Stripe's own library."""
    return WebhookSignature.generate_signature_header(body.decode(), secret, int(time.time()) - age_s)


def deliver(event: Event, url: str) -> int:
    """Send an event; gives what it is answered with."""
    body = written(event)
    headers = {"Stripe-Signature": signature(body), "Content-Type": "application/json; charset=utf-8"}
    return httpx.post(url, content=body, headers=headers, timeout=30).status_code


def _authorization() -> dict[str, str]:
    return {"Authorization": f"Bearer {KEY}"}


def _under(asked: dict[str, str], name: str) -> dict[str, str]:
    """Give what was asked under a name: `name[key]`."""
    start = f"{name}["
    return {each[len(start) : -1]: value for each, value in asked.items() if each.startswith(start)}


def _error(status: int, kind: str, code: str | None) -> Any:
    error = {"type": kind, "code": code, "message": "No."}
    return jsonify({"error": error}), status
