"""What the `admin` service promises."""

from typing import Annotated

from msgspec import Meta

from brickyard.contract import (
    BadRequest,
    Conflict,
    Context,
    Example,
    NotFound,
    Reply,
    Request,
    Service,
    Struct,
    Timestamp,
    endpoint,
)
from brickyard.platform.admin import master_key as k
from brickyard.platform.admin import money as m
from brickyard.platform.audit.contract import Entry, ListReply, ListRequest

Id = Annotated[str, Meta(min_length=1, max_length=64)]
FlagName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Reason = Annotated[str, Meta(min_length=1, max_length=500)]


class SearchRequest(Request):
    """What to look for."""

    text: Annotated[str, Meta(max_length=100)] = ""
    """An id, a whole e-mail address, or a part of a name; empty for all."""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    """How many at most."""
    cursor: Annotated[str, Meta(max_length=64)] = ""
    """A `next_cursor`, to go on from there."""


class AccountInfo(Struct):
    """An account."""

    id: str
    """Its id."""
    name: str
    """Its name for people."""
    email: str
    """Its confirmed address; empty if it has none."""
    created_at: Timestamp
    """When it was made."""
    projects: int
    """How many projects it owns."""
    operator: bool
    """Whether it is one of the operators'."""
    blocked: str
    """Why it is blocked; empty if it is not."""


class SearchAccountsRequest(SearchRequest):
    """Which accounts to look for."""


class SearchAccountsReply(Reply):
    """Accounts."""

    accounts: list[AccountInfo]
    """Oldest first."""
    next_cursor: str = ""
    """Where to go on; empty when there is no more."""


class ProjectInfo(Struct):
    """A project."""

    id: str
    """Its id."""
    name: str
    """Its name for people."""
    account: str
    """The account that owns it."""
    created_at: Timestamp
    """When it was made."""
    deleted_at: Timestamp | None
    """When it was deleted; null if it was not."""
    blocked: str
    """Why it is blocked; empty if it is not."""


class SearchProjectsRequest(SearchRequest):
    """Which projects to look for; the id of an account finds those that it owns."""


class SearchProjectsReply(Reply):
    """Projects."""

    projects: list[ProjectInfo]
    """Oldest first."""
    next_cursor: str = ""
    """Where to go on; empty when there is no more."""


class BlockRequest(Request):
    """Whom to block."""

    id: Id
    """The id of a key, of a project (with all its keys), or of an account (with its sessions, and all
    projects that it owns)."""
    reason: Reason
    """Why. Whoever is refused for it is told."""


class BlockReply(Reply):
    """Nothing to tell."""


class UnblockRequest(Request):
    """Whom to let in again."""

    id: Id
    """The id of a key, a project or an account."""


class UnblockReply(Reply):
    """Nothing to tell."""


class SetOperatorRequest(Request):
    """Who is to be an operator."""

    account: Id
    """The account's id."""
    operator: bool
    """Whether it is one from now on."""


class SetOperatorReply(Reply):
    """Nothing to tell."""


class OverviewRequest(Request):
    """Nothing to say."""


class OverviewReply(Reply):
    """What there is, counted."""

    accounts: int
    """Accounts."""
    projects: int
    """Projects, without deleted ones."""
    projects_deleted: int
    """Projects that were deleted and are not yet erased."""
    keys: int
    """Keys that are neither revoked nor expired."""
    sessions: int
    """Sessions that are open."""
    blocked: int
    """Keys, projects and accounts that are blocked."""


class FlagInfo(Struct):
    """Something that can be switched on."""

    name: str
    """Its name in code."""
    description: str
    """What it switches on."""
    everywhere: bool
    """Whether it is on for all projects."""
    projects: list[str]
    """The ids of the projects for which it is on otherwise."""


class SetFeatureFlagRequest(Request):
    """A flag to switch."""

    name: FlagName
    """Its name in code."""
    everywhere: bool = False
    """Whether it is to be on for all projects."""
    projects: Annotated[tuple[Id, ...], Meta(max_length=1000)] = ()
    """The ids of the projects for which it is to be on otherwise."""
    description: Annotated[str, Meta(max_length=200)] = ""
    """What it switches on."""


class SetFeatureFlagReply(Reply):
    """Nothing to tell."""


class ListFeatureFlagsRequest(Request):
    """Nothing to say."""


class ListFeatureFlagsReply(Reply):
    """All flags that were ever set."""

    flags: list[FlagInfo]
    """By name."""


ADA = AccountInfo(
    id="acc_01jd3x7m9q8w5e4r2t6y1v0nza",
    name="Ada",
    email="ada@example.com",
    created_at="2026-11-24T08:00:00Z",
    projects=1,
    operator=False,
    blocked="",
)
WEB_SHOP = ProjectInfo(
    id="prj_01jd3x7m9q8w5e4r2t6y1v0nza",
    name="web shop",
    account=ADA.id,
    created_at="2026-11-24T08:00:00Z",
    deleted_at=None,
    blocked="",
)
A_GIFT = m.GrantCreditRequest(
    account=ADA.id, amount="5", reason="Welcome.", expires_at="2027-11-24T00:00:00Z", reference="welcome-ada"
)
NOTHING = m.Earned(name="total", calls=0, spent="0", refunded="0", paid_in="0", granted="0", adjusted="0")
FASTER = SetFeatureFlagRequest(name="faster_search", projects=(WEB_SHOP.id,), description="The new index.")


class ListChangesRequest(ListRequest):
    """Which changes to look for, of all there were: those that fit everything given."""

    account: Annotated[str, Meta(max_length=100)] = ""
    """What which account did, and what was done to it."""


CHANGE = Entry(
    id="aud_18d71f0e9b0a40000000010a1b2c",
    time="2026-11-24T08:00:00Z",
    endpoint="admin.setfeatureflag",
    project="",
    subject="faster_search",
    account="acc_01jd3x7m9q8w5e4r2t6y1v0nza",
    session="ses_01jd3x7m9q8w5e4r2t6y1v0nza",
    key="",
    operator=True,
    address="192.0.2.1",
    request_id="req_01JD3X7M9Q8W5E4R2T6Y1V0NZA",
    before=None,
    after={"everywhere": False, "projects": [WEB_SHOP.id]},
)


A_MASTER_KEY = "mk_9f86d081884c7d65"


class Admin(Service):
    """What the operators of a cloud do: look who is there, block, give credit, add up, switch features.

    It is for the accounts that are operators', and for keys with the scope `admin`, such as the one in
    `$BRICKYARD_HOME/token`. All of it is in the audit log.
    """

    category = "operation"
    title = "Administration"
    control_plane = True

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=SearchAccountsRequest(text="first", limit=1),
                reply=SearchAccountsReply(accounts=[ADA]),
                varying=("accounts", "next_cursor"),
            ),
        ),
    )
    async def search_accounts(self, context: Context, request: SearchAccountsRequest) -> SearchAccountsReply:
        """Look for accounts by id or name."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=SearchProjectsRequest(text="first", limit=1),
                reply=SearchProjectsReply(projects=[WEB_SHOP]),
                varying=("projects", "next_cursor"),
            ),
        ),
    )
    async def search_projects(self, context: Context, request: SearchProjectsRequest) -> SearchProjectsReply:
        """Look for projects by id, owner or name."""
        ...

    @endpoint(
        price=0,
        repeat="resumable",
        errors=(NotFound,),
        examples=(
            Example(
                request=BlockRequest(id=WEB_SHOP.id, reason="It sends spam. Write to abuse@example.com."),
                reply=BlockReply(),
            ),
        ),
    )
    async def block(self, context: Context, request: BlockRequest) -> BlockReply:
        """Block a key, a project or an account, at once and everywhere."""
        ...

    @endpoint(
        price=0,
        repeat="resumable",
        errors=(NotFound,),
        examples=(Example(request=UnblockRequest(id=WEB_SHOP.id), reply=UnblockReply()),),
    )
    async def unblock(self, context: Context, request: UnblockRequest) -> UnblockReply:
        """Let in again what was blocked."""
        ...

    @endpoint(
        price=0,
        repeat="resumable",
        errors=(NotFound,),
        examples=(
            Example(request=SetOperatorRequest(account=ADA.id, operator=True), reply=SetOperatorReply()),
        ),
    )
    async def set_operator(self, context: Context, request: SetOperatorRequest) -> SetOperatorReply:
        """Make an account one of the operators', or one like others again."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=OverviewRequest(),
                reply=OverviewReply(
                    accounts=120, projects=150, projects_deleted=2, keys=410, sessions=95, blocked=1
                ),
                varying=("accounts", "projects", "projects_deleted", "keys", "sessions", "blocked"),
            ),
        ),
    )
    async def overview(self, context: Context, request: OverviewRequest) -> OverviewReply:
        """Count what there is."""
        ...

    @endpoint(
        price=0,
        errors=(BadRequest, NotFound, Conflict),
        examples=(
            Example(
                request=A_GIFT,
                reply=m.MoneyMovedReply(transaction=1, balance="5"),
                varying=("transaction", "balance"),
            ),
        ),
    )
    async def grant_credit(self, context: Context, request: m.GrantCreditRequest) -> m.MoneyMovedReply:
        """Give an account credit: it is spent before what was paid in, and may expire."""
        ...

    @endpoint(
        price=0,
        errors=(BadRequest, NotFound, Conflict),
        examples=(
            Example(
                request=m.AdjustBalanceRequest(
                    account=ADA.id, amount="12.50", reason="Paid by bank transfer.", reference="invoice-17"
                ),
                reply=m.MoneyMovedReply(transaction=2, balance="17.5"),
                varying=("transaction", "balance"),
            ),
        ),
    )
    async def adjust_balance(self, context: Context, request: m.AdjustBalanceRequest) -> m.MoneyMovedReply:
        """Put a balance right, up or down; down at most by what was paid in and is not held."""
        ...

    @endpoint(
        price=0,
        errors=(BadRequest, NotFound, Conflict),
        examples=(
            Example(
                request=m.RefundCallsRequest(
                    account=ADA.id, transaction=3, amount="0.0001", reason="It was our fault."
                ),
                reply=m.MoneyMovedReply(transaction=4, balance="17.5"),
                varying=("transaction", "balance"),
            ),
        ),
    )
    async def refund_calls(self, context: Context, request: m.RefundCallsRequest) -> m.MoneyMovedReply:
        """Give back what calls cost, to where it was taken from."""
        ...

    @endpoint(
        price=0,
        repeat="resumable",
        errors=(BadRequest, NotFound),
        examples=(
            Example(request=m.SetTierRequest(account=ADA.id, tier="business"), reply=m.SetTierReply()),
        ),
    )
    async def set_tier(self, context: Context, request: m.SetTierRequest) -> m.SetTierReply:
        """Make an account one of another tier, from its next call on."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(BadRequest,),
        examples=(
            Example(
                request=m.RevenueRequest(from_="2026-08-01", to="2026-08-31"),
                reply=m.RevenueReply(days=[], services=[], total=NOTHING, balances="0"),
                varying=("days", "services", "total", "balances"),
            ),
        ),
    )
    async def revenue(self, context: Context, request: m.RevenueRequest) -> m.RevenueReply:
        """Add up what calls cost, what was paid in, granted and given back, in all accounts."""
        ...

    @endpoint(price=0, examples=(Example(request=FASTER, reply=SetFeatureFlagReply()),))
    async def set_feature_flag(self, context: Context, request: SetFeatureFlagRequest) -> SetFeatureFlagReply:
        """Switch a feature on for all projects, for some, or off."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                given=(("SetFeatureFlag", FASTER),),
                request=ListFeatureFlagsRequest(),
                reply=ListFeatureFlagsReply(
                    flags=[
                        FlagInfo(
                            name=FASTER.name,
                            description=FASTER.description,
                            everywhere=False,
                            projects=[WEB_SHOP.id],
                        )
                    ]
                ),
            ),
        ),
    )
    async def list_feature_flags(
        self, context: Context, request: ListFeatureFlagsRequest
    ) -> ListFeatureFlagsReply:
        """List the flags that were ever set."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(BadRequest,),
        examples=(
            Example(
                given=(("SetFeatureFlag", FASTER),),
                request=ListChangesRequest(endpoint="admin/SetFeatureFlag", limit=1),
                reply=ListReply(entries=[CHANGE]),
                varying=("entries", "next_cursor"),
            ),
        ),
    )
    async def list_changes(self, context: Context, request: ListChangesRequest) -> ListReply:
        """List changes of the control plane in all projects and accounts, newest first."""
        ...

    @endpoint(
        price=0,
        repeat="resumable",
        errors=(Conflict,),
        examples=(
            Example(
                request=k.AddMasterKeyRequest(),
                reply=k.AddMasterKeyReply(key=A_MASTER_KEY),
                varying=("key",),
            ),
        ),
    )
    async def add_master_key(self, context: Context, request: k.AddMasterKeyRequest) -> k.AddMasterKeyReply:
        """Make a new master key, which seals nothing yet, unless one waits already.

        Only gateways that have copies of the file `secret`, which is in the cloud's home, need it: add a key,
        copy the file to the other homes, then call `RotateMasterKey`. No call fails meanwhile.
        """
        ...

    @endpoint(
        price=0,
        errors=(Conflict,),
        examples=(
            Example(
                request=k.RotateMasterKeyRequest(),
                reply=k.RotateMasterKeyReply(key=A_MASTER_KEY, drop_from="2026-11-01T13:00:00Z"),
                varying=("key", "drop_from"),
            ),
        ),
    )
    async def rotate_master_key(
        self, context: Context, request: k.RotateMasterKeyRequest
    ) -> k.RotateMasterKeyReply:
        """Seal with another master key from now on: the one that was added, or a new one.

        It seals the credentials of providers, the secrets of authenticators, and those that webhooks and
        alerts are signed with. What older keys have sealed opens all the time, and is sealed anew in the
        background. The keys stand in the file `secret` in the cloud's home, of which you need a copy, apart
        from the database's. The older ones stay there until `DropMasterKeys`.
        """
        ...

    @endpoint(
        price=0,
        repeat="resumable",
        errors=(Conflict,),
        examples=(
            Example(
                request=k.DropMasterKeysRequest(),
                reply=k.DropMasterKeysReply(dropped=0, unreadable=0),
            ),
        ),
    )
    async def drop_master_keys(
        self, context: Context, request: k.DropMasterKeysRequest
    ) -> k.DropMasterKeysReply:
        """Forget the master keys that seal no more, an hour after the last change at the earliest.

        First, all that is sealed is gone through, and what an older key has sealed is sealed anew. Then the
        older keys are taken out of the file, at all gateways within a minute. Backups of the database from
        before need the file as it was then.
        """
        ...
