"""A payment: what was asked for, what is known of it, and what the ledger should come to by it."""

import msgspec

from brickyard.contract import Money
from brickyard.platform.payment.facts import Charged, Disputed, DisputeStage, Progress, Return, Stage

TAKEN = frozenset((DisputeStage.OPEN, DisputeStage.LOST))
"""While a dispute is there, the bank has the money."""


class Dispute(msgspec.Struct, frozen=True):
    """One dispute, as far as it has come."""

    id: str
    amount: int
    """In the currency's smallest unit."""
    stage: int

    def after(self, fact: Disputed) -> "Dispute":
        """Give what it is once a fact is known too."""
        return Dispute(self.id, max(self.amount, fact.amount), max(self.stage, fact.stage))


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table of payments, the account apart."""

    id: str
    request: str
    """By what the caller knows it, once; its own id if the caller gave nothing."""
    amount: int
    """The credit that is bought, in nano-dollars."""
    price: int
    """What it costs, in the currency's smallest unit."""
    currency: str
    livemode: int
    """1 for real money, 0 for a processor's test environment."""
    success_url: str
    cancel_url: str
    created_ns: int
    expires_ns: int
    session: str = ""
    """The processor's name for the page; empty until it has made one."""
    url: str = ""
    """Where that page is."""
    stage: int = Stage.OPEN
    refunded: int = 0
    """What the payer got back, in the currency's smallest unit."""
    receipt_url: str = ""
    sequence: int = 0
    """The number of the transaction that credited it; 0 for none."""
    taken_refunded: int = 0
    """What of the credit was taken back since the payer got money back, in nano-dollars."""
    taken_disputed: int = 0
    """What of the credit was taken back since the payer's bank did."""
    charge_refunded: int = 0
    """The most that its charge was said to have given back, what failed later included."""

    def progressed(self, fact: Progress) -> "Payment":
        """Give what it is once a fact about the paying is known too."""
        return msgspec.structs.replace(
            self, stage=max(self.stage, fact.stage), session=self.session or fact.session
        )

    def charged(self, fact: Charged) -> "Payment":
        """Give what it is once a fact about what was taken and given back is known too."""
        return msgspec.structs.replace(
            self,
            charge_refunded=max(self.charge_refunded, fact.refunded),
            receipt_url=self.receipt_url or fact.receipt_url,
        )

    def returned(self, refunds: list[Return]) -> "Payment":
        """Give what it is once `refunds` are known of.

        What the charge says may be ahead of them, and what failed is in that, or no longer. Neither the
        refunds that stand nor the rest of what the charge has said is ever more than the payer got.
        """
        undone = sum(each.amount for each in refunds if each.undone)
        standing = sum(each.amount for each in refunds if not each.undone)
        return msgspec.structs.replace(self, refunded=max(standing, self.charge_refunded - undone))

    def left(self, disputes: list[Dispute]) -> int:
        """Give what its payer has not got back, in the currency's smallest unit."""
        return max(0, self.price - self.refunded - _taken(disputes))

    def back_to_payer(self, disputes: list[Dispute]) -> tuple[Money, Money]:
        """Give what of the credit is to be taken back: for refunds, and for disputes."""
        refunded = self._credit_of(self.refunded)
        return refunded, Money(self._credit_of(self.refunded + _taken(disputes)) - refunded)

    def _credit_of(self, part: int) -> Money:
        """Give the credit that a part of the price bought: for all of the price, exactly all of it."""
        return Money(self.amount * min(part, self.price) // self.price)


def _taken(disputes: list[Dispute]) -> int:
    return sum(each.amount for each in disputes if each.stage in TAKEN)


def status(payment: Payment, disputes: list[Dispute], now_ns: int) -> str:
    """Say in a word what has become of a payment."""
    if payment.stage != Stage.PAID:
        late = payment.stage == Stage.OPEN and payment.expires_ns <= now_ns
        return "expired" if late else Stage(payment.stage).name.lower()
    stages = {each.stage for each in disputes}
    for stage, word in ((DisputeStage.OPEN, "disputed"), (DisputeStage.LOST, "charged_back")):
        if stage in stages:
            return word
    if payment.refunded:
        return "refunded" if payment.refunded >= payment.price else "partly_refunded"
    return "paid"
