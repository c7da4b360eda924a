"""What an account's payments should come to, in the plainest way: from all that was told at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from brickyard.platform.payment.facts import (
    Charged,
    Disputed,
    DisputeStage,
    Fact,
    Progress,
    Returned,
    Stage,
)


@dataclass
class Asked:
    """A payment, and everything that the processor has told of it."""

    amount: int
    price: int
    currency: str = "usd"
    session: str = "cs_1"
    told: list[Fact] = field(default_factory=list)

    def fits(self, fact: Fact) -> bool:
        if isinstance(fact, Progress) and (fact.amount, fact.session) != (self.price, self.session):
            return False
        return fact.currency == self.currency

    @property
    def fitting(self) -> list[Fact]:
        return [each for each in self.told if self.fits(each)]

    @property
    def stages(self) -> set[Stage]:
        fitting = {each.stage for each in self.fitting if isinstance(each, Progress)}
        wrong = {
            Stage.MISMATCHED
            for each in self.told
            if isinstance(each, Progress) and each.stage == Stage.PAID and not self.fits(each)
        }
        return fitting | wrong

    @property
    def is_paid(self) -> bool:
        return Stage.PAID in self.stages

    @property
    def back(self) -> int:
        """How much of the price went back to the payer, or to their bank."""
        charged = max([each.refunded for each in self.fitting if isinstance(each, Charged)], default=0)
        refunds = [one for each in self.fitting if isinstance(each, Returned) for one in each.refunds]
        amounts = {each.id: each.amount for each in refunds}
        undone = sum(amounts.pop(name) for name in {each.id for each in refunds if each.undone})
        disputes = [each for each in self.fitting if isinstance(each, Disputed)]
        back = max(sum(amounts.values()), charged - undone)
        for name in {each.id for each in disputes}:
            mine = [each for each in disputes if each.id == name]
            if max(each.stage for each in mine) in (DisputeStage.OPEN, DisputeStage.LOST):
                back += max(each.amount for each in mine)
        return min(back, self.price)

    @property
    def worth(self) -> int:
        """What the account has of it in the end, in nano-dollars."""
        return self.amount - self.amount * self.back // self.price if self.is_paid else 0

    @property
    def status(self) -> str:
        for stage in (Stage.PAID, Stage.MISMATCHED, Stage.FAILED, Stage.EXPIRED, Stage.PROCESSING):
            if stage in self.stages:
                return stage.name.lower()
        return "open"


def worth(payments: Iterable[Asked]) -> int:
    return sum(each.worth for each in payments)
