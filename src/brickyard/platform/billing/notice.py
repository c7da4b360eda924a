"""What is told of an event: a letter for people, a message for programs."""

from typing import Any

import msgspec

from brickyard.contract import Money
from brickyard.engines.mail import Attachment, Letter
from brickyard.platform.billing.alerts import Event
from brickyard.platform.billing.month import Month, timestamp
from brickyard.platform.billing.statement import Statement
from brickyard.platform.billing.statement_text import as_csv, as_html

PAGE_MAX_CHARS = 1024 * 1024
"""Some ten thousand lines: a longer statement is no letter."""
FILES = "Every line is in the attached files; `billing/Statement` gives them again."
TOO_LONG = "Its lines are too many for a letter: `billing/Statement` gives them."


class Notice(msgspec.Struct, frozen=True):
    """An event, and what its reader wants to know besides."""

    account: str
    event: Event
    project_name: str = ""
    """What the project is called that it is about; empty if it is about none."""
    statement: Statement | None = None
    """The month that is over, if it is about that."""

    @property
    def project(self) -> str:
        """Give the id of the project that it is about; empty for none."""
        return self.event.subject.partition("/")[0] if self.event.kind == "cap" else ""

    @property
    def key(self) -> str:
        """Give the id of the key that it is about; empty for none."""
        return self.event.subject.partition("/")[2] if self.event.kind == "cap" else ""

    def message(self) -> bytes:
        """Write it for programs, as JSON in the shape that Standard Webhooks recommends."""
        event = self.event
        data: dict[str, Any] = {"id": event.id(self.account), "account": self.account}
        if event.kind == "low_balance":
            data |= {"balance": _usd(event.amount), "below": _usd(event.threshold)}
        elif event.kind == "cap":
            data |= {"project": self.project, "key": self.key, "percent": event.threshold}
            data |= {"spent": _usd(event.amount), "month": Month.of(event.episode).name}
        elif self.statement is not None:
            data |= {"month": self.statement.month.name, "opening": _usd(self.statement.opening)}
            data |= {"spent": _usd(self.statement.spent), "closing": _usd(self.statement.closing)}
        about = {"type": f"billing.{event.kind}", "timestamp": timestamp(event.created_ns), "data": data}
        return msgspec.json.encode(about)

    def letter(self, to: str) -> Letter:
        """Write it for people."""
        if self.statement is not None:
            return _statement(to, self.statement)
        subject, text = _WORDS[self.event.kind](self)
        return Letter(to=to, subject=subject, text=f"{text}\n\nAccount {self.account}.\n")


def _usd(amount: int) -> str:
    return str(Money(amount))


def _low_balance(notice: Notice) -> tuple[str, str]:
    event = notice.event
    text = (
        f"Your balance fell to {_usd(event.amount)} US dollars. Once nothing is left, calls that cost"
        " something are refused with the status 402, until you top up (`payment/Create`)."
    )
    return f"Your balance is below {_usd(event.threshold)} US dollars", text


def _cap(notice: Notice) -> tuple[str, str]:
    event, project = notice.event, notice.project_name or notice.project
    what = f"The key {notice.key} of the project {project!r}" if notice.key else f"The project {project!r}"
    text = (
        f"{what} has spent {_usd(event.amount)} US dollars this month: {event.threshold} % of its cap, or"
        " more. Calls that would go beyond the cap are refused with the status 402 until the month ends,"
        f" {timestamp(Month.of(event.episode).ends_ns)}, or until you raise the cap (`billing/SetCap`)."
        f"\n\nProject {notice.project}."
    )
    return f"{event.threshold} % of a monthly cap is spent", text


def _test(_notice: Notice) -> tuple[str, str]:
    return "A test of your alerts", "Alerts of your account arrive here. Nothing else has happened."


def _overrun(notice: Notice) -> tuple[str, str]:
    event = notice.event
    text = (
        f"Calls of the hold {event.subject} cost {_usd(event.amount)} US dollars more than the"
        f" {_usd(event.threshold)} that were held. The account was not charged for that: it is the cloud's"
        " cost. A price in the list is too low, or a provider charged more than it said."
    )
    return "A call cost more than was held for it", text


_WORDS = {"low_balance": _low_balance, "cap": _cap, "test": _test, "overrun": _overrun}


def _statement(to: str, statement: Statement) -> Letter:
    month, page, table = statement.month.name, as_html(statement), as_csv(statement)
    files = (
        Attachment(f"statement-{month}.html", "text/html", page.encode()),
        Attachment(f"statement-{month}.csv", "text/csv", table.encode()),
    )
    fits = len(page) <= PAGE_MAX_CHARS
    return Letter(
        to=to,
        subject=f"Your statement for {month}",
        text=(
            f"In {month}, your calls cost {statement.spent} US dollars. The balance was {statement.opening}"
            f" when the month began, and {statement.closing} when it ended. {FILES if fits else TOO_LONG}"
            f"\n\nAccount {statement.account}.\n"
        ),
        html=page if fits else "",
        attachments=files if fits else (),
    )
