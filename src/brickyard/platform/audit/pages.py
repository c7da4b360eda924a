"""Pages of entries, as they are asked for and as they are shown."""

import re
from typing import Any

import msgspec

from brickyard.contract import BadRequest, Context
from brickyard.platform.audit import ITSELF, contract, trail
from brickyard.platform.audit.contract import ListReply, ListRequest
from brickyard.platform.audit.trail import Trail, Wanted
from brickyard.platform.moment import moment_ns, timestamp

_CURSOR = re.compile(r"aud_[0-9a-f]{28}|")


def wanted(request: ListRequest, project: str, account: str) -> Wanted:
    """Say what a request looks for, of a project or an account."""
    endpoint = request.endpoint.lower().replace("/", ".")
    wanted = Wanted(
        project=project,
        account=account,
        subject=request.subject,
        key_id=request.key,
        endpoint=endpoint if "." in endpoint or endpoint in ("", ITSELF.endpoint) else f"{endpoint}.",
    )
    if request.from_ is not None:
        wanted = msgspec.structs.replace(wanted, from_ns=moment_ns(request.from_, "/from"))
    if request.to is not None:
        wanted = msgspec.structs.replace(wanted, to_ns=moment_ns(request.to, "/to"))
    return wanted


async def page(
    trail: Trail, context: Context, sought: Wanted, request: ListRequest, *, to_operator: bool = False
) -> ListReply:
    """Give a page of entries. Who an operator was is shown to operators only."""
    if not _CURSOR.fullmatch(request.cursor):
        raise BadRequest.at("/cursor", "This is no cursor: give a `next_cursor` back as it came.")
    found = await trail.entries(sought, request.cursor, request.limit + 1)
    shown = found[: request.limit]
    return ListReply(
        entries=[_entry(each, context, to_operator=to_operator) for each in shown],
        next_cursor=shown[-1].id if len(found) > len(shown) else "",
    )


def _entry(entry: trail.Entry, context: Context, *, to_operator: bool) -> contract.Entry:
    own = (entry.account, entry.key_id) == (context.account, context.key_id)
    hidden = bool(entry.operator) and not own and not to_operator
    return contract.Entry(
        id=entry.id,
        time=timestamp(entry.time_ns),
        endpoint=entry.endpoint,
        project=entry.project,
        subject=entry.subject,
        account="" if hidden else entry.account,
        session="" if hidden else entry.session,
        key="" if hidden else entry.key_id,
        operator=bool(entry.operator),
        address="" if hidden else entry.address,
        request_id="" if hidden else entry.request_id,
        before=_object(entry.before),
        after=_object(entry.after),
    )


def _object(text: str | None) -> dict[str, Any] | None:
    return None if text is None else msgspec.json.decode(text)
