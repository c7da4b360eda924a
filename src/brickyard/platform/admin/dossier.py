"""All that operators are shown of one account: who it is, its money, and its projects."""

from collections.abc import Callable

from brickyard.contract import Money, NotFound
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql
from brickyard.platform.admin import money as m
from brickyard.platform.admin import people as p
from brickyard.platform.admin.register import AccountRow, Register
from brickyard.platform.billing import caps
from brickyard.platform.billing.books import Books, Sought
from brickyard.platform.billing.contract import CapInfo, TransactionsReply
from brickyard.platform.billing.month import Month
from brickyard.platform.billing.payer import Payer
from brickyard.platform.billing.schema import NEVER_NS
from brickyard.platform.billing.showing import cap_info, sequence_of, transactions_page
from brickyard.platform.billing.tiers import DEFAULT_TIER
from brickyard.platform.billing.wallet import Wallet
from brickyard.platform.caller import TEST
from brickyard.platform.moment import moment_ns, timestamp, timestamp_or_none

PROJECTS = (
    "SELECT p.id, p.name, p.created_ns, p.deleted_ns,"
    " coalesce((SELECT b.reason FROM blocks b WHERE b.project = ?1 AND b.subject = p.id), ''),"
    " (SELECT count(*) FROM keys k WHERE k.project = ?1 AND k.owner = p.id AND k.revoked_ns IS NULL"
    " AND (k.expires_ns IS NULL OR k.expires_ns > ?3)),"
    " (SELECT count(*) FROM members m WHERE m.project = ?1 AND m.project_id = p.id)"
    " FROM projects p WHERE p.project = ?1 AND p.account = ?2 ORDER BY p.id"
)
SIGNED_IN = (
    "SELECT max(seen.at_ns) FROM"
    " (SELECT created_ns AS at_ns FROM sessions WHERE project = ?1 AND account = ?2"
    " UNION ALL SELECT seen_ns FROM known_networks WHERE project = ?1 AND account = ?2) AS seen"
)
KEPT = "SELECT coalesce(sum(records), 0), coalesce(sum(bytes), 0) FROM stored WHERE project = ?1"


class Dossier:
    """Puts it together. `sql` is bound to the platform's own project, and `sql_for` binds to any other."""

    def __init__(
        self,
        sql: Sql,
        sql_for: Callable[[str], Sql],
        register: Register,
        books: Books,
        payer: Payer,
        clock: Clock,
    ) -> None:
        """Read of accounts in `register`, of their money in `books`, and names of projects by `payer`."""
        self._sql, self._sql_for, self._register = sql, sql_for, register
        self._books, self._payer, self._clock = books, payer, clock

    async def info(self, row: AccountRow) -> p.AccountInfo:
        """Show an account, with its tier and its balance."""
        return _info(row, await self._books.found(row.id))

    async def account(self, account: str) -> p.GetAccountReply:
        """Show all of an account; `NotFound` if there is none of that id."""
        row = await self._row(account)
        purse = await self._books.found(account)
        return p.GetAccountReply(
            account=_info(row, purse),
            available=str(purse.available if purse else Money(0)),
            held=str(Money(purse.held if purse else 0)),
            credit=str(Money(purse.credit if purse else 0)),
            credit_expires_at=timestamp_or_none(_expires_ns(purse)),
            caps_reached=await self._caps_reached(account) if purse else [],
            projects=await self._projects(account),
            signed_in_at=timestamp_or_none((await self._sql.rows(SIGNED_IN, account))[0][0]),
        )

    async def transactions(self, request: m.ListTransactionsRequest) -> TransactionsReply:
        """Show a page of an account's transactions; `NotFound` if there is no such account."""
        await self._row(request.account)
        before = sequence_of(request.cursor)
        sought = Sought(
            kind=request.kind,
            project=request.project,
            from_ns=0 if request.from_ is None else moment_ns(request.from_, "/from"),
            to_ns=NEVER_NS if request.to is None else moment_ns(request.to, "/to"),
        )
        if await self._books.found(request.account) is None:
            return transactions_page([], request.limit, {})
        found = await self._books.transactions(request.account, before, request.limit + 1, sought)
        names = await self._payer.names(record.project for record in found)
        return transactions_page(found, request.limit, names)

    async def _row(self, account: str) -> AccountRow:
        row = await self._register.account(account)
        if row is None:
            raise NotFound(f"There is no account {account!r}. `admin/SearchAccounts` finds those there are.")
        return row

    async def _caps_reached(self, account: str) -> list[CapInfo]:
        month = Month.of(self._clock.now_ns())
        found = await caps.every(await self._books.sql(account), month)
        return [cap_info(each, month) for each in found if not each.left]

    async def _projects(self, account: str) -> list[p.OwnedProject]:
        shown: list[p.OwnedProject] = []
        rows = await self._sql.rows(PROJECTS, account, self._clock.now_ns())
        for id_, name, created_ns, deleted_ns, blocked, keys, members in rows:
            records, size = await self._kept(id_)
            shown.append(
                p.OwnedProject(
                    id=id_,
                    name=name,
                    created_at=timestamp(created_ns),
                    deleted_at=timestamp_or_none(deleted_ns),
                    blocked=blocked,
                    keys=keys,
                    members=members,
                    records=records,
                    bytes=size,
                )
            )
        return shown

    async def _kept(self, project: str) -> tuple[int, int]:
        kept = [(await self._sql_for(tenant).rows(KEPT))[0] for tenant in (project, project + TEST)]
        return sum(int(records) for records, _ in kept), sum(int(size) for _, size in kept)


def _info(row: AccountRow, purse: Wallet | None) -> p.AccountInfo:
    return p.AccountInfo(
        id=row.id,
        name=row.name,
        email=row.email,
        created_at=timestamp(row.created_ns),
        projects=row.projects,
        operator=bool(row.operator),
        blocked=row.blocked,
        tier=purse.tier if purse else DEFAULT_TIER,
        balance=str(Money(purse.balance if purse else 0)),
    )


def _expires_ns(purse: Wallet | None) -> int | None:
    return None if purse is None or purse.credit_expires_ns == NEVER_NS else purse.credit_expires_ns
