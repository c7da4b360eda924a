"""Where a consumer begins."""

from contextlib import suppress
from uuid import UUID

from brickyard.contract import BadRequest
from brickyard.services.event.journal import Journal
from brickyard.services.event.moment import parsed

EARLIEST = frozenset(("earliest", "0"))


async def start(journal: Journal, topic: str, offset: str) -> int:
    """Give the `seq` after which a consumer begins that asks for `offset`.

    Raises `BadRequest` if the offset is neither a time nor a word for the beginning, nor an event of the
    topic that is still kept.
    """
    if not offset:
        return await journal.head(topic)
    if offset in EARLIEST:
        return 0
    if _is_uuid(offset):
        return await _after_event(journal, topic, offset.lower())
    with suppress(ValueError):
        return parsed(offset) - 1
    raise BadRequest.at(
        "/offset",
        f"The offset {offset!r} is none: give a time such as 2026-01-02T15:04:05Z, the id of an event, "
        "or 'earliest'.",
    )


async def _after_event(journal: Journal, topic: str, event_id: str) -> int:
    seq = await journal.place(topic, event_id)
    if seq is None:
        raise BadRequest.at(
            "/offset",
            f"The topic {topic!r} has no event {event_id!r}, or no longer (events are kept for 24 hours): "
            "give a time, or 'earliest'.",
        )
    return seq


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
