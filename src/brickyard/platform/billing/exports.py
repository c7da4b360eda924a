"""What an account takes along of its books. The handle is bound to an account, as for all of these tables."""

from typing import Any

from brickyard.contract import Exported
from brickyard.contract.export import dollars


def _of_books(table: str, key: dict[str, type[str] | type[int]], *columns: str, **told: Any) -> Exported:
    return Exported(table=table, key=key, columns=columns, told=told, belongs="account", bound_by="account")


EXPORTS = (
    _of_books(
        "billing_accounts",
        {"account": str},
        *("tier", "balance", "held", "credit", "credit_expires_ns", "alert_below", "alert_percents"),
        balance=dollars,
        held=dollars,
        credit=dollars,
        alert_below=dollars,
    ),
    _of_books(
        "billing_transactions",
        {"sequence": int},
        *("sequence", "kind", "reference", "original", "amount", "project", "key_id", "endpoint"),
        *("price_version", "reason", "calls", "created_ns"),
        amount=dollars,
    ),
    _of_books(
        "billing_entries",
        {"sequence": int, "ledger_account": str},
        *("sequence", "ledger_account", "amount"),
        amount=dollars,
    ),
    _of_books(
        "billing_grants",
        {"sequence": int},
        *("sequence", "remaining", "priority", "expires_ns"),
        remaining=dollars,
    ),
    _of_books(
        "billing_windows",
        {"project": str, "key_id": str, "month_ns": int},
        *("project", "key_id", "month_ns", "held", "spent"),
        held=dollars,
        spent=dollars,
    ),
    _of_books(
        "billing_caps",
        {"project": str, "key_id": str},
        *("project", "key_id", "amount"),
        amount=dollars,
    ),
    _of_books("billing_counts", {"endpoint": str, "month_ns": int}, "endpoint", "month_ns", "calls"),
    _of_books(
        "billing_events",
        {"kind": str, "subject": str, "episode": int, "threshold": int},
        *("kind", "subject", "episode", "threshold", "amount", "created_ns", "sent_ns"),
        amount=dollars,
    ),
    _of_books("billing_channels", {"account": str}, "mail", "statements", "url", mail=bool, statements=bool),
)
