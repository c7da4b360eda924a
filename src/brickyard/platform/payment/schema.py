"""The tables of payments. The handle they are used through is bound to an account, so `?1` is the account."""

from brickyard.contract import Exported
from brickyard.contract.export import dollars

MIGRATIONS = (
    # `price`, `refunded` and a dispute's `amount` are in the currency's smallest unit.
    """CREATE TABLE payments (
        account TEXT NOT NULL, id TEXT NOT NULL, request TEXT NOT NULL, amount BIGINT NOT NULL,
        price BIGINT NOT NULL, currency TEXT NOT NULL, livemode BIGINT NOT NULL, success_url TEXT NOT NULL,
        cancel_url TEXT NOT NULL, created_ns BIGINT NOT NULL, expires_ns BIGINT NOT NULL,
        session TEXT NOT NULL, url TEXT NOT NULL, stage BIGINT NOT NULL, refunded BIGINT NOT NULL,
        receipt_url TEXT NOT NULL, sequence BIGINT NOT NULL, taken_refunded BIGINT NOT NULL,
        taken_disputed BIGINT NOT NULL,
        PRIMARY KEY (account, id)
    );
    CREATE UNIQUE INDEX payments_once ON payments (account, request);
    CREATE TABLE payment_disputes (
        account TEXT NOT NULL, payment TEXT NOT NULL, id TEXT NOT NULL, amount BIGINT NOT NULL,
        stage BIGINT NOT NULL,
        PRIMARY KEY (account, payment, id)
    );
    CREATE TABLE payment_events (
        account TEXT NOT NULL, id TEXT NOT NULL, payment TEXT NOT NULL, kind TEXT NOT NULL,
        trouble TEXT NOT NULL, created_ns BIGINT NOT NULL,
        PRIMARY KEY (account, id)
    );
    CREATE TABLE payment_debts (
        account TEXT NOT NULL, amount BIGINT NOT NULL,
        PRIMARY KEY (account),
        CHECK (amount >= 0)
    )""",
    # What operators ask to be given back: `amount` and `refunded_before` in the currency's smallest unit.
    """CREATE TABLE payment_refunds (
        account TEXT NOT NULL, payment TEXT NOT NULL, reference TEXT NOT NULL, id TEXT NOT NULL,
        amount BIGINT NOT NULL, reason TEXT NOT NULL, refunded_before BIGINT NOT NULL,
        created_ns BIGINT NOT NULL, refund TEXT NOT NULL,
        PRIMARY KEY (account, payment, reference)
    )""",
    # What the processor has told of each refund, whoever asked for it: `undone` is 1 if it failed.
    """ALTER TABLE payments ADD COLUMN charge_refunded BIGINT NOT NULL DEFAULT 0;
    UPDATE payments SET charge_refunded = refunded;
    CREATE TABLE payment_returns (
        account TEXT NOT NULL, payment TEXT NOT NULL, id TEXT NOT NULL, amount BIGINT NOT NULL,
        undone BIGINT NOT NULL,
        PRIMARY KEY (account, payment, id)
    )""",
)

EXPORTS = (
    Exported(
        table="payments",
        key={"id": str},
        columns=(
            *("id", "request", "amount", "price", "currency", "livemode", "success_url", "cancel_url"),
            *("created_ns", "expires_ns", "stage", "refunded", "receipt_url"),
        ),
        told={"amount": dollars, "livemode": bool},
        belongs="account",
        bound_by="account",
    ),
    Exported(
        table="payment_disputes",
        key={"payment": str, "id": str},
        columns=("payment", "id", "amount", "stage"),
        belongs="account",
        bound_by="account",
    ),
    Exported(
        table="payment_refunds",
        key={"payment": str, "reference": str},
        columns=("payment", "reference", "amount", "reason", "created_ns", "refund"),
        belongs="account",
        bound_by="account",
    ),
    Exported(
        table="payment_returns",
        key={"payment": str, "id": str},
        columns=("payment", "id", "amount", "undone"),
        told={"undone": bool},
        belongs="account",
        bound_by="account",
    ),
    Exported(
        table="payment_events",
        key={"id": str},
        columns=("id", "payment", "kind", "trouble", "created_ns"),
        belongs="account",
        bound_by="account",
    ),
    Exported(
        table="payment_debts",
        key={"account": str},
        columns=("amount",),
        told={"amount": dollars},
        belongs="account",
        bound_by="account",
    ),
)
