"""What a payment processor tells of a payment, whoever the processor is.

Facts only ever go forward: each says how far something has come. What is known after any number of them, in
any order and however often each was told, is the furthest of them.
"""

from enum import IntEnum

import msgspec


class Stage(IntEnum):
    """How far a payment has come."""

    OPEN = 0
    """Nothing was paid yet."""
    PROCESSING = 1
    """The payer has done their part; whether the money comes is not known yet."""
    EXPIRED = 2
    """Nobody paid in time."""
    FAILED = 3
    """The money did not come."""
    MISMATCHED = 4
    """Something else was paid than was asked for: nothing is credited, and a person has to look."""
    PAID = 5
    """The money is there."""


class DisputeStage(IntEnum):
    """How far a payer's dispute with their bank has come."""

    INQUIRY = 0
    """The bank asks; no money has moved."""
    OPEN = 1
    """The bank has taken the money back for now."""
    LOST = 2
    """The bank has taken the money back for good."""
    WON = 3
    """The bank has given the money back."""


class Progress(msgspec.Struct, frozen=True):
    """How far the paying has come."""

    stage: Stage
    session: str
    """The processor's name for the page that was paid on."""
    amount: int
    """What is paid there, in the currency's smallest unit."""
    currency: str


class Charged(msgspec.Struct, frozen=True):
    """What was taken from the payer, and how much of it was given back since."""

    refunded: int
    """All that was given back so far, in the currency's smallest unit. Whether it falls when a refund fails
    is the processor's affair."""
    currency: str
    receipt_url: str


class Return(msgspec.Struct, frozen=True):
    """One refund. One that is undone stays so: to give back after all takes another refund."""

    id: str
    """The processor's name for it."""
    amount: int
    """In the currency's smallest unit."""
    undone: bool
    """Whether it has failed or was cancelled: the money has not reached the payer, and came back."""


class Returned(msgspec.Struct, frozen=True):
    """Refunds of a payment: one or more, maybe not all."""

    refunds: tuple[Return, ...]
    currency: str


class Disputed(msgspec.Struct, frozen=True):
    """A payer wants their bank to take the money back."""

    id: str
    amount: int
    """How much of it, in the currency's smallest unit."""
    currency: str
    stage: DisputeStage


Fact = Progress | Charged | Returned | Disputed


class Notice(msgspec.Struct, frozen=True):
    """A fact, and what it is about."""

    event: str
    """The processor's name for having told it: the same one when it tells it again."""
    kind: str
    """What the processor calls it, such as `checkout.session.completed`."""
    account: str
    payment: str
    livemode: bool
    """Whether it is about real money."""
    fact: Fact
