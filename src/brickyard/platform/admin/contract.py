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
    Unavailable,
    endpoint,
)
from brickyard.platform.admin import calls as k
from brickyard.platform.admin import master_key as mk
from brickyard.platform.admin import money as m
from brickyard.platform.admin import people as p
from brickyard.platform.admin import switching as s
from brickyard.platform.admin.money import Reason
from brickyard.platform.admin.people import Id
from brickyard.platform.audit.contract import Entry, ListReply, ListRequest
from brickyard.platform.billing.contract import TransactionInfo, TransactionsReply


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


ADA = p.AccountInfo(
    id="acc_01jd3x7m9q8w5e4r2t6y1v0nza",
    name="Ada",
    email="ada@example.com",
    created_at="2026-11-24T08:00:00Z",
    projects=1,
    operator=False,
    blocked="",
    tier="free",
    balance="4.9999",
)
WEB_SHOP = p.ProjectInfo(
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
A_DAY = k.Activity(calls=5200, refused=31, errors=2, revenue="0.4711", paid_in="25")
CAPTURE = TransactionInfo(
    number=3,
    kind="capture",
    amount="-0.0001",
    original=None,
    reference="hld_01jd3x7m9q8w5e4r2t6y1v0nza",
    project=WEB_SHOP.id,
    project_name=WEB_SHOP.name,
    key="key_01jd3x7m9q8w5e4r2t6y1v0nza",
    endpoint="db.create",
    calls=1,
    reason="",
    created_at="2026-11-24T08:00:00Z",
)
NOTHING = m.Earned(name="total", calls=0, spent="0", refunded="0", paid_in="0", granted="0", adjusted="0")
NO_MAIL = s.SwitchOffRequest(what="email/Send", reason="Our provider is down until noon.")
FASTER = s.SetFeatureFlagRequest(name="faster_search", everywhere=True, description="The new index.")


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
    after={"everywhere": True, "projects": []},
)


A_MASTER_KEY = "mk_9f86d081884c7d65"


class Admin(Service):
    """What the operators of a cloud do: look who is there, block, give credit, add up, switch things off.

    It is for the accounts that are operators', and for keys with the scope `admin`, such as the one in
    `$BRICKYARD_HOME/token`. All that they change is in the audit log.
    """

    category = "operation"
    title = "Administration"
    control_plane = True

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=p.SearchAccountsRequest(text="first", limit=1),
                reply=p.SearchAccountsReply(accounts=[ADA]),
                varying=("accounts", "next_cursor"),
            ),
        ),
    )
    async def search_accounts(
        self, context: Context, request: p.SearchAccountsRequest
    ) -> p.SearchAccountsReply:
        """Look for accounts by id or name."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=p.SearchProjectsRequest(text="first", limit=1),
                reply=p.SearchProjectsReply(projects=[WEB_SHOP]),
                varying=("projects", "next_cursor"),
            ),
        ),
    )
    async def search_projects(
        self, context: Context, request: p.SearchProjectsRequest
    ) -> p.SearchProjectsReply:
        """Look for projects by id, owner or name."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=p.GetAccountRequest(account=ADA.id),
                reply=p.GetAccountReply(
                    account=ADA,
                    available="4.9999",
                    held="0",
                    credit="4.9999",
                    credit_expires_at=None,
                    caps_reached=[],
                    projects=[
                        p.OwnedProject(
                            id=WEB_SHOP.id,
                            name=WEB_SHOP.name,
                            created_at=WEB_SHOP.created_at,
                            deleted_at=None,
                            blocked="",
                            keys=2,
                            members=1,
                            records=120,
                            bytes=9600,
                        )
                    ],
                    signed_in_at="2026-11-24T08:00:00Z",
                ),
                varying=p.GetAccountReply.__struct_fields__,
            ),
        ),
    )
    async def get_account(self, context: Context, request: p.GetAccountRequest) -> p.GetAccountReply:
        """Show an account: who it is, what it has, what is in its projects."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(BadRequest, NotFound),
        examples=(
            Example(
                request=m.ListTransactionsRequest(account=ADA.id, kind="capture", limit=20),
                reply=TransactionsReply(transactions=[CAPTURE], next_cursor="", has_more=False),
                varying=("transactions",),
            ),
        ),
    )
    async def list_transactions(
        self, context: Context, request: m.ListTransactionsRequest
    ) -> TransactionsReply:
        """List what came and went in an account, newest first, as `billing/Transactions` shows its owner."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(BadRequest, NotFound),
        examples=(
            Example(
                request=k.UsageRequest(account=ADA.id, by=["project", "service"]),
                reply=k.UsageReply(rows=[]),
                varying=("rows",),
            ),
        ),
    )
    async def usage(self, context: Context, request: k.UsageRequest) -> k.UsageReply:
        """Add calls up, by account, project, service, endpoint, key, status, provider and time."""
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
                request=k.OverviewRequest(),
                reply=k.OverviewReply(
                    accounts=120,
                    projects=150,
                    projects_deleted=2,
                    keys=410,
                    sessions=95,
                    blocked=1,
                    today=A_DAY,
                    month=A_DAY,
                ),
                varying=k.OverviewReply.__struct_fields__,
            ),
        ),
    )
    async def overview(self, context: Context, request: k.OverviewRequest) -> k.OverviewReply:
        """Count what there is, and add up what happened today and this month."""
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
        errors=(BadRequest, NotFound, Conflict, Unavailable),
        examples=(
            Example(
                request=m.RefundPaymentRequest(
                    account=ADA.id,
                    payment="pay_01kb3c5y8w4e7r9t2y6z1v0nqa",
                    amount="12.50",
                    reason="Paid twice.",
                    reference="ticket-17",
                ),
                reply=m.RefundPaymentReply(
                    refund="re_3SXy2eJ0a1B2c3D4",
                    amount="12.50",
                    currency="usd",
                    refunded="12.50",
                    balance="7.5",
                    owed="0",
                ),
                varying=("refund",),
            ),
        ),
    )
    async def refund_payment(self, context: Context, request: m.RefundPaymentRequest) -> m.RefundPaymentReply:
        """Give a payer money back, through Stripe; the credit goes with it, and what was spent is owed."""
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

    @endpoint(
        price=0, errors=(BadRequest,), examples=(Example(request=FASTER, reply=s.SetFeatureFlagReply()),)
    )
    async def set_feature_flag(
        self, context: Context, request: s.SetFeatureFlagRequest
    ) -> s.SetFeatureFlagReply:
        """Switch a feature on for all projects, for some, or off. `feature/List` tells projects of theirs."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                given=(("SetFeatureFlag", FASTER),),
                request=s.ListFeatureFlagsRequest(),
                reply=s.ListFeatureFlagsReply(
                    flags=[
                        s.FlagInfo(
                            name=FASTER.name,
                            description=FASTER.description,
                            everywhere=True,
                            projects=[],
                        )
                    ]
                ),
            ),
        ),
    )
    async def list_feature_flags(
        self, context: Context, request: s.ListFeatureFlagsRequest
    ) -> s.ListFeatureFlagsReply:
        """List the flags that were ever set."""
        ...

    @endpoint(
        price=0,
        repeat="resumable",
        errors=(BadRequest,),
        examples=(Example(request=NO_MAIL, reply=s.SwitchOffReply()),),
    )
    async def switch_off(self, context: Context, request: s.SwitchOffRequest) -> s.SwitchOffReply:
        """Switch a service or an endpoint off, at once and everywhere: for all, or for some projects.

        Calls to it are refused with 503, cost nothing, and are told the reason; streams of it end. `account`,
        `admin`, `billing` and `key` stay on.
        """
        ...

    @endpoint(
        price=0,
        repeat="resumable",
        errors=(BadRequest,),
        examples=(
            Example(
                given=(("SwitchOff", NO_MAIL),),
                request=s.SwitchOnRequest(what=NO_MAIL.what),
                reply=s.SwitchOnReply(),
            ),
        ),
    )
    async def switch_on(self, context: Context, request: s.SwitchOnRequest) -> s.SwitchOnReply:
        """Switch a service or an endpoint on again, for all."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                given=(("SwitchOff", NO_MAIL),),
                request=s.ListSwitchedOffRequest(),
                reply=s.ListSwitchedOffReply(
                    switches=[
                        s.SwitchInfo(
                            what=NO_MAIL.what,
                            reason=NO_MAIL.reason,
                            everywhere=True,
                            projects=[],
                            changed_at="2026-11-24T08:00:00Z",
                        )
                    ]
                ),
                varying=("switches",),
            ),
        ),
    )
    async def list_switched_off(
        self, context: Context, request: s.ListSwitchedOffRequest
    ) -> s.ListSwitchedOffReply:
        """List what is switched off, for whom, and why."""
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
                request=mk.AddMasterKeyRequest(),
                reply=mk.AddMasterKeyReply(key=A_MASTER_KEY),
                varying=("key",),
            ),
        ),
    )
    async def add_master_key(self, context: Context, request: mk.AddMasterKeyRequest) -> mk.AddMasterKeyReply:
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
                request=mk.RotateMasterKeyRequest(),
                reply=mk.RotateMasterKeyReply(key=A_MASTER_KEY, drop_from="2026-11-01T13:00:00Z"),
                varying=("key", "drop_from"),
            ),
        ),
    )
    async def rotate_master_key(
        self, context: Context, request: mk.RotateMasterKeyRequest
    ) -> mk.RotateMasterKeyReply:
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
                request=mk.DropMasterKeysRequest(),
                reply=mk.DropMasterKeysReply(dropped=0, unreadable=0),
            ),
        ),
    )
    async def drop_master_keys(
        self, context: Context, request: mk.DropMasterKeysRequest
    ) -> mk.DropMasterKeysReply:
        """Forget the master keys that seal no more, an hour after the last change at the earliest.

        First, all that is sealed is gone through, and what an older key has sealed is sealed anew. Then the
        older keys are taken out of the file, at all gateways within a minute. Backups of the database from
        before need the file as it was then.
        """
        ...
