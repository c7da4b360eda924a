"""Alerts and messages as the `billing` service shows them, and the cursors of their pages."""

import base64

import msgspec

from brickyard.contract import BadRequest, Money
from brickyard.engines.webhook import Status
from brickyard.platform.billing.alerts import Event, Place, place
from brickyard.platform.billing.month import Month, timestamp
from brickyard.platform.billing.telling import AlertInfo, DeliveryInfo


def alert(event: Event, account: str) -> AlertInfo:
    """Show an event of an account."""
    project, _, key = event.subject.partition("/") if event.kind == "cap" else ("", "", "")
    monthly = event.kind in ("cap", "statement")
    return AlertInfo(
        id=event.id(account),
        kind=event.kind,
        project=project,
        key=key,
        percent=event.threshold if event.kind == "cap" else None,
        month=Month.of(event.episode).name if monthly else "",
        amount=str(Money(event.amount)) if event.kind in ("cap", "low_balance") else None,
        created_at=timestamp(event.created_ns),
        told_at=timestamp(event.told_ns) if event.told_ns else None,
    )


def delivery(status: Status) -> DeliveryInfo:
    """Show what became of a message."""
    return DeliveryInfo(
        id=status.id,
        url=status.url,
        state=status.state,
        attempts=status.attempts,
        note=status.note,
        created_at=timestamp(status.created_ns),
    )


def cursor_at(event: Event) -> str:
    """Give the cursor of the page after an event."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place(event))).decode()


def place_of(cursor: str) -> Place | None:
    """Read a cursor; None for the first page, `BadRequest` for what is none."""
    if not cursor:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=Place)
    except (ValueError, msgspec.MsgspecError) as error:
        raise BadRequest.at(
            "/cursor", "This is no cursor: send the `next_cursor` of a reply, unchanged."
        ) from error
