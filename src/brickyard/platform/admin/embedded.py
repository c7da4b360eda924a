"""The `admin` service, over the register, blocks and flags."""

from dataclasses import dataclass

from brickyard.contract import BadRequest, Context, Money
from brickyard.engines.clock import Clock
from brickyard.platform.access import Access
from brickyard.platform.admin import calls as k
from brickyard.platform.admin import contract as c
from brickyard.platform.admin import master_key as mk
from brickyard.platform.admin import money as m
from brickyard.platform.admin import people as p
from brickyard.platform.admin import switching as s
from brickyard.platform.admin.blocks import Blocks
from brickyard.platform.admin.dossier import Dossier
from brickyard.platform.admin.flags import Flag, Flags
from brickyard.platform.admin.payback import Payback
from brickyard.platform.admin.register import ProjectRow, Register
from brickyard.platform.admin.rotation import Rotation
from brickyard.platform.admin.schema import MIGRATIONS
from brickyard.platform.admin.traffic import Tally, Traffic
from brickyard.platform.admin.treasury import Treasury
from brickyard.platform.audit.contract import ListReply
from brickyard.platform.audit.pages import page, wanted
from brickyard.platform.audit.trail import Trail
from brickyard.platform.billing.contract import TransactionsReply
from brickyard.platform.billing.month import Month
from brickyard.platform.billing.revenue import Sums
from brickyard.platform.moment import DAY_NS, SECOND_NS, timestamp, timestamp_or_none
from brickyard.platform.provider.store import ProviderStore
from brickyard.platform.switches import Switches


@dataclass(frozen=True)
class EmbeddedAdmin(c.Admin):
    """For operators only: each endpoint asks for that first."""

    migrations = MIGRATIONS

    register: Register
    blocks: Blocks
    flags: Flags
    switches: Switches
    treasury: Treasury
    payback: Payback
    dossier: Dossier
    traffic: Traffic
    trail: Trail
    access: Access
    rotation: Rotation
    providers: ProviderStore
    clock: Clock

    async def search_accounts(
        self, context: Context, request: p.SearchAccountsRequest
    ) -> p.SearchAccountsReply:
        """Look for accounts."""
        await self.access.operator(context)
        rows = await self.register.accounts(request.text, request.cursor, request.limit + 1)
        shown = rows[: request.limit]
        more = len(rows) > len(shown)
        return p.SearchAccountsReply(
            accounts=[await self.dossier.info(each) for each in shown],
            next_cursor=shown[-1].id if more else "",
        )

    async def search_projects(
        self, context: Context, request: p.SearchProjectsRequest
    ) -> p.SearchProjectsReply:
        """Look for projects."""
        await self.access.operator(context)
        rows = await self.register.projects(request.text, request.cursor, request.limit + 1)
        shown = rows[: request.limit]
        more = len(rows) > len(shown)
        return p.SearchProjectsReply(
            projects=[_project(each) for each in shown], next_cursor=shown[-1].id if more else ""
        )

    async def get_account(self, context: Context, request: p.GetAccountRequest) -> p.GetAccountReply:
        """Show an account."""
        await self.access.operator(context)
        return await self.dossier.account(request.account)

    async def list_transactions(
        self, context: Context, request: m.ListTransactionsRequest
    ) -> TransactionsReply:
        """List what came and went."""
        await self.access.operator(context)
        return await self.dossier.transactions(request)

    async def usage(self, context: Context, request: k.UsageRequest) -> k.UsageReply:
        """Add calls up."""
        await self.access.operator(context)
        return await self.traffic.usage(request)

    async def block(self, context: Context, request: c.BlockRequest) -> c.BlockReply:
        """Block someone else."""
        await self.access.operator(context)
        payer = await self.access.payer(context.project) if context.project else ""
        if request.id in {context.account, context.project, context.key_id, payer}:
            raise BadRequest.at("/id", "You would lock yourself out.")
        await self.blocks.block(context, request.id, request.reason)
        return c.BlockReply()

    async def unblock(self, context: Context, request: c.UnblockRequest) -> c.UnblockReply:
        """Let in again."""
        await self.access.operator(context)
        await self.blocks.unblock(context, request.id)
        return c.UnblockReply()

    async def set_operator(self, context: Context, request: c.SetOperatorRequest) -> c.SetOperatorReply:
        """Appoint or dismiss an operator."""
        await self.access.operator(context)
        if request.operator:
            await self.register.appoint(context, request.account)
        else:
            await self.register.dismiss(context, request.account)
        return c.SetOperatorReply()

    async def overview(self, context: Context, request: k.OverviewRequest) -> k.OverviewReply:
        """Count what there is."""
        await self.access.operator(context)
        now_ns = self.clock.now_ns()
        month_ns, day_ns = Month.of(now_ns).starts_ns, now_ns // DAY_NS * DAY_NS
        month, today = await self.traffic.since(month_ns // SECOND_NS, day_ns // SECOND_NS)
        earned = await self.treasury.earned(month_ns)
        return k.OverviewReply(
            **await self.register.overview(),
            today=_activity(today, earned.days[day_ns // DAY_NS]),
            month=_activity(month, earned.total),
        )

    async def grant_credit(self, context: Context, request: m.GrantCreditRequest) -> m.MoneyMovedReply:
        """Give credit."""
        await self.access.operator(context)
        return await self.treasury.grant(context, request)

    async def adjust_balance(self, context: Context, request: m.AdjustBalanceRequest) -> m.MoneyMovedReply:
        """Put a balance right."""
        await self.access.operator(context)
        return await self.treasury.adjust(context, request)

    async def refund_calls(self, context: Context, request: m.RefundCallsRequest) -> m.MoneyMovedReply:
        """Give back what calls cost."""
        await self.access.operator(context)
        return await self.treasury.refund(context, request)

    async def refund_payment(self, context: Context, request: m.RefundPaymentRequest) -> m.RefundPaymentReply:
        """Give a payer money back."""
        await self.access.operator(context)
        return await self.payback.refund(context, request)

    async def set_tier(self, context: Context, request: m.SetTierRequest) -> m.SetTierReply:
        """Change a tier."""
        await self.access.operator(context)
        await self.treasury.set_tier(context, request.account, request.tier)
        return m.SetTierReply()

    async def revenue(self, context: Context, request: m.RevenueRequest) -> m.RevenueReply:
        """Add up money."""
        await self.access.operator(context)
        return await self.treasury.revenue(request)

    async def set_feature_flag(
        self, context: Context, request: s.SetFeatureFlagRequest
    ) -> s.SetFeatureFlagReply:
        """Switch a flag."""
        await self.access.operator(context)
        flag = Flag(request.name, request.description, request.everywhere, request.projects)
        await self.flags.set(context, flag)
        return s.SetFeatureFlagReply()

    async def list_feature_flags(
        self, context: Context, request: s.ListFeatureFlagsRequest
    ) -> s.ListFeatureFlagsReply:
        """List flags."""
        await self.access.operator(context)
        return s.ListFeatureFlagsReply(
            flags=[
                s.FlagInfo(
                    name=each.name,
                    description=each.description,
                    everywhere=each.everywhere,
                    projects=list(each.projects),
                )
                for each in await self.flags.flags()
            ]
        )

    async def switch_off(self, context: Context, request: s.SwitchOffRequest) -> s.SwitchOffReply:
        """Switch something off."""
        await self.access.operator(context)
        await self.switches.off(context, request.what, request.reason, request.projects)
        return s.SwitchOffReply()

    async def switch_on(self, context: Context, request: s.SwitchOnRequest) -> s.SwitchOnReply:
        """Switch something on again."""
        await self.access.operator(context)
        await self.switches.on(context, request.what)
        return s.SwitchOnReply()

    async def list_switched_off(
        self, context: Context, request: s.ListSwitchedOffRequest
    ) -> s.ListSwitchedOffReply:
        """List what is off."""
        await self.access.operator(context)
        return s.ListSwitchedOffReply(
            switches=[
                s.SwitchInfo(
                    what=self.switches.name_of(each),
                    reason=each.reason,
                    everywhere=each.everywhere,
                    projects=list(each.projects),
                    changed_at=timestamp(each.changed_ns),
                )
                for each in await self.switches.switches()
            ]
        )

    async def list_changes(self, context: Context, request: c.ListChangesRequest) -> ListReply:
        """List changes of all."""
        await self.access.operator(context)
        sought = wanted(request, request.project, request.account)
        return await page(self.trail, context, sought, request, to_operator=True)

    async def add_master_key(self, context: Context, request: mk.AddMasterKeyRequest) -> mk.AddMasterKeyReply:
        """Make a new master key."""
        await self.access.operator(context)
        return await self.rotation.add(context)

    async def rotate_master_key(
        self, context: Context, request: mk.RotateMasterKeyRequest
    ) -> mk.RotateMasterKeyReply:
        """Seal with another master key."""
        await self.access.operator(context)
        return await self.rotation.rotate(context)

    async def drop_master_keys(
        self, context: Context, request: mk.DropMasterKeysRequest
    ) -> mk.DropMasterKeysReply:
        """Forget those that seal no more."""
        await self.access.operator(context)
        return await self.rotation.drop(context)


def _project(row: ProjectRow) -> p.ProjectInfo:
    return p.ProjectInfo(
        id=row.id,
        name=row.name,
        account=row.account,
        created_at=timestamp(row.created_ns),
        deleted_at=timestamp_or_none(row.deleted_ns),
        blocked=row.blocked,
    )


def _activity(tally: Tally, sums: Sums) -> k.Activity:
    return k.Activity(
        calls=tally.count.calls,
        refused=tally.refused,
        errors=tally.errors,
        revenue=str(Money(-sums.spent - sums.refunded)),
        paid_in=str(Money(sums.paid_in)),
    )
