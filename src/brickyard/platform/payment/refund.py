"""A refund that an operator asks for: written down before the processor is asked, and when it answers."""

import msgspec

from brickyard.engines.sql import Transaction


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table of refunds, the account apart."""

    payment: str
    reference: str
    """By what the operator knows it, once for a payment."""
    id: str
    """By what the processor is asked for it, so that asking twice gives back once."""
    amount: int
    """In the currency's smallest unit."""
    reason: str
    refunded_before: int
    """What of the payment had been given back when this was asked for."""
    created_ns: int
    refund: str = ""
    """The processor's name for it; empty until it has said so."""


_COLUMNS = ", ".join(Refund.__struct_fields__)
_PLACES = ", ".join(f"?{number}" for number in range(2, len(Refund.__struct_fields__) + 2))


async def find(transaction: Transaction, payment: str, reference: str) -> Refund | None:
    """Give what was asked for under a reference; None if nothing was."""
    rows = await transaction.rows(
        f"SELECT {_COLUMNS} FROM payment_refunds WHERE account = ?1 AND payment = ?2 AND reference = ?3",  # noqa: S608 - constants of this file
        payment,
        reference,
    )
    return Refund(**dict(zip(Refund.__struct_fields__, rows[0], strict=True))) if rows else None


async def insert(transaction: Transaction, refund: Refund) -> None:
    """Write down what is asked for."""
    await transaction.changed(
        f"INSERT INTO payment_refunds (account, {_COLUMNS}) VALUES (?1, {_PLACES})",  # noqa: S608 - as above
        *msgspec.structs.astuple(refund),
    )


async def name(transaction: Transaction, refund: Refund) -> bool:
    """Keep the processor's name for it; False if that is known already."""
    changed = await transaction.changed(
        "UPDATE payment_refunds SET refund = ?4"
        " WHERE account = ?1 AND payment = ?2 AND reference = ?3 AND refund = ''",
        refund.payment,
        refund.reference,
        refund.refund,
    )
    return changed == 1


async def drop(transaction: Transaction, refund: Refund) -> bool:
    """Forget what the processor has refused; False if it is gone, or was asked for anew."""
    changed = await transaction.changed(
        "DELETE FROM payment_refunds"
        " WHERE account = ?1 AND payment = ?2 AND reference = ?3 AND id = ?4 AND refund = ''",
        refund.payment,
        refund.reference,
        refund.id,
    )
    return changed == 1
