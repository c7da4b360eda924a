"""What must be true of an account's books whatever happened, looked at again from the entries up."""

from brickyard.engines.sql import Transaction
from brickyard.platform.billing.ledger import CUSTOMER, PROMO
from brickyard.platform.billing.wallet import lock

# Each query gives what is wrong; `promo:` and a number is the ledger account of a grant.
_QUERIES = {
    "transactions that do not sum to zero": (
        "SELECT sequence FROM billing_entries WHERE account = ?1 GROUP BY sequence HAVING sum(amount) <> 0"
    ),
    "transactions whose amount is not that of their entries": (
        "SELECT t.sequence FROM billing_transactions t LEFT JOIN billing_entries e"
        " ON e.account = t.account AND e.sequence = t.sequence"
        " AND (e.ledger_account = 'customer' OR e.ledger_account LIKE 'promo:%')"
        " WHERE t.account = ?1 GROUP BY t.sequence, t.amount HAVING coalesce(sum(e.amount), 0) <> t.amount"
    ),
    "holds whose captures are not what they say": (
        "SELECT h.id FROM billing_holds h LEFT JOIN billing_transactions t"
        " ON t.account = h.account AND t.kind = 'capture' AND t.reference LIKE h.id || '/%'"
        " WHERE h.account = ?1 GROUP BY h.id, h.amount, h.captured, h.unposted"
        " HAVING h.captured > h.amount OR h.captured - h.unposted <> -coalesce(sum(t.amount), 0)"
    ),
    "captures without a hold": (
        "SELECT t.reference FROM billing_transactions t LEFT JOIN billing_holds h"
        " ON h.account = t.account AND t.reference LIKE h.id || '/%'"
        " WHERE t.account = ?1 AND t.kind = 'capture' AND h.id IS NULL"
    ),
    "grants whose rest is not that of their entries": (
        "SELECT g.sequence FROM billing_grants g LEFT JOIN billing_entries e ON e.account = g.account"
        " AND e.ledger_account = 'promo:' || CAST(g.sequence AS TEXT)"
        " WHERE g.account = ?1 GROUP BY g.sequence, g.remaining"
        " HAVING coalesce(sum(e.amount), 0) <> g.remaining"
    ),
    "months whose held or spent is not that of their holds": (
        "SELECT w.project, w.key_id, w.month_ns FROM billing_windows w LEFT JOIN billing_holds h"
        " ON h.account = w.account AND h.project = w.project AND h.month_ns = w.month_ns"
        " AND (w.key_id = '' OR coalesce(nullif(h.lineage, ''), h.key_id) = w.key_id) WHERE w.account = ?1"
        " GROUP BY w.project, w.key_id, w.month_ns, w.held, w.spent"
        " HAVING w.held <> coalesce(sum(h.amount - h.captured + h.unposted), 0)"
        " OR w.spent <> coalesce(sum(h.captured - h.unposted), 0)"
    ),
    "endpoints whose count of calls is not that of their holds": (
        "SELECT c.endpoint, c.month_ns FROM billing_counts c LEFT JOIN billing_holds h"
        " ON h.account = c.account AND h.endpoint = c.endpoint AND h.month_ns = c.month_ns"
        " WHERE c.account = ?1 GROUP BY c.endpoint, c.month_ns, c.calls"
        " HAVING coalesce(sum(h.counted), 0) <> c.calls"
    ),
}


async def faults(transaction: Transaction) -> list[str]:
    """Say what is not true of the account's books; nothing, as long as all is well.

    It reads every entry, so it is for operators and tests, not for calls.
    """
    found = [f"{what}: {rows}" for what, query in _QUERIES.items() if (rows := await transaction.rows(query))]
    return found + await _cached_faults(transaction)


async def _cached_faults(transaction: Transaction) -> list[str]:
    wallet = await lock(transaction)
    rows = await transaction.rows(
        "SELECT ledger_account, sum(amount) FROM billing_entries WHERE account = ?1 GROUP BY ledger_account"
    )
    sums = {name: int(amount) for name, amount in rows}
    held = await transaction.rows(
        "SELECT coalesce(sum(amount - captured + unposted), 0) FROM billing_holds WHERE account = ?1"
    )
    credit = sum(amount for name, amount in sums.items() if name.startswith(PROMO))
    pairs = {
        "cash": (wallet.cash, sums.get(CUSTOMER, 0)),
        "credit": (wallet.credit, credit),
        "held": (wallet.held, int(held[0][0])),
        "the sum of all entries": (0, sum(sums.values())),
    }
    wrong = [
        f"{name} is {cached}, and should be {real}"
        for name, (cached, real) in pairs.items()
        if cached != real
    ]
    return wrong + ([f"{wallet.available} is available"] if wallet.available < 0 else [])
