"""The account itself: what is known of it, and its end."""

from typing import Annotated

from msgspec import Meta

from brickyard.contract import JsonObject, Reply, Request, Timestamp
from brickyard.platform.account.wire.words import Name, Password
from brickyard.platform.export import CURSOR_MAX


class GetRequest(Request):
    """Nothing to say: it is about the account that asks."""


class ProfileReply(Reply):
    """An account."""

    id: str
    """Its name in lists of members; not a secret."""
    email: str
    """Its e-mail, which was shown to be its owner's; empty if a provider vouched for none."""
    name: str
    """What it is called."""
    created_at: Timestamp
    """When it was made."""
    has_password: bool
    """Whether one can sign in to it with a password."""
    has_totp: bool
    """Whether signing in takes a second factor."""
    passkeys: int
    """How many passkeys it has."""
    providers: list[str]
    """Whose identities it can be signed in to with, such as `github`."""
    deletion_at: Timestamp | None
    """When it will be deleted; null unless that was asked for."""


class UpdateRequest(Request):
    """What to change."""

    name: Name
    """What to call the account."""


class DeleteRequest(Request):
    """Leave for good."""

    password: Password = ""
    """The account's password; not needed within 15 minutes of signing in."""


class DeleteReply(Reply):
    """How long it can be taken back."""

    deletion_at: Timestamp
    """When the account and its projects will be deleted. Until then `Restore` keeps them."""


class RestoreRequest(Request):
    """Nothing to say: the account that asks stays."""


class ExportRequest(Request):
    """Where to go on; it is about the account that asks."""

    cursor: Annotated[str, Meta(max_length=CURSOR_MAX)] = ""
    """A `next_cursor`, to go on from there."""


class ExportReply(Reply):
    """All that is kept of an account, a thousand rows at a time."""

    data: JsonObject
    """Rows by table: the account, its e-mail, sessions, second factors, passkeys, identities, memberships and
    changes to it (`audit`), its money (`billing_transactions`, `billing_caps` …) and its payments. Without
    secrets. What a project keeps, `project/Export` gives."""
    next_cursor: str = ""
    """Where to go on; empty when that is all."""


ALICE = ProfileReply(
    id="acc_01jd3x7m9q8w5e4r2t6y1v0nza",
    email="alice@example.com",
    name="Alice",
    created_at="2026-11-24T08:00:00Z",
    has_password=True,
    has_totp=False,
    passkeys=0,
    providers=[],
    deletion_at=None,
)

EXPORTED: JsonObject = {
    "account": [{"id": ALICE.id, "name": "Alice", "created_at": ALICE.created_at}],
    "emails": [{"email": ALICE.email, "created_at": ALICE.created_at}],
    "sessions": [
        {
            "id": "ses_01jd3x7m9q8w5e4r2t6y1v0nza",
            "address": "192.0.2.7",
            "agent": "brickyard-python",
            "created_at": ALICE.created_at,
            "expires_at": "2026-12-24T08:00:00Z",
            "used_at": None,
        }
    ],
    "known_networks": [{"network": "192.0.2.7", "seen_at": ALICE.created_at}],
    "authenticators": [],
    "passkeys": [],
    "identities": [],
    "memberships": [
        {
            "project_id": "prj_01jd3x7m9q8w5e4r2t6y1v0nzb",
            "role": "owner",
            "created_at": ALICE.created_at,
        }
    ],
    "projects": [
        {
            "id": "prj_01jd3x7m9q8w5e4r2t6y1v0nzb",
            "name": "first",
            "created_at": ALICE.created_at,
            "deleted_at": None,
        }
    ],
    "passwords": [{"created_at": ALICE.created_at}],
    "audit": [
        {
            "id": "aud_18d75b8423f30000000002dc2b43",
            "subject": ALICE.id,
            "endpoint": "account.confirmsignup",
            "account": "",
            "session": "",
            "key_id": "",
            "operator": False,
            "address": "192.0.2.7",
            "request_id": "req_01JD3X7M9Q8W5E4R2T6Y1V0NZA",
            "time_at": ALICE.created_at,
            "before": None,
            "after": {"name": "Alice"},
        }
    ],
    **{
        name: []
        for name in (
            *("blocks", "operators", "farewells", "webhook_deliveries", "webhook_gone", "offers"),
            *("billing_accounts", "billing_transactions", "billing_entries", "billing_grants"),
            *("billing_windows", "billing_caps", "billing_counts", "billing_events", "billing_channels"),
            *(
                "payments",
                "payment_disputes",
                "payment_refunds",
                "payment_returns",
                "payment_events",
                "payment_debts",
            ),
        )
    },
}
