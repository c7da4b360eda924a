"""Transactions and caps, as people are shown them."""

from collections.abc import Mapping, Sequence

from brickyard.contract import BadRequest, Money
from brickyard.contract.words import INT64_MAX
from brickyard.platform.billing.caps import Cap
from brickyard.platform.billing.contract import CapInfo, TransactionInfo, TransactionsReply
from brickyard.platform.billing.ledger import Record
from brickyard.platform.billing.month import Month, timestamp


def sequence_of(cursor: str) -> int:
    """Read a cursor: the number of the last transaction on the page before."""
    if not cursor:
        return INT64_MAX
    if not (cursor.isascii() and cursor.isdecimal()) or int(cursor) > INT64_MAX:
        raise BadRequest.at("/cursor", "This is no cursor: send the `next_cursor` of a reply, unchanged.")
    return int(cursor)


def transactions_page(found: Sequence[Record], limit: int, names: Mapping[str, str]) -> TransactionsReply:
    """Show a page of transactions, with the `names` of projects by their ids.

    One more than `limit` was looked for, to know whether there are more.
    """
    page, has_more = found[:limit], len(found) > limit
    return TransactionsReply(
        transactions=[transaction(record, names.get(record.project, "")) for record in page],
        next_cursor=str(page[-1].sequence) if has_more else "",
        has_more=has_more,
    )


def transaction(record: Record, project_name: str) -> TransactionInfo:
    """Show a transaction."""
    return TransactionInfo(
        number=record.sequence,
        kind=record.kind,
        amount=str(Money(record.amount)),
        original=record.original or None,
        reference=record.reference,
        project=record.project,
        project_name=project_name,
        key=record.key_id,
        endpoint=record.endpoint,
        calls=record.calls,
        reason=record.reason,
        created_at=timestamp(record.created_ns),
    )


def cap_info(cap: Cap, month: Month) -> CapInfo:
    """Show a cap."""
    return CapInfo(
        project=cap.project,
        key=cap.key_id,
        amount=str(Money(cap.amount)),
        spent=str(Money(cap.spent)),
        held=str(Money(cap.held)),
        resets_at=timestamp(month.ends_ns),
    )
