"""The processor port, kept by Stripe."""

from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus

import msgspec
import structlog

from brickyard.contract import BadRequest, Internal, Unavailable
from brickyard.engines.clock import NANOSECONDS
from brickyard.platform.payment.facts import Notice
from brickyard.platform.payment.processor import Checkout, PayPage, Refunded, RefundOrder
from brickyard.platform.payment.stripe import event as events
from brickyard.platform.payment.stripe.credentials import StripeKey, WebhookSecret
from brickyard.platform.payment.stripe.event import Dispute, Event, Refund
from brickyard.platform.payment.stripe.library import connected, load
from brickyard.platform.payment.stripe.metadata import Owner, owner_in
from brickyard.platform.payment.stripe.refund import give_back

TOLERANCE_S = 300
"""How old a signature may be: what somebody overheard is of no use later."""
PRODUCT = "Prepaid credit"
"""What payers read that they buy."""


class StripeProcessor:
    """Stripe, at `api_base`: the operator's own choice, so no guard stands before it."""

    def __init__(self, key: StripeKey, secret: WebhookSecret, api_base: str) -> None:
        """Be the holder of `key`; believe what is signed with `secret`."""
        self._key, self._secret, self._api_base = key, secret, api_base

    @property
    def livemode(self) -> bool:
        """Whether the key moves real money."""
        return self._key.livemode

    async def open(self, checkout: Checkout) -> PayPage:
        """Make a Checkout session, once under the payment's id (docs.stripe.com/api/checkout/sessions)."""
        metadata = Owner(checkout.account, checkout.payment).metadata()
        async with connected(self._key, self._api_base) as client:
            with _refusals("open", checkout.payment):
                session = await client.v1.checkout.sessions.create_async(
                    {
                        "mode": "payment",
                        "client_reference_id": checkout.payment,
                        "line_items": [
                            {
                                "quantity": 1,
                                "price_data": {
                                    "currency": checkout.currency,
                                    "unit_amount": checkout.price,
                                    "product_data": {"name": PRODUCT},
                                },
                            }
                        ],
                        "metadata": metadata,
                        "payment_intent_data": {"metadata": metadata},
                        "adaptive_pricing": {"enabled": False},  # it would have them pay in another currency
                        "success_url": checkout.success_url,
                        "cancel_url": checkout.cancel_url,
                        "expires_at": checkout.expires_ns // NANOSECONDS,
                    },
                    {"idempotency_key": checkout.payment},
                )
        if not session.url:
            raise Internal(f"Stripe gave no page for the payment {checkout.payment}.")
        return PayPage(session.id, session.url)

    async def refund(self, order: RefundOrder) -> Refunded:
        """Make a refund, once under its id."""
        async with connected(self._key, self._api_base) as client:
            with _refusals("refund", order.payment):
                return await give_back(client, order, livemode=self.livemode)

    async def hear(self, body: bytes, signature: str) -> Notice | None:
        """Read an event whose signature is good."""
        await self._verify(body, signature)
        try:
            event = msgspec.json.decode(body, type=Event)
            if event.livemode != self.livemode:
                raise self._of_other_environment(event)
            if event.type not in events.KINDS:
                return None
            told = events.read(event)
        except msgspec.DecodeError as error:
            raise BadRequest(f"The event cannot be read: {error}.") from error
        fact, owner = told if isinstance(told, tuple) else (told.fact(), await self._owner(told))
        if owner is None:
            return None
        return Notice(event.id, event.type, owner.account, owner.payment, event.livemode, fact)

    async def _verify(self, body: bytes, signature: str) -> None:
        """Raise `BadRequest` unless Stripe has signed the body with our secret, and lately."""
        await load()
        import stripe

        if not signature.isascii():  # the library would fail on it, in place of refusing it
            raise _forged()
        try:
            stripe.WebhookSignature.verify_header(  # pyright: ignore[reportUnknownMemberType] - of the tolerance
                body, signature, self._secret.text, TOLERANCE_S
            )
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
            raise _forged() from error

    async def _owner(self, told: Dispute | Refund) -> Owner | None:
        """Ask whose payment it is about: it may be heard of before anything else of that payment."""
        if not told.payment_intent:
            return None
        async with connected(self._key, self._api_base) as client:
            with _refusals("whose", told.id):
                intent = await client.v1.payment_intents.retrieve_async(told.payment_intent)
        return owner_in(intent.metadata.to_dict())

    def _of_other_environment(self, event: Event) -> BadRequest:
        words = ("test", "live")
        theirs, ours = words[event.livemode], words[self.livemode]
        structlog.get_logger().error("payment event refused", event_id=event.id, livemode=event.livemode)
        return BadRequest(
            f"The event is of Stripe's {theirs} environment, and BRICKYARD_STRIPE_SECRET_KEY of the {ours}"
            " one."
        )


@contextmanager
def _refusals(what: str, id: str) -> Generator[None]:
    """Make `Unavailable` of what may go away by itself, and `Internal` of what an operator has to look at."""
    import stripe

    try:
        yield
    except stripe.StripeError as error:
        fleeting = isinstance(error, stripe.APIConnectionError) or _may_pass(error.http_status)
        structlog.get_logger().error(
            "stripe refused",
            what=what,
            id=id,
            error=type(error).__name__,
            code=error.code,
            status=error.http_status,
            stripe_request=error.request_id,
        )
        if fleeting:
            raise Unavailable(
                "Stripe cannot be reached right now. Try again, with the same request."
            ) from error
        raise Internal("Stripe did not accept the request; the log says why. Nothing was paid.") from error


def _may_pass(status: int | None) -> bool:
    """Whether a refusal may go away: another try is under way, too many calls, or a fault of Stripe's."""
    busy = (HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS)
    return status is not None and (status in busy or status >= HTTPStatus.INTERNAL_SERVER_ERROR)


def _forged() -> BadRequest:
    return BadRequest(
        "The signature is not Stripe's, or is too old. If it is Stripe's: BRICKYARD_STRIPE_WEBHOOK_SECRET has"
        " to be the signing secret of this very webhook endpoint, and the clocks have to agree."
    )
