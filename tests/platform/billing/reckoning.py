"""What an account's books should come to, told in the plainest way: no database, no rows, no locks."""

from dataclasses import dataclass, field

from brickyard.platform.billing.month import Month


@dataclass
class Credit:
    """What is left of a grant."""

    number: int
    left: int
    priority: int
    expires_ns: int


@dataclass
class Held:
    """Money set aside for calls."""

    amount: int
    key: str
    month_ns: int
    expires_ns: int
    open: bool = True
    captured: int = 0
    noted: int = 0
    """What of that is not in the ledger yet."""

    @property
    def left(self) -> int:
        """What is still set aside."""
        return self.amount - self.captured if self.open else 0


@dataclass
class Oracle:
    """An account with one project. Amounts are nano-dollars; what is asked of it has been checked before."""

    cash: int = 0
    number: int = 0
    credits: list[Credit] = field(default_factory=list)
    holds: dict[str, Held] = field(default_factory=dict)
    caps: dict[str, int] = field(default_factory=dict)
    payments: dict[int, int] = field(default_factory=dict)
    """What is left of a payment, by its number."""
    captures: dict[int, dict[str, int]] = field(default_factory=dict)
    """What of a capture is not given back yet, by where it was taken from."""

    @property
    def credit(self) -> int:
        return sum(each.left for each in self.credits)

    @property
    def held(self) -> int:
        return sum(each.left + each.noted for each in self.holds.values())

    @property
    def available(self) -> int:
        return self.cash + self.credit - self.held

    @property
    def takeable(self) -> int:
        """What of the paid money could be taken away now."""
        return min(self.cash, self.available)

    def in_order(self) -> list[Credit]:
        return sorted(self.credits, key=lambda each: (each.priority, each.expires_ns, each.number))

    def expire(self, now_ns: int) -> None:
        for credit in self.in_order():
            taken = min(credit.left, self.available) if credit.expires_ns <= now_ns else 0
            if taken:
                credit.left -= taken
                self.number += 1

    def room(self, key: str, now_ns: int, month_ns: int | None = None) -> int:
        """What a key's call may cost at most, in this month if no other is given."""
        month_ns = Month.of(now_ns).starts_ns if month_ns is None else month_ns
        lefts = [
            max(0, self.caps[capped] - self.used(capped, month_ns))
            for capped in ("", key)
            if capped in self.caps
        ]
        return min([self.available, *lefts])

    def used(self, key: str, month_ns: int) -> int:
        return sum(
            each.captured + each.left
            for each in self.holds.values()
            if each.month_ns == month_ns and key in ("", each.key)
        )

    def due(self, now_ns: int) -> list[Held]:
        return [each for each in self.holds.values() if each.left and each.expires_ns <= now_ns]

    def take_turn(self, name: str, taken: int, kept: int) -> None:
        hold = self.holds[name]
        hold.captured += taken
        hold.noted += taken
        hold.amount = hold.captured + kept
        self.post(hold)

    def note(self, name: str, taken: int) -> None:
        self.holds[name].captured += taken
        self.holds[name].noted += taken

    def post_noted(self) -> None:
        for _, hold in sorted(self.holds.items(), key=lambda item: (item[1].expires_ns, item[0])):
            self.post(hold)

    def post(self, hold: Held) -> None:
        if hold.noted:
            self.number += 1
            self.captures[self.number] = self.take(hold.noted)
            hold.noted = 0

    def take(self, amount: int) -> dict[str, int]:
        paid: dict[str, int] = {}
        for credit in self.in_order():
            taken = min(amount, credit.left)
            credit.left -= taken
            amount -= taken
            paid[f"promo:{credit.number}"] = taken
        self.cash -= amount
        return paid | {"customer": amount}

    def give_back(self, capture: int, amount: int) -> None:
        """Give back what a capture took: paid money first, then credit by name."""
        paid = self.captures[capture]
        for name in sorted(paid, key=lambda each: (each != "customer", each)):
            back = min(amount, paid[name])
            paid[name] -= back
            amount -= back
            if name == "customer":
                self.cash += back
            else:
                credit = next(each for each in self.credits if name == f"promo:{each.number}")
                credit.left += back
        self.number += 1
